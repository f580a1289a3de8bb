"""The choice of the next lane: known values, and what a manager would say of them."""

from collections.abc import Mapping
from math import exp
from typing import Any
from uuid import UUID

import pytest

from backend.domain.tasks.choice import STAY, Candidate, age_seconds, order, subset, urgency
from backend.domain.tasks.fairness import corrections, shares

DAY, HOUR = 86_400, 3_600
CLASS_TURN, WAITING_TURN = 0.5, 0.1


def uid(n: int) -> UUID:
    return UUID(int=n)


def lane(n: int, project: int = 1, priority: int = 2, waited_s: float = 60, **more: Any) -> Candidate:
    return Candidate(uid(n), uid(project), priority, waited_s, more.pop("wait_target_s", DAY), **more)


def tried(*candidates: Candidate, turn: float = CLASS_TURN, limit: int = 9) -> list[int]:
    """The lanes' numbers in the order in which they are tried, when all draw alike."""
    return [one.lane.int for one in order(candidates, [0.5] * len(candidates), turn, limit)]


def chances(*candidates: Candidate, turn: float = CLASS_TURN) -> Mapping[int, float]:
    """Lane -> its chance to come first of those it is drawn with."""
    found = order(candidates, [0.5] * len(candidates), turn, len(candidates))
    return {one.lane.int: pytest.approx(one.chance) for one in found}


def test_real_time_comes_before_everything_however_long_that_waited() -> None:
    waiting = [lane(1, priority=1), lane(3, priority=3, waited_s=99 * DAY), lane(7, priority=0, waited_s=0)]
    assert tried(*waiting)[0] == tried(*waiting, turn=WAITING_TURN)[0] == 7


def test_urgent_comes_before_normal_and_normal_before_backfill() -> None:
    assert tried(lane(3, priority=3), lane(2, priority=2), lane(1, priority=1)) == [1, 2, 3]


def test_a_month_old_backfill_does_not_shut_urgent_work_out() -> None:
    old, fresh = lane(3, priority=3, waited_s=30 * DAY), lane(1, priority=1, waited_s=1)
    assert tried(old, fresh) == [1, 3]
    assert tried(old, fresh, turn=WAITING_TURN) == [3, 1]


@pytest.mark.parametrize(
    ("first", "later", "hours"), [(1, 2, 4), (1, 3, 28), (2, 3, 24)], ids=lambda n: str(n)
)
def test_waiting_turns_are_for_what_waited_as_long_as_the_classes_are_apart(
    first: int, later: int, hours: int
) -> None:
    assert age_seconds(later, first) == hours * HOUR
    young, old = (lane(9, priority=later, waited_s=hours * HOUR - less) for less in (1, 0))
    urgent = lane(1, priority=first)
    assert tried(young, urgent, turn=WAITING_TURN) == [1, 9]
    assert tried(old, urgent, turn=WAITING_TURN) == [9, 1]


def test_age_alone_changes_nothing_inside_a_class() -> None:
    ages = lane(1, project=1, waited_s=1), lane(2, project=2, waited_s=20 * HOUR)
    assert chances(*ages) == chances(*ages, turn=WAITING_TURN) == {1: 0.5, 2: 0.5}


def test_the_smallest_key_comes_first() -> None:
    one, two = lane(1, project=1, weight_ppm=1_000_000), lane(2, project=2, weight_ppm=3_000_000)
    # -ln(1 - U)/w of the first is 1 / (1/4) = 4; the second's is below that until 1 - U = e^-3.
    before, after = 1 - exp(-2.9), 1 - exp(-3.1)
    assert [c.lane.int for c in order((one, two), (1 - exp(-1), before), CLASS_TURN)] == [2, 1]
    assert [c.lane.int for c in order((one, two), (1 - exp(-1), after), CLASS_TURN)] == [1, 2]


def test_a_project_gets_no_more_by_having_more_lanes() -> None:
    assert chances(lane(1, project=1), *(lane(n, project=2) for n in range(2, 6))) == {
        1: 0.5,
        **dict.fromkeys(range(2, 6), 0.125),
    }


def test_staffed_projects_get_their_shares_and_the_others_the_rest_by_weight() -> None:
    assert chances(
        lane(1, project=1, staffed_ppm=600_000, weight_ppm=1),
        lane(2, project=2, staffed_ppm=100_000, weight_ppm=9_000_000),
        lane(3, project=3, weight_ppm=1_000_000),
        lane(4, project=4, weight_ppm=2_000_000),
    ) == {1: 0.6, 2: 0.1, 3: 0.1, 4: 0.2}


def test_however_full_the_staffing_the_others_get_one_turn_in_a_hundred() -> None:
    full = chances(lane(1, project=1, staffed_ppm=1_000_000), lane(2, project=2))
    assert full == {1: 100 / 101, 2: 1 / 101}


def test_staffed_projects_without_work_leave_their_time_to_the_others() -> None:
    assert chances(lane(2, project=2, staffed_ppm=1), lane(3, project=3)) == {2: 1e-6, 3: 1 - 1e-6}
    assert chances(lane(2, project=2, staffed_ppm=1)) == {2: 1.0}


def test_a_correction_multiplies_the_projects_chances() -> None:
    assert chances(lane(1, project=1, correction=4.0), lane(2, project=2, correction=0.25)) == {
        1: 16 / 17,
        2: 1 / 17,
    }


def test_work_beyond_its_wait_target_gets_up_to_twice_the_chances() -> None:
    assert [urgency(waited, DAY) for waited in (0, DAY, 1.5 * DAY, 2 * DAY, 99 * DAY)] == [1, 1, 1.5, 2, 2]
    assert urgency(0, 0) == 1 and urgency(1, 0) == 2
    late, early = lane(1, project=1, waited_s=2 * DAY), lane(2, project=2, waited_s=DAY)
    assert chances(late, early) == {1: 2 / 3, 2: 1 / 3}


