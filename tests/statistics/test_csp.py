"""Continuous sampling: the states of Dodge's plans, and that their formulas are the published ones."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.statistics.csp import Phase, Plan, State, must_inspect, rate, step
from backend.statistics.csp_guarantee import afi, aoq, aoql, smallest_clearance

plans = st.builds(
    lambda i, f, two: Plan(i, f, i if two else 0), st.integers(1, 120), st.floats(0.01, 1.0), st.booleans()
)


def after(plan: Plan, verdicts: str) -> State:
    """The state after inspected items: g good, b bad; a dot is an item not inspected."""
    state = State(plan)
    for one in verdicts:
        state = step(state, one != ".", one == "g")
    return state


@pytest.mark.parametrize(
    ("verdicts", "phase", "run"),
    [
        ("", Phase.SCREENING, 0),
        ("gg", Phase.SCREENING, 2),
        ("ggb", Phase.SCREENING, 0),
        ("ggbggg", Phase.SAMPLING, 0),
        ("ggg...g", Phase.SAMPLING, 0),
        ("gggb", Phase.SCREENING, 0),
        ("gggbggg", Phase.SAMPLING, 0),
    ],
)
def test_csp_1_screens_until_i_in_a_row_and_after_every_sampled_error(
    verdicts: str, phase: Phase, run: int
) -> None:
    assert after(Plan(3, 0.1), verdicts) == State(Plan(3, 0.1), phase, run)


@pytest.mark.parametrize(
    ("verdicts", "phase", "run"),
    [
        ("gggb", Phase.WATCHING, 2),
        ("gggb..g", Phase.WATCHING, 1),
        ("gggbgg", Phase.SAMPLING, 0),
        ("gggbggb", Phase.WATCHING, 2),
        ("gggbgb", Phase.SCREENING, 0),
    ],
)
def test_csp_2_forgives_one_error_if_k_good_follow(verdicts: str, phase: Phase, run: int) -> None:
    assert after(Plan(3, 0.1, 2), verdicts) == State(Plan(3, 0.1, 2), phase, run)


def test_screening_inspects_everything_and_sampling_its_share() -> None:
    sampling = after(Plan(2, 0.1), "gg")
    assert rate(State(Plan(2, 0.1))) == 1.0 and must_inspect(State(Plan(2, 0.1)), 0.999)
    assert rate(sampling) == 0.1 and must_inspect(sampling, 0.0999) and not must_inspect(sampling, 0.1)


@pytest.mark.parametrize(("i", "f", "k"), [(0, 0.1, 0), (5, 0.009, 0), (5, 1.1, 0), (5, 0.1, -1)])
def test_a_plan_below_the_audit_floor_or_without_sense_is_refused(i: int, f: float, k: int) -> None:
    with pytest.raises(ValueError, match="expected"):
        Plan(i, f, k)


@pytest.mark.parametrize(
    ("p", "i", "f", "two", "share", "out"),
    [
        (0.01, 50, 0.10, False, 0.1552, 0.00845),
        (0.03, 30, 0.10, False, 0.2170, 0.02349),
        (0.05, 20, 0.05, False, 0.1280, 0.04360),
        (0.10, 10, 0.20, False, 0.4176, 0.05824),
        (0.01, 50, 0.10, True, 0.1163, 0.00884),
        (0.03, 30, 0.10, True, 0.1477, 0.02557),
        (0.05, 20, 0.05, True, 0.0821, 0.04590),
        (0.10, 10, 0.20, True, 0.3027, 0.06973),
    ],
)
def test_shares_are_the_published_ones(
    p: float, i: int, f: float, two: bool, share: float, out: float
) -> None:
    plan = Plan(i, f, i if two else 0)
    assert afi(plan, p) == pytest.approx(share, abs=5e-5)
    assert aoq(plan, p) == pytest.approx(out, abs=5e-6)


@pytest.mark.parametrize(
    ("i", "f", "limit", "at"),
    [
        (50, 0.1, 0.02157, 0.04075),
        (30, 0.1, 0.03545, 0.06657),
        (20, 0.05, 0.07162, 0.11583),
        (10, 0.2, 0.06609, 0.15099),
    ],
)
def test_the_worst_case_is_the_published_one(i: int, f: float, limit: float, at: float) -> None:
    worst, error = aoql(Plan(i, f))
    assert worst == pytest.approx(limit, abs=1e-5) and error == pytest.approx(at, abs=1e-5)
    assert worst == pytest.approx(((i + 1) * error - 1) / i, abs=1e-7)


# Of 38 published entries three are one more than needed (76 at 2 %, 5 %; 72 at 1 %, 20 %; CSP-2 74 at 2 %, 10 %): the
# formula, checked at its own peak, keeps the limit with one less.
CLEARANCES = {
    0.01: (152, 110, 71, 60, 46, 28),
    0.02: (75, 54, 36, 30, 23, 14),
    0.03: (50, 36, 24, 20, 15, 9),
    0.05: (30, 21, 14, 12, 9, 5),
    0.10: (14, 10, 7, 6, 4, 3),
}


@pytest.mark.parametrize("limit", CLEARANCES)
def test_the_smallest_clearance_keeps_the_limit_and_one_less_does_not(limit: float) -> None:
    rates = (0.05, 0.1, 0.2, 0.25, 1 / 3, 0.5)
    found = tuple(smallest_clearance(limit, f) for f in rates)
    assert found == CLEARANCES[limit]
    for i, f in zip(found, rates, strict=True):
        assert aoql(Plan(i, f))[0] <= limit < aoql(Plan(i - 1, f))[0]


def test_two_errors_need_a_longer_clearance() -> None:
    found = [[smallest_clearance(limit, f, True) for f in (0.05, 0.1, 0.2, 1 / 3)] for limit in (0.02, 0.05)]
    assert found == [[96, 73, 50, 34], [38, 29, 20, 13]]


@pytest.mark.parametrize("limit", [0.0, 1.0, -0.1])
def test_a_limit_outside_0_to_1_is_refused(limit: float) -> None:
    with pytest.raises(ValueError, match="expected a limit"):
        smallest_clearance(limit, 0.1)


@given(plans, st.floats(0.0, 1.0))
def test_no_error_share_brings_more_than_the_worst_case(plan: Plan, error: float) -> None:
    assert aoq(plan, error) <= aoql(plan)[0] + 1e-9


@given(plans, st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_more_errors_mean_more_inspection(plan: Plan, one: float, other: float) -> None:
    fewer, more = sorted((one, other))
    assert plan.rate - 1e-12 <= afi(plan, fewer) <= afi(plan, more) + 1e-12 <= 1.0 + 2e-12


@given(plans, st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_a_reviewer_who_overlooks_lets_more_out(plan: Plan, error: float, detection: float) -> None:
    assert aoq(plan, error) - 1e-12 <= aoq(plan, error, detection) <= error


def test_the_fold_does_what_the_formula_says() -> None:
    dice, plan = random.Random(5), Plan(10, 0.2)
    state, inspected, units = State(plan), 0, 60_000
    for _ in range(units):
        chosen, good = must_inspect(state, dice.random()), dice.random() >= 0.1
        state, inspected = step(state, chosen, good), inspected + chosen
    assert inspected / units == pytest.approx(afi(plan, 0.1), abs=0.02)
