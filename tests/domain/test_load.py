"""The load cap: who has reached it, and that there is always somebody who has not."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.errors import Refusal
from backend.domain.projects.queueing import LOAD_CAP_MIN, check
from backend.domain.tasks.load import MEAN_MIN, Over, over
from backend.events.queue import QueueSettings

CAPPED = QueueSettings(load_cap_percent=150, load_cap_wait_seconds=60)

loads = st.lists(st.integers(1, 500), min_size=1, max_size=12)
percents = st.integers(LOAD_CAP_MIN, 1_000)


def has(given_: int, others: list[int], settings: QueueSettings = CAPPED) -> Over | None:
    """What the rule says of somebody with so many leases today, beside others with theirs."""
    return over(given_, given_ + sum(others), 1 + len(others), settings)


# --- the rule


def test_given_three_with_twenty_on_average_when_one_has_thirty_then_they_have_reached_the_cap() -> None:
    reached = has(30, [16, 14])
    assert reached == Over(given=30, mean=20.0, cap=30, wait_seconds=60)
    assert reached.told == {"leases_today": 30, "mean_today": 20.0, "cap": 30, "wait_seconds": 60}


def test_given_three_with_twenty_on_average_when_one_has_twenty_nine_then_they_have_not() -> None:
    assert has(29, [16, 15]) is None


def test_given_no_cap_then_nobody_has_reached_it() -> None:
    assert has(10_000, [1, 1], QueueSettings()) is None


def test_given_nobody_else_on_the_project_today_then_nobody_is_ahead() -> None:
    assert has(10_000, []) is None


@pytest.mark.parametrize(("others", "held"), [([1, 1], False), ([1, 2], True)])
def test_a_morning_that_has_just_begun_has_no_cap(others: list[int], held: bool) -> None:
    assert (has(27, others) is not None) is held
    assert MEAN_MIN == 10, "27 + 1 + 2 are three times ten"


@pytest.mark.parametrize(("percent", "allowed"), [(0, True), (1, False), (109, False), (110, True)])
def test_a_cap_at_the_mean_is_refused_because_all_could_wait(percent: int, allowed: bool) -> None:
    settings = replace(QueueSettings(), load_cap_percent=percent)
    if allowed:
        check(settings)
        return
    with pytest.raises(Refusal) as caught:
        check(settings)
    assert (caught.value.code, caught.value.extra["field"]) == ("queue_invalid", "load_cap_percent")


# --- whatever happened today


@given(loads, percents)
def test_whatever_was_given_somebody_who_works_there_is_below_the_cap(
    given_: list[int], percent: int
) -> None:
    settings = replace(CAPPED, load_cap_percent=percent)
    reached = [over(one, sum(given_), len(given_), settings) for one in given_]
    assert None in reached
    assert over(0, sum(given_), len(given_), settings) is None, "who comes new is never held back"


@given(loads, percents)
def test_who_has_reached_the_cap_has_more_than_the_mean_and_who_has_not_has_less_than_the_cap(
    given_: list[int], percent: int
) -> None:
    settings = replace(CAPPED, load_cap_percent=percent)
    everybody, people = sum(given_), len(given_)
    counted = people >= 2 and everybody >= MEAN_MIN * people
    for one in given_:
        reached = over(one, everybody, people, settings)
        assert (reached is not None) == (counted and one >= everybody * percent // (100 * people))
        assert reached is None or one > everybody / people