def test_who_is_at_a_lane_stays_with_the_same_chance_whatever_it_weighs() -> None:
    for at in (1, 2):
        found = chances(*(lane(n, project=n, weight_ppm=n, sticky=n == at) for n in (1, 2)))
        assert found[3 - at] == (1 - STAY) * (3 - at) / 3


def test_stickiness_holds_nobody_back_from_urgent_work() -> None:
    assert tried(lane(1, priority=2, sticky=True), lane(2, priority=1)) == [2, 1]


def test_edge_cases_get_exactly_what_is_kept_for_them() -> None:
    edge = lane(1, project=1, edge_case_ppm=300_000)
    assert chances(edge, lane(2, project=1), lane(3, project=2)) == {1: 0.15, 2: 0.35, 3: 0.5}
    assert chances(edge, lane(3, project=2)) == {1: 0.5, 3: 0.5}


def test_a_weight_of_nothing_comes_last_and_is_still_tried() -> None:
    assert tried(lane(1, project=1, staffed_ppm=0), lane(2, project=2)) == [2, 1]
    assert tried(lane(1, project=1, weight_ppm=0)) == [1]


def test_the_reason_holds_the_numbers() -> None:
    one = lane(1, project=1, waited_s=1.5 * DAY, correction=2.0, sticky=True, ring=1)
    (chosen, _) = order((one, lane(2, project=2)), (0.0, 0.9), CLASS_TURN)
    assert chosen.why == {
        "by": "pull",
        "turn": "class",
        "priority": 2,
        "of_lanes": 2,
        "weight": 1.0,
        "share": 0.5,
        "staffed": False,
        "correction": 2.0,
        "urgency": 1.5,
        "sticky": True,
        "chance": round(STAY + (1 - STAY) * 3 / 4, 4),
        "ring": 1,
        "waited_s": 129_600,
    }
    (aged, _) = order((lane(3, priority=3, waited_s=30 * DAY), lane(1)), (0.5, 0.5), WAITING_TURN)
    assert aged.why["turn"] == "waiting"


def test_a_draw_is_needed_for_every_lane() -> None:
    with pytest.raises(ValueError, match="each of 2 lanes, found 1"):
        order((lane(1), lane(2)), (0.5,), CLASS_TURN)
    assert order((), (), CLASS_TURN) == []


def test_no_more_lanes_than_asked_for() -> None:
    assert tried(lane(0, priority=0), *(lane(n, priority=2) for n in range(1, 9)), limit=3) == [0, 1, 2]


def test_of_too_many_lanes_real_time_and_what_waited_are_kept() -> None:
    crowd = [lane(n, project=n % 7, priority=1) for n in range(1_000)]
    real, old = lane(2_001, priority=0), lane(2_002, project=9, priority=3, waited_s=30 * DAY)
    draws = [n / 1_002 for n in range(1_002)]
    kept = subset([*crowd, real, old], draws, cap=300)
    assert len({one.lane for one in kept}) == len(kept) == 300
    assert real in kept and old in kept
    assert subset(crowd[:300], draws, cap=300) == crowd[:300]


def test_corrections_are_target_over_delivered_between_a_quarter_and_four() -> None:
    assert corrections({"a": 0.5, "b": 0.5}, {"a": 10, "b": 30}) == {"a": 2.0, "b": pytest.approx(2 / 3)}
    assert corrections({"a": 1, "b": 1}, {"b": 30}) == {"a": 4.0, "b": 0.5}
    assert corrections({"a": 1, "b": 99}, {"a": 99, "b": 1}) == {"a": 0.25, "b": 4.0}


def test_before_anything_is_delivered_nothing_is_corrected() -> None:
    assert corrections({"a": 0.1, "b": 0.9}, {}) == {"a": 1.0, "b": 1.0}
    assert corrections({"a": 0.1}, {"c": 5.0}) == {"a": 1.0}
    assert corrections({}, {"c": 5.0}) == {}


def test_a_correction_goes_on_from_the_one_before() -> None:
    target, before = {"a": 1, "b": 1}, {"a": 2.0, "b": 0.5}
    assert corrections(target, {"a": 5, "b": 5}, before) == {"a": 2.0, "b": 0.5}
    assert corrections(target, {}, before) == {"a": 2.0, "b": 0.5}
    stepped = corrections(target, {"a": 1, "b": 3}, before, gain=0.1)
    assert stepped == {"a": pytest.approx(2 * exp(0.05)), "b": pytest.approx(exp(-0.05) / 2)}
    first = corrections(target, {"a": 1, "b": 3}, {}, gain=0.1)
    assert first == {"a": pytest.approx(exp(0.05)), "b": pytest.approx(exp(-0.05))}
    assert corrections({"a": 1, "b": 999}, {"a": 1}, {}) == {"a": 0.25, "b": pytest.approx(exp(1))}


def test_corrections_do_not_drift_together() -> None:
    both = corrections({"a": 1, "b": 1}, {"a": 5, "b": 5}, {"a": 4.0, "b": 1.0})
    assert both == {"a": pytest.approx(2.0), "b": pytest.approx(0.5)}


def test_what_a_project_is_due_from_people_who_are_staffed() -> None:
    due = shares({"a": 1, "b": 1_000_000, "c": 3_000_000}, {"a": 600_000, "gone": 100_000})
    assert due == {"a": pytest.approx(0.6), "b": pytest.approx(0.1), "c": pytest.approx(0.3)}
    assert shares({"a": 1, "b": 3}, {}) == {"a": 0.25, "b": 0.75}
    assert shares({}, {"a": 1}) == {} and shares({"a": 0}, {}) == {"a": 0.0}
