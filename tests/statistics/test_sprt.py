"""Wald's bounds and how the test behaves; the posterior rule beside a bare threshold."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.statistics.beta import Beta
from backend.statistics.sprt import Sprt, believed_below, log_ratio

PRIOR = Beta(6.8, 1.2)


def _demoted_within_50(accuracy: float) -> float:
    """Exactly: the chance of every (answers, right), taken out as soon as the rule stops it."""
    alive, stopped = {0: 1.0}, 0.0
    for n in range(1, 51):
        following: dict[int, float] = {}
        for right, chance in alive.items():
            following[right + 1] = following.get(right + 1, 0.0) + chance * accuracy
            following[right] = following.get(right, 0.0) + chance * (1.0 - accuracy)
        out = {right for right in following if believed_below(PRIOR.updated(right, n), 0.70)}
        stopped += sum(following[right] for right in out)
        alive = {right: chance for right, chance in following.items() if right not in out}
    return stopped


def test_the_bounds_are_walds() -> None:
    test = Sprt(0.05, 0.15)
    assert (test.demote_at, test.promote_at) == pytest.approx((2.890, -2.251), abs=5e-4)


def test_three_errors_demote_and_twenty_one_successes_promote() -> None:
    test, state = Sprt(0.05, 0.15), 0.0
    verdicts = []
    for _ in range(3):
        state = test.after(state, 1.0)
        verdicts.append(test.verdict(state))
    assert verdicts == [None, None, "demote"]
    state = 0.0
    for _ in range(20):
        state = test.after(state, 0.0)
    assert test.verdict(state) is None
    assert test.verdict(test.after(state, 0.0)) == "promote"


@pytest.mark.parametrize(
    ("p0", "p1", "true", "demoted", "items"),
    [(0.05, 0.15, 0.05, 0.033, 42), (0.05, 0.15, 0.15, 0.90, 40), (0.10, 0.25, 0.10, 0.037, 30)],
)
def test_it_behaves_as_in_the_table_of_the_design(
    p0: float, p1: float, true: float, demoted: float, items: float
) -> None:
    dice, test = random.Random(f"{p0} {p1} {true}"), Sprt(p0, p1)
    ends, count = 0, 0
    for _ in range(1_500):
        state = 0.0
        while (verdict := test.verdict(state)) is None:
            state, count = test.after(state, float(dice.random() < true)), count + 1
        ends += verdict == "demote"
    assert ends / 1_500 == pytest.approx(demoted, abs=0.02)
    assert count / 1_500 == pytest.approx(items, abs=2.5)


@pytest.mark.parametrize(
    ("accuracy", "demoted"), [(0.85, 0.001), (0.80, 0.001), (0.70, 0.043), (0.60, 0.373), (0.50, 0.851)]
)
def test_the_posterior_rule_demotes_as_in_the_table_of_the_design(accuracy: float, demoted: float) -> None:
    assert _demoted_within_50(accuracy) == pytest.approx(demoted, abs=0.004)


def test_a_worker_of_85_percent_is_hardly_ever_demoted() -> None:
    assert _demoted_within_50(0.85) <= 0.01


@given(st.floats(0.01, 0.98), st.floats(0.001, 0.98))
def test_an_error_speaks_for_the_worse_rate_and_a_success_against_it(p0: float, step: float) -> None:
    p1 = p0 + step * (0.99 - p0)
    assert log_ratio(p0, p1, 1.0) > 0.0 > log_ratio(p0, p1, 0.0)


@given(st.floats(1.0, 50.0), st.floats(1.0, 50.0), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_a_higher_floor_demotes_no_fewer(a: float, b: float, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert believed_below(Beta(a, b), high) or not believed_below(Beta(a, b), low)


@pytest.mark.parametrize(
    ("p0", "p1", "error"), [(0.2, 0.2, 1.0), (0.0, 0.2, 1.0), (0.1, 0.2, 1.5), (0.1, 0.2, math.nan)]
)
def test_impossible_rates_and_outcomes_are_refused(p0: float, p1: float, error: float) -> None:
    with pytest.raises(ValueError, match="expected"):
        log_ratio(p0, p1, error)


def test_error_chances_that_leave_no_room_are_refused() -> None:
    with pytest.raises(ValueError, match="a sum < 1"):
        Sprt(0.05, 0.15, alpha=0.6, beta=0.4)


def test_a_floor_outside_the_scale_is_refused() -> None:
    with pytest.raises(ValueError, match=r"expected floor in 0\.\.1"):
        believed_below(PRIOR, 70.0)
