"""The forecast of a queue: nothing is lost, nothing is below zero, and more hands never make it later."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.projects.forecast import (
    band,
    course,
    lacking,
    overdue,
    usual_day,
    worked_off,
)

HOUR = 3600.0
SLOTS = st.integers(0, 10_000).map(float)
"""Whole ones, so that sums are exact."""
HOURS = st.integers(1, 12).flatmap(
    lambda n: st.tuples(
        st.lists(SLOTS, min_size=n, max_size=n),
        st.lists(SLOTS, min_size=n, max_size=n),
        st.lists(SLOTS, min_size=n, max_size=n),
    )
)
SECONDS = st.floats(0, 30 * 24 * HOUR, allow_nan=False)


@given(SLOTS, HOURS)
def test_what_came_in_is_done_or_waits_and_nothing_is_below_zero(
    waiting: float, hours: tuple[list[float], list[float], list[float]]
) -> None:
    arrivals, capacity, _ = hours
    found = course(waiting, arrivals, capacity)
    assert min(found.backlog) >= 0 and min(found.done) >= 0
    assert all(done <= able for done, able in zip(found.done, capacity, strict=True))
    assert sum(found.done) + found.backlog[-1] == waiting + sum(arrivals)


@given(SLOTS, HOURS, SECONDS, SECONDS)
def test_more_capacity_makes_nothing_later(
    waiting: float, hours: tuple[list[float], list[float], list[float]], waited_s: float, target_s: float
) -> None:
    arrivals, capacity, more = hours
    few = course(waiting, arrivals, capacity)
    many = course(waiting, arrivals, [a + b for a, b in zip(capacity, more, strict=True)])
    assert all(b <= a for a, b in zip(few.backlog, many.backlog, strict=True))
    never = len(arrivals) + 1
    by_few, by_many = worked_off(few), worked_off(many)
    assert (never if by_many is None else by_many) <= (never if by_few is None else by_few)
    late_few, late_many = overdue(few, waited_s, target_s), overdue(many, waited_s, target_s)
    assert all(b <= a + 1e-6 for a, b in zip(late_few, late_many, strict=True))


@given(SLOTS, HOURS, SECONDS, SECONDS)
def test_with_what_was_lacking_nothing_is_overdue_and_less_would_not_do(
    waiting: float, hours: tuple[list[float], list[float], list[float]], waited_s: float, target_s: float
) -> None:
    arrivals, capacity, _ = hours
    found = course(waiting, arrivals, capacity)
    late, more = overdue(found, waited_s, target_s), lacking(found, waited_s, target_s)
    mended = course(waiting, arrivals, [a + b for a, b in zip(capacity, more, strict=True)])
    assert max(overdue(mended, waited_s, target_s)[1:]) <= 1e-5
    assert all(0 <= one <= waiting + sum(arrivals) for one in late)
    assert sum(more) >= max(late[1:]) - 1e-5
    assert (sum(more) > 0) == (max(late[1:]) > 0)


def test_a_backlog_is_worked_off_hour_by_hour_and_stays_so() -> None:
    found = course(25, [0, 0, 5, 0], [10, 10, 10, 10])
    assert found.backlog == (15, 5, 0, 0) and found.done == (10, 10, 10, 0)
    assert worked_off(found) == 3
    assert worked_off(course(0, [5], [0])) == 0
    assert worked_off(course(5, [5], [9])) is None


def test_hours_and_capacity_are_of_the_same_length() -> None:
    with pytest.raises(ValueError, match="zip"):
        course(1, [1, 2], [1])


def test_what_has_waited_too_long_is_counted_in_the_order_it_came() -> None:
    idle = course(12, [0, 0, 0, 0], [0, 0, 0, 0])
    assert overdue(idle, waited_s=2 * HOUR, target_s=3 * HOUR) == [0, 0, 6, 12, 12]
    busy = course(12, [0, 0, 0, 0], [0, 4, 4, 4])
    assert overdue(busy, waited_s=2 * HOUR, target_s=3 * HOUR) == [0, 0, 2, 4, 0]
    assert lacking(busy, waited_s=2 * HOUR, target_s=3 * HOUR) == [0, 2, 2, 0]
    fresh = course(0, [10, 0, 0], [0, 0, 0])
    assert overdue(fresh, 0.0, 1.5 * HOUR) == [0, 0, 5, 10], "what comes is late only once it has waited"


def test_what_is_late_now_is_missed_but_no_more_hands_can_help_it() -> None:
    found = course(4, [0], [4])
    assert overdue(found, waited_s=2 * HOUR, target_s=HOUR) == [2, 0]
    assert lacking(found, waited_s=2 * HOUR, target_s=HOUR) == [0]


def test_capacity_that_comes_too_early_or_too_late_does_not_help() -> None:
    found = course(0, [1, 0, 0, 1], [0, 5, 0, 0])
    assert overdue(found, 0.0, 0.0) == [0, 1, 0, 0, 1]
    assert lacking(found, 0.0, 0.0) == [1, 0, 0, 1], "two, though no more than one is ever overdue"


def test_the_usual_day_is_the_mean_hour_by_hour() -> None:
    one, two = [0.0] * 24, [4.0] * 24
    assert usual_day([one, two]) == [2.0] * 24
    assert usual_day([]) == [0.0] * 24


def test_the_band_is_the_prediction_interval_of_student() -> None:
    # Mean 20, deviation 10, t(0.975, 2) = 4.303: half = 4.303 * 10 * sqrt(1/3 + 1) / 20.
    low, high = band([10, 20, 30], hours=24) or (None, None)
    assert low == 0.0 and high == pytest.approx(1 + 4.303 * 10 * (4 / 3) ** 0.5 / 20)
    longer = band([10, 20, 30], hours=72)
    assert longer is not None and high is not None and longer[1] < high, "three days vary less than one"
    assert band([10, 20], 24) is None, "two days say nothing of how days vary"
    assert band([0, 0, 0], 24) == (1.0, 1.0)
    assert band([5] * 7, 24) == (1.0, 1.0)
