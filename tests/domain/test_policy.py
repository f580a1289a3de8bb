"""Policy: default is no, tenants do not touch, nobody acts for another, keys only narrow."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from backend.domain.access.policy import (
    ACTIONS,
    AS_A_PERSON,
    PAYLOAD_READS,
    TABLE,
    Decision,
    Resource,
    Subject,
    decide,
    matrix,
)
from backend.events.ids import PrincipalId, ProjectId, TeamId, VendorId
from tests.domain.facts import ADA, BEN, PROJECT_A, PROJECT_B, TENANT_A, TENANT_B, USER_A, uid

ME, OTHER = PrincipalId(ADA), PrincipalId(BEN)


def who(*roles: str, scopes: Iterable[str] = ("*",), project: ProjectId | None = None) -> Subject:
    return Subject(
        kind="annotator",
        id=ME,
        tenant=TENANT_A,
        roles=frozenset(roles),
        scopes=frozenset(scopes),
        project=project,
    )


def may(subject: Subject, action: str, on: Resource) -> bool:
    return decide(subject, action, on).allow


HERE = Resource(tenant=TENANT_A)
MINE = Resource(tenant=TENANT_A, owner=ME)
THEIRS = Resource(tenant=TENANT_A, owner=OTHER)


@pytest.mark.parametrize("role", sorted(TABLE))
def test_no_role_reaches_into_another_tenant(role: str) -> None:
    for action in ACTIONS:
        decision = decide(who(role), action, Resource(tenant=TENANT_B, owner=ME))
        assert decision == Decision(False, "T1 other tenant")


@pytest.mark.parametrize("role", sorted(TABLE))
def test_no_role_acts_as_another_person(role: str) -> None:
    assert not [action for action in sorted(AS_A_PERSON) if may(who(role), action, THEIRS)]
    assert not [action for action in sorted(AS_A_PERSON) if may(who(role), action, HERE)]


def test_without_a_role_or_with_an_unknown_one_nothing_is_allowed() -> None:
    for action in ACTIONS:
        assert decide(who(), action, MINE) == Decision(False, "D1 no role allows it")
        assert not may(who("wizard"), action, MINE)


def test_an_action_nobody_knows_is_refused() -> None:
    assert not may(who(*TABLE), "lease:destroy", MINE)


def test_every_action_is_allowed_to_somebody() -> None:
    assert [action for action in ACTIONS if not may(who(*TABLE), action, MINE)] == []


def test_an_administrator_does_all_but_the_work() -> None:
    assert {action for action in ACTIONS if may(who("tenant_admin"), action, HERE)} == set(
        ACTIONS
    ) - AS_A_PERSON


def test_an_auditor_reads_everything_but_payloads() -> None:
    allowed = {action for action in ACTIONS if may(who("auditor"), action, HERE)}
    assert all(action.endswith(":read") for action in allowed)
    assert "access:read" in allowed and not allowed & PAYLOAD_READS


def test_a_manager_neither_issues_keys_nor_erases_nor_reads_the_access_log() -> None:
    for action in ("key:create", "key:revoke", "annotator:erase", "access:read"):
        assert not may(who("manager"), action, HERE)
    assert may(who("manager"), "project:export", HERE)


def test_a_person_works_and_reads_scores_for_themselves() -> None:
    for action in ("lease:pull", "lease:work", "agreement:sign", "proficiency:read", "late_answer:read"):
        assert decide(who("annotator"), action, MINE) == Decision(True, "R2 annotator own")
        assert not may(who("annotator"), action, THEIRS)
    assert not may(who("annotator"), "item:read", MINE)


def test_reviewers_and_experts_review_and_annotators_do_not() -> None:
    assert may(who("reviewer"), "review:work", MINE) and may(who("expert"), "review:pull", MINE)
    assert not may(who("annotator"), "review:work", MINE)


def test_a_wider_role_wins_over_an_own_one() -> None:
    assert decide(who("annotator", "manager"), "proficiency:read", THEIRS) == Decision(True, "R1 manager")


@pytest.mark.parametrize("scopes", [(), ("project:read",), ("item:*",), ("key:create*",), ("key",)])
def test_a_scope_that_does_not_name_the_action_refuses_it(scopes: tuple[str, ...]) -> None:
    decision = decide(who("tenant_admin", scopes=scopes), "key:create", HERE)
    assert decision == Decision(False, "S1 not in the key's scopes")


@pytest.mark.parametrize("scopes", [("*",), ("key:*",), ("item:read", "key:create")])
def test_a_scope_that_names_the_action_leaves_it_to_the_role(scopes: tuple[str, ...]) -> None:
    assert may(who("tenant_admin", scopes=scopes), "key:create", HERE)
    assert not may(who("manager", scopes=scopes), "key:create", HERE)


def test_a_key_limited_to_a_project_stays_in_it() -> None:
    limited = who("manager", "annotator", project=PROJECT_A)
    assert may(limited, "item:import", Resource(tenant=TENANT_A, project=PROJECT_A))
    for outside in (HERE, Resource(tenant=TENANT_A, project=PROJECT_B)):
        assert decide(limited, "item:import", outside) == Decision(False, "P1 outside the key's project")
    assert may(limited, "annotator:read", MINE)
    assert not may(limited, "lease:work", Resource(tenant=TENANT_A, owner=ME, project=PROJECT_B))


def test_a_key_limited_to_a_vendor_or_team_does_only_what_looks_at_whose_person_it_is() -> None:
    own = {action for action in ACTIONS if may(who("vendor_manager"), action, HERE)}
    for limit in ({"vendor": VendorId(uid(91))}, {"team": TeamId(uid(92))}):
        for role in sorted(TABLE):
            limited = replace(who(role), **limit)
            assert {action for action in ACTIONS if may(limited, action, MINE)} <= own
        assert may(replace(who("manager"), **limit), "annotator:pause", HERE)
        refused = decide(replace(who("tenant_admin"), **limit), "project:update", HERE)
        assert refused == Decision(False, "V1 beyond the key's own people")
    assert not own & {"annotator:erase", "annotator:move", "vendor:manage", "project:read", "key:create"}


def test_the_matrix_has_one_row_per_role_and_action_and_tells_the_truth() -> None:
    rows = matrix()
    assert len(rows) == len(TABLE) * len(ACTIONS) and rows == sorted(rows)
    for role, action, allowed, rule in rows:
        assert decide(who(role), action, MINE) == Decision(allowed, rule)
        assert may(who(role), action, THEIRS) == (allowed and rule.startswith("R1"))


def test_a_resource_without_an_owner_belongs_to_nobody() -> None:
    nobody = Subject(
        kind="service", id=USER_A, tenant=TENANT_A, roles=frozenset({"annotator"}), scopes=frozenset({"*"})
    )
    assert not may(nobody, "lease:work", HERE)
