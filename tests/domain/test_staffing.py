"""Staffing of teams and vendors, one at a time; quotas of the day and what they leave."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from backend.domain.projects.quota import (
    QUOTA,
    RemoveQuota,
    SetQuota,
    allowance,
    given_of,
)
from backend.domain.projects.staffing import STAFFING, EndStaffing, SetStaffing
from backend.events.ids import QuotaId, StaffingId
from backend.events.queue import QuotaRemoved, QuotaSet, Share, StaffingEnded, StaffingSet
from tests.domain.facts import ADA, BEN, NOON, PROJECT_A, PROJECT_B, uid
from tests.domain.gwt import given

ONE, TWO = StaffingId(uid(81)), StaffingId(uid(82))
TEAM = f"team:{uid(91)}"
WEEK = timedelta(days=7)
HALF = Share(project=PROJECT_A, ppm=500_000)
SET = SetStaffing(staffing=ONE, holder=TEAM, starts=NOON, ends=NOON + WEEK, shares=(HALF,), now=NOON)
TOLD = StaffingSet(staffing=ONE, holder=TEAM, starts=NOON, ends=NOON + WEEK, shares=(HALF,))


def test_a_team_is_staffed_once_for_a_time() -> None:
    given(STAFFING).when(SET).then(TOLD)
    given(STAFFING, TOLD).when(SET).then()
    other = replace(SET, staffing=TWO, starts=NOON + timedelta(days=6), ends=NOON + 2 * WEEK)
    refusal = given(STAFFING, TOLD).when(other).then_refused("staffing_overlaps", "conflict")
    assert refusal.extra["staffing"] == str(ONE)


def test_the_next_staffing_may_begin_where_one_ends_or_was_ended() -> None:
    after = replace(SET, staffing=TWO, starts=NOON + WEEK, ends=NOON + 2 * WEEK)
    given(STAFFING, TOLD).when(after).then(
        StaffingSet(staffing=TWO, holder=TEAM, starts=after.starts, ends=after.ends, shares=(HALF,))
    )
    ended = StaffingEnded(staffing=ONE)
    instead = replace(SET, staffing=TWO)
    given(STAFFING, TOLD, ended).when(instead).then(replace(TOLD, staffing=TWO))
    given(STAFFING, TOLD, ended).when(SET).then_refused("staffing_overlaps")


@pytest.mark.parametrize(
    "wrong",
    [
        {"holder": "role:annotator"},
        {"holder": f"team:{uid(91)}:2"},
        {"ends": NOON},
        {"starts": NOON - WEEK, "ends": NOON - timedelta(days=1)},
        {"shares": ()},
        {"shares": (HALF, HALF)},
        {"shares": (replace(HALF, ppm=0),)},
        {"shares": (HALF, Share(project=PROJECT_B, ppm=500_001))},
    ],
)
def test_a_staffing_that_nobody_could_keep_to_is_refused(wrong: dict[str, Any]) -> None:
    given(STAFFING).when(replace(SET, **wrong)).then_refused("staffing_invalid", "invalid")


def test_shares_may_be_the_whole_and_are_told_in_one_order() -> None:
    other = Share(project=PROJECT_B, ppm=500_000)
    both = replace(SET, shares=(other, HALF))
    first, second = sorted((HALF, other), key=lambda share: share.project)
    given(STAFFING).when(both).then(replace(TOLD, shares=(first, second)))


def test_a_staffing_ends_once_and_only_if_there_was_one() -> None:
    end = EndStaffing(staffing=ONE)
    given(STAFFING, TOLD).when(end).then(StaffingEnded(staffing=ONE))
    given(STAFFING, TOLD, StaffingEnded(staffing=ONE)).when(end).then()
    given(STAFFING).when(end).then_refused("not_found")


QUOTA_1 = QuotaId(uid(95))
LIMIT = SetQuota(quota=QUOTA_1, project=PROJECT_A, annotator=None, per_day=10)
LIMITED = QuotaSet(quota=QUOTA_1, project=PROJECT_A, annotator=None, per_day=10)


def test_a_quota_is_set_changed_and_removed() -> None:
    given(QUOTA).when(LIMIT).then(LIMITED)
    given(QUOTA, LIMITED).when(LIMIT).then()
    given(QUOTA, LIMITED).when(replace(LIMIT, per_day=3)).then(replace(LIMITED, per_day=3))
    removed = QuotaRemoved(quota=QUOTA_1)
    given(QUOTA, LIMITED).when(RemoveQuota()).then(removed)
    given(QUOTA, LIMITED, removed).when(RemoveQuota()).then()
    given(QUOTA, LIMITED, removed).when(LIMIT).then(LIMITED)
    given(QUOTA).when(RemoveQuota()).then_refused("not_found")


def test_a_quota_stays_with_its_scope_and_within_its_range() -> None:
    given(QUOTA, LIMITED).when(replace(LIMIT, annotator=ADA)).then_refused("not_now")
    for n in (0, 100_001):
        given(QUOTA).when(replace(LIMIT, per_day=n)).then_refused("quota_invalid", "invalid")


def _rows(*quotas: tuple[UUID | None, UUID | None, int]) -> list[dict[str, Any]]:
    return [{"project": project, "annotator": who, "per_day": n} for project, who, n in quotas]


USED: dict[tuple[UUID, UUID], int] = {(ADA, PROJECT_A): 4, (ADA, PROJECT_B): 3, (BEN, PROJECT_A): 1}


def test_given_today_counts_one_project_or_all() -> None:
    assert (given_of(USED, ADA, PROJECT_A), given_of(USED, ADA, None)) == (4, 7)
    assert (given_of(USED, BEN, PROJECT_B), given_of(USED, BEN, None)) == (0, 1)


@pytest.mark.parametrize(
    ("quotas", "left"),
    [
        ([], None),
        ([(PROJECT_B, None, 5)], None),
        ([(PROJECT_A, None, 5)], 1),
        ([(PROJECT_A, None, 5), (PROJECT_A, ADA, 9)], 5),
        ([(PROJECT_A, None, 5), (PROJECT_A, BEN, 9)], 1),
        ([(None, None, 10)], 3),
        ([(None, None, 10), (None, ADA, 7)], 0),
        ([(None, ADA, 2), (PROJECT_A, None, 50)], 0),
        ([(None, None, 10), (PROJECT_A, None, 5)], 1),
    ],
)
def test_the_narrowest_quota_tells_what_is_left_and_one_s_own_stands_in_place_of_everybody_s(
    quotas: list[tuple[UUID | None, UUID | None, int]], left: int | None
) -> None:
    assert allowance(_rows(*quotas)).left(ADA, PROJECT_A, USED) == left


def test_only_whom_a_quota_concerns_must_be_counted() -> None:
    assert not allowance([]).concerns(ADA)
    assert allowance(_rows((PROJECT_A, None, 5))).concerns(ADA)
    assert not allowance(_rows((None, BEN, 5))).concerns(ADA)
