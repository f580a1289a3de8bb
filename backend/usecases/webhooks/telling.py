"""What is told outside of what happened: which kinds of events, which of their fields, and who may ask for them.

A list, not a rule: a field of an event is told because it stands here. Ids, outcomes, moments and counts; no
ciphertext, no keyed token, nobody's name, not who reviewed whom. A kind's fields are only ever added to under the same
`VERSION`; one that changes or goes makes a new one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
from pydantic_core import to_jsonable_python

from backend.domain.access import policy
from backend.domain.access.webhook import EVERY
from backend.domain.errors import Refusal
from backend.events.base import EVENTS, Recorded, name_of
from backend.events.ids import ProjectId, TenantId, uuid8
from backend.events.store.codec import instant_text
from backend.usecases.work import Work

VERSION = 1


@dataclass(frozen=True, slots=True)
class Told:
    """What a kind tells, and the right without which nobody is told; `by_task`: its project is its task's."""

    right: str
    fields: tuple[str, ...]
    by_task: bool = False


def _all(right: str, *, by_task: bool = False, **kinds: str) -> dict[str, Told]:
    """Kinds that ask for one right: `task__opened="task item"` is `task.opened` with these fields."""
    return {
        kind.replace("__", "."): Told(right, tuple(fields.split()), by_task) for kind, fields in kinds.items()
    }


KINDS: Mapping[str, Told] = {
    **_all(
        "task:read",
        item__imported="item priority deadline iteration",
        intake__begun="intake form",
        intake__finished="intake lines created known refused",
        task__opened="task item stage step slots priority deadline generation",
        task__decided="task item confidence_ppm judgments by step generation final",
    ),
    **_all(
        "task:read",
        by_task=True,
        task__held="task code",
        task__unheld="task",
        task__moved="task priority deadline code",
        task__cancelled="task code",
    ),
    **_all(
        "review:read",
        escalation__opened="escalation task item reason code start_by due_by",
        escalation__missed="escalation task what",
        escalation__resolved="escalation task item",
        review__verdict_given="review task item verdict passed",
    ),
    **_all("dispute:read", dispute__opened="dispute item source", dispute__resolved="dispute outcome"),
    **_all("clarification:read", clarification__asked="clarification annotator"),
    **_all("flag:read", flag__raised="flag annotator skill kind amount", flag__settled="flag decision"),
    **_all(
        "model:read",
        model__registered="model",
        model__retired="model",
        item__predicted="prediction item task model confidence_ppm routed",
    ),
    **_all(
        "project:read",
        project__created="project skill",
        project__copied="copied_from",
        project__plan_updated="plan_version",
        project__queue_updated="queue_version",
        iteration__planned="iteration",
        iteration__opened="iteration",
        iteration__closed="iteration unmet",
        drift__signalled="signal outcome iteration created matched taken",
        recertification__asked="version course due",
    ),
    **_all(
        "project:report",
        pilot__begun="pilot number matched drawn",
        pilot__judged="pilot outcome",
        pilot__overruled="pilot",
        pilot_project__begun="trial number matched drawn",
        pilot_project__filled="trial",
        pilot_project__judged="trial outcome",
        pilot_project__overruled="trial",
        pilot_project__promoted="trial",
        pilot_project__ended="trial successor",
        delivery__prepared="delivery number iteration outcome",
        delivery__released="delivery",
        delivery__withdrawn="delivery",
        rework__planned="rework items answers people decided",
        routine__met="period kind version begins ends",
        routine__missed="period kind version begins ends",
    ),
    **_all("guideline:read", guideline__published="version sha256"),
    **_all(
        "annotator:read",
        annotator__invited="annotator roles origin vendor team",
        annotator__claimed="annotator active",
        annotator__activated="annotator",
        annotator__paused="annotator until",
        annotator__resumed="annotator",
        annotator__suspended="annotator code skill",
        annotator__reinstated="annotator status",
        annotator__moved="annotator origin vendor team",
        annotator__offboarded="annotator",
        annotator__erased="annotator",
    ),
    **_all(
        "agreement:read",
        agreement__published="agreement version",
        agreement__signed="agreement version annotator until",
        signature__revoked="agreement version annotator",
        signature__expired="agreement version annotator",
    ),
    **_all(
        "proficiency:read",
        course__attempted="course version annotator passed retry_at",
        course__lapsed="course version annotator",
        skill__granted="annotator skill level until source",
        skill__lost="annotator skill source why",
        skill__closed="annotator skill",
        skill__reopened="annotator skill",
        drift__alarmed="annotator skill",
    ),
    **_all(
        "vendor:read",
        vendor__fell_below="vendor skill mode",
        vendor__suspended="vendor",
        vendor__reinstated="vendor",
    ),
    **_all("announcement:read", announcement__published="announcement audience"),
}
"""Kind -> what it tells. What is not here is told to nobody."""

