"""Who may do what: one table of roles and actions; what is not in it is refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from backend.events.ids import PrincipalId, ProjectId, TeamId, TenantId, VendorId

Kind = Literal["annotator", "user", "service", "system"]
Reach = Literal["any", "own"]
"""`any` resource of the tenant, or only those whose owner is the one who asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Who asks: roles say what they are, scopes what the key in use may do of it; `project` limits the key further,
    `vendor` and `team` limit it to these people."""

    kind: Kind
    id: PrincipalId
    tenant: TenantId
    roles: frozenset[str]
    scopes: frozenset[str] = frozenset({"*"})
    project: ProjectId | None = None
    vendor: VendorId | None = None
    team: TeamId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """What it is about: its tenant, the person it belongs to and the project it is in, where it has them."""

    tenant: TenantId
    owner: PrincipalId | None = None
    project: ProjectId | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer and the rule that gave it, for the access log."""

    allow: bool
    rule: str


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


ACTIONS = _words(
    """annotator:invite annotator:read annotator:suspend annotator:reinstate annotator:erase annotator:claim
    annotator:token annotator:check annotator:screen annotator:pause annotator:offboard annotator:move
    onboarding:read onboarding:update vendor:read vendor:manage team:read team:create compliance:read
    compliance:record agreement:publish agreement:read agreement:sign agreement:countersign
    agreement:revoke evidence:read course:publish course:read course:attempt course:assign
    skill:read skill:define skill:grant proficiency:read
    project:create project:read project:update project:report project:export project:rework
    workflow:publish workflow:read
    guideline:publish guideline:read guideline:acknowledge item:import item:read gold:add gold:read task:read
    task:steer lane:pause lease:pull lease:work lease:assign
    lease:reassign lease:revoke late_answer:read review:pull review:work
    schedule:read schedule:update activity:update limits:read limits:update working_time:read
    key:create key:revoke access:read announcement:publish announcement:read announcement:confirm
    queue:read queue:update lane:read staffing:read staffing:manage lease:read
    workforce_report:read clarification:ask clarification:read clarification:reply clarification:close
    review:read audit_floor:read audit_floor:update
    flag:read flag:settle flag:scan model:read model:manage drift:signal
    feedback:read dispute:open dispute:read dispute:resolve
    webhook:read webhook:manage event:read"""
)
AS_A_PERSON = frozenset(
    _words(
        """annotator:claim agreement:sign course:attempt guideline:acknowledge lease:pull lease:work
    review:pull review:work announcement:confirm clarification:ask dispute:open"""
    )
)
"""What only the person does: nobody signs, learns or answers for another, whatever their role."""
PAYLOAD_READS = frozenset(
    {"item:read", "gold:read", "late_answer:read", "clarification:read", "feedback:read"}
)
"""Reads that show the customer's data or an answer, or what people say of them."""


def _rows(reach: Reach, actions: str) -> dict[str, Reach]:
    return dict.fromkeys(_words(actions), reach)


_ADMIN: Mapping[str, Reach] = {action: "any" for action in ACTIONS if action not in AS_A_PERSON}
_OWN_WORK: Mapping[str, Reach] = {
    **_rows("any", "agreement:read course:read guideline:read"),
    **_rows(
        "own", "annotator:claim agreement:sign course:attempt guideline:acknowledge lease:pull lease:work"
    ),
    **_rows("own", "annotator:read proficiency:read late_answer:read evidence:read lease:read"),
    **_rows("own", "announcement:read announcement:confirm"),
    **_rows("own", "feedback:read dispute:open dispute:read"),
    **_rows("own", "clarification:ask clarification:read clarification:reply clarification:close"),
    **_rows("own", "schedule:read schedule:update activity:update limits:read working_time:read"),
}
_REVIEWING: Mapping[str, Reach] = {**_OWN_WORK, **_rows("own", "review:pull review:work dispute:resolve")}

VENDOR_MANAGER = "vendor_manager"
# Whoever manages the people of one vendor or team: every operation of these asks whether the person is theirs.
_OWN_PEOPLE: Mapping[str, Reach] = _rows(
    "any",
    """annotator:invite annotator:read annotator:pause annotator:suspend annotator:reinstate annotator:offboard
    schedule:read schedule:update activity:update limits:read working_time:read
    annotator:check vendor:read team:read compliance:read proficiency:read skill:read course:assign
    announcement:publish announcement:read workforce_report:read clarification:read clarification:reply""",
)

