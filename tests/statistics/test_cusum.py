"""The CUSUM rises with errors, falls with successes, and calls when it has seen enough."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.statistics.cusum import Cusum

PLAN = Cusum(0.05, 0.15)
OUTCOMES = st.lists(st.sampled_from((0.0, 1.0)), max_size=60)


def _path(outcomes: list[float]) -> list[float]:
    states = [0.0]
    for error in outcomes:
        states.append(PLAN.after(states[-1], error))
    return states


def test_an_error_raises_by_the_log_of_the_rates_and_a_success_lowers() -> None:
    assert PLAN.after(0.0, 1.0) == pytest.approx(math.log(3.0), abs=1e-9)
    assert PLAN.after(2.0, 0.0) == pytest.approx(2.0 + math.log(0.85 / 0.95), abs=1e-9)
    assert PLAN.after(0.0, 0.0) == 0.0


def test_six_errors_in_a_row_alarm_and_five_do_not() -> None:
    path = _path([1.0] * 6)
    assert [PLAN.alarms(state) for state in path] == [False] * 6 + [True]
    assert [PLAN.suspects(state) for state in path[:4]] == [False, False, False, True]


def test_a_target_gives_its_own_plan() -> None:
    assert Cusum.for_target(0.95) == Cusum(0.05, 0.15, 6.0)
    assert Cusum.for_target(0.5).p1 == 0.75


def test_false_alarms_and_delay_are_those_of_the_design() -> None:
    """quality.md 1a: 3.5 % in 500 at p0 (2,000 runs: +-.8 points at two standard errors); median 23 at .30."""
    dice = random.Random(11)

    def first(rate: float, events: int) -> int | None:
        state = 0.0
        for event in range(1, events + 1):
            state = PLAN.after(state, float(dice.random() < rate))
            if PLAN.alarms(state):
                return event
        return None

    steady = [first(0.05, 500) for _ in range(2_000)]
    assert sum(at is not None for at in steady) / 2_000 == pytest.approx(0.036, abs=0.012)
    delays = sorted(at or 1_000 for at in (first(0.30, 1_000) for _ in range(1_000)))
    assert 21 <= delays[500] <= 25


@given(OUTCOMES)
def test_the_sum_never_falls_below_nothing(outcomes: list[float]) -> None:
    assert all(state >= 0.0 for state in _path(outcomes))


@given(OUTCOMES, st.integers(0, 59))
def test_one_more_error_never_lowers_it(outcomes: list[float], place: int) -> None:
    worse = list(outcomes)
    if place < len(worse):
        worse[place] = 1.0
    assert _path(worse)[-1] >= _path(outcomes)[-1] - 1e-7


@pytest.mark.parametrize(
    ("p0", "p1", "h"), [(0.2, 0.1, 6.0), (0.0, 0.1, 6.0), (0.1, 1.0, 6.0), (0.1, 0.2, 0.0)]
)
def test_an_impossible_plan_is_refused(p0: float, p1: float, h: float) -> None:
    with pytest.raises(ValueError, match="expected"):
        Cusum(p0, p1, h)


@pytest.mark.parametrize("target", [0.0, 1.0, math.nan])
def test_a_target_at_the_end_is_refused(target: float) -> None:
    with pytest.raises(ValueError, match="target accuracy between 0 and 1"):
        Cusum.for_target(target)


@given(st.floats(0.0, 1.0, exclude_min=True, exclude_max=True))
def test_every_target_between_the_ends_has_a_plan(target: float) -> None:
    plan = Cusum.for_target(target)
    assert 0.0 < plan.p0 < plan.p1 < 1.0