TASKS_PROJECTS = "SELECT task, project FROM task WHERE tenant = $1 AND task = ANY($2::uuid[])"


def kinds_for(work: Work, asked: Sequence[str], project: UUID | None) -> list[str]:
    """The kinds asked for (`*`: all), each of which the caller may be told. Raises Refusal `forbidden`, which names
    those that they may not, and `webhook_event_unknown`."""
    wanted = sorted(KINDS) if EVERY in asked else list(asked)
    unknown = sorted(set(wanted) - set(KINDS))
    if unknown:
        raise Refusal(
            "invalid",
            "webhook_event_unknown",
            expected="kinds of events that are told outside, or *",
            found=", ".join(unknown)[:200],
            mend="the kinds are listed in docs/webhooks.md",
            extra={"allowed": sorted(KINDS)},
        )
    missing = sorted({KINDS[kind].right for kind in wanted if not may(work, KINDS[kind].right, project)})
    if missing:
        raise Refusal(
            "forbidden",
            "forbidden",
            expected=f"a key that may {', '.join(missing)}",
            found="one that may not",
            mend="ask for fewer kinds of events, or use a key with these rights",
        )
    return wanted


def may(work: Work, right: str, project: UUID | None) -> bool:
    """Whether the caller has a right, in a project where one is named."""
    about = policy.Resource(tenant=work.tenant, project=ProjectId(project) if project else None)
    return policy.decide(work.caller.subject, right, about).allow


async def projects_of(
    conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]
) -> list[UUID | None]:
    """The project of each of these facts; None for what is the whole tenant's."""
    asked = {fact.event.task for fact in facts if KINDS[name_of(fact.event)].by_task}
    found = {}
    if asked:
        found = {row["task"]: row["project"] for row in await conn.fetch(TASKS_PROJECTS, tenant, list(asked))}
    return [
        found.get(fact.event.task)
        if KINDS[name_of(fact.event)].by_task
        else getattr(fact.event, "project", None)
        for fact in facts
    ]


def event_id(tenant: TenantId, index: int) -> UUID:
    """The same for the same event, in every webhook and in the stream."""
    return uuid8(tenant, "event", str(index))


def told(fact: Recorded, project: UUID | None) -> dict[str, Any]:
    """The event as webhooks and the stream of events carry it, ready for JSON."""
    assert fact.index is not None, "only what has its place is told"
    kind = name_of(fact.event)
    data = {name: getattr(fact.event, name) for name in KINDS[kind].fields}
    return {
        "id": str(event_id(fact.tenant, fact.index)),
        "type": kind,
        "version": VERSION,
        "occurred_at": instant_text(fact.at),
        "index": fact.index,
        "tenant": str(fact.tenant),
        "project": str(project) if project else None,
        "data": to_jsonable_python(data),
    }


assert set(KINDS) <= set(EVENTS), "every kind that is told is a kind that happens"