Table: TypeAlias = Mapping[str, Mapping[str, Reach]]
TABLE: Table = {
    "tenant_admin": _ADMIN,
    "manager": _rows(
        "any",
        """annotator:invite annotator:read annotator:suspend annotator:reinstate annotator:token
        annotator:check annotator:screen annotator:pause annotator:offboard annotator:move
        onboarding:read onboarding:update vendor:read vendor:manage team:read team:create compliance:read
        compliance:record
        agreement:publish agreement:read agreement:countersign agreement:revoke evidence:read
        course:publish course:read course:assign skill:read skill:define skill:grant proficiency:read
        project:create project:read project:update project:report project:export project:rework
        workflow:publish workflow:read
        guideline:publish guideline:read item:import item:read gold:add gold:read task:read
        task:steer lane:pause schedule:read schedule:update activity:update limits:read limits:update working_time:read
        queue:read queue:update lane:read staffing:read staffing:manage lease:read
        lease:assign lease:reassign lease:revoke late_answer:read
        announcement:publish announcement:read workforce_report:read
        clarification:read clarification:reply clarification:close review:read audit_floor:read
        flag:read flag:settle flag:scan model:read model:manage drift:signal
        feedback:read dispute:read dispute:resolve webhook:read webhook:manage event:read""",
    ),
    VENDOR_MANAGER: _OWN_PEOPLE,
    "auditor": {
        action: "any" for action in ACTIONS if action.endswith(":read") and action not in PAYLOAD_READS
    },
    "frontend": _rows("any", "annotator:token project:read"),
    # A system that watches models in the field: it may say that the world has moved, and nothing else.
    "monitor": _rows("any", "drift:signal"),
    "annotator": _OWN_WORK,
    "reviewer": _REVIEWING,
    "expert": _REVIEWING,
    "system": _ADMIN,
}
"""Role -> action -> how far it reaches. What is absent is refused."""


def decide(who: Subject, action: str, on: Resource) -> Decision:
    """Whether `who` may do `action` on this resource. Rules in order; default is no.

    T1 the tenant is the same. S1 the key's scopes contain the action. P1 a key limited to a project stays in it
    (what belongs to the person themselves is always within reach). V1 a key limited to a vendor or a team does only
    what looks at whose person it is. R1 a role allows it on any resource, R2 on own
    ones. D1 nothing allowed it. Never raises.
    """
    own = on.owner is not None and on.owner == who.id
    if who.tenant != on.tenant:
        return Decision(False, "T1 other tenant")
    if not in_scope(action, who.scopes):
        return Decision(False, "S1 not in the key's scopes")
    if who.project is not None and on.project != who.project and not (own and on.project is None):
        return Decision(False, "P1 outside the key's project")
    if (who.vendor or who.team) and action not in _OWN_PEOPLE:
        return Decision(False, "V1 beyond the key's own people")
    for role in sorted(who.roles):
        if TABLE.get(role, {}).get(action) == "any":
            return Decision(True, f"R1 {role}")
    for role in sorted(who.roles):
        if TABLE.get(role, {}).get(action) == "own" and own:
            return Decision(True, f"R2 {role} own")
    return Decision(False, "D1 no role allows it")


def in_scope(action: str, scopes: frozenset[str]) -> bool:
    """Whether scopes (`*`, `resource:*` or `resource:verb`) contain the action `resource:verb`."""
    resource = action.partition(":")[0]
    return bool(scopes & {"*", f"{resource}:*", action})


def matrix() -> list[tuple[str, str, bool, str]]:
    """The whole table as (role, action, allowed, rule), sorted: the golden file of what may not change silently.

    A row whose rule is `R2 ... own` is allowed only on what belongs to the person.
    """
    rows = []
    for role in sorted(TABLE):
        for action in sorted(ACTIONS):
            match TABLE[role].get(action):
                case "any":
                    rows.append((role, action, True, f"R1 {role}"))
                case "own":
                    rows.append((role, action, True, f"R2 {role} own"))
                case _:
                    rows.append((role, action, False, "D1 no role allows it"))
    return rows
