"""ISO 2859-1: the switching rules lot by lot, and the single sampling plans."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.statistics.iso2859 import Lot, Severity, State, resumed, step
from backend.statistics.iso2859_plans import AQLS, Sampling, letter_of, plan_for

N, T, R, D = Severity.NORMAL, Severity.TIGHTENED, Severity.REDUCED, Severity.DISCONTINUED
lots = st.builds(Lot, st.booleans(), st.integers(0, 5), st.booleans(), st.booleans(), st.booleans())


def severities(state: State, lots: str) -> list[Severity]:
    """After each lot: A accepted, R rejected, all with Ac = 0."""
    found = []
    for one in lots:
        state = step(state, Lot(one == "A"))
        found.append(state.severity)
    return found


@pytest.mark.parametrize(
    ("start", "lots", "expected"),
    [
        (State(), "ARAAR", [N, N, N, N, T]),
        (State(), "RAAAAR", [N] * 6),
        (State(), "RR", [N, T]),
        (State(T), "AAAARAAAAA", [T] * 9 + [N]),
        (State(T), "RRRRR", [T] * 4 + [D]),
        (State(T), "RARARARAR", [T] * 8 + [D]),
        (State(D), "AAAAAA", [D] * 6),
        (State(), "A" * 15, [N] * 14 + [R]),
        (State(R), "AAR", [R, R, N]),
    ],
)
def test_lots_switch_the_severity(start: State, lots: str, expected: list[Severity]) -> None:
    assert severities(start, lots) == expected


def test_the_rejection_that_ended_reduced_inspection_does_not_count_on_normal() -> None:
    assert severities(State(R), "RAAAR") == [N] * 5


def test_five_rejections_discontinue_only_within_one_stay_on_tightened() -> None:
    back = severities(State(T), "RRRR" + "AAAAA")
    assert back == [T] * 8 + [N]
    assert severities(State(T), "RRRRAAAAA" + "RR" + "RRRR")[-1] == T


def test_ten_lots_that_pass_one_step_tighter_earn_reduced_inspection() -> None:
    state = State()
    for _ in range(9):
        state = step(state, Lot(True, 3, accepted_tighter=True))
    assert (state.severity, state.score) == (N, 27)
    assert step(state, Lot(True, 3, accepted_tighter=True)).severity is R
    assert step(state, Lot(True, 3, accepted_tighter=False)).score == 0


@pytest.mark.parametrize("lot", [Lot(True, steady=False), Lot(True, approved=False)])
def test_reduced_inspection_needs_steady_production_and_approval(lot: Lot) -> None:
    state = State()
    for _ in range(20):
        state = step(state, lot)
    assert state.severity is N
    assert step(state, Lot(True)).severity is R


def test_irregular_production_ends_reduced_inspection() -> None:
    assert step(State(R), Lot(True, steady=False)).severity is N


def test_a_discontinued_inspection_is_resumed_on_tightened() -> None:
    assert resumed(State(D)) == State(T)
    with pytest.raises(ValueError, match="expected a discontinued"):
        resumed(State())


@given(st.lists(lots, max_size=60))
def test_tightened_always_lies_between_normal_and_discontinued(given_lots: list[Lot]) -> None:
    state = State()
    for lot in given_lots:
        before, state = state.severity, step(state, lot)
        assert (before, state.severity) not in {(N, D), (R, T), (R, D), (T, R), (D, N), (D, T), (D, R)}


@pytest.mark.parametrize(
    ("lot", "aql", "severity", "expected"),
    [
        (2000, 1.0, N, Sampling("K", 125, 3)),
        (2000, 2.5, N, Sampling("K", 125, 7)),
        (2000, 4.0, N, Sampling("K", 125, 10)),
        (1000, 1.0, N, Sampling("J", 80, 2)),
        (400, 0.25, N, Sampling("H", 50, 0)),
        (100, 1.0, N, Sampling("E", 13, 0)),
        (20, 2.5, N, Sampling("C", 5, 0)),
        (20, 0.10, N, Sampling("K", 20, 0)),
        (600_000, 10.0, N, Sampling("K", 125, 21)),
        (5, 10.0, N, Sampling("C", 5, 1)),
        (2000, 1.0, T, Sampling("K", 125, 2)),
        (2000, 2.5, T, Sampling("K", 125, 5)),
        (2000, 4.0, T, Sampling("K", 125, 8)),
        (2000, 1.0, R, Sampling("K", 50, 2)),
    ],
)
def test_plans_are_those_of_the_standard(
    lot: int, aql: float, severity: Severity, expected: Sampling
) -> None:
    assert plan_for(lot, aql, severity) == expected


def test_letters_change_at_the_standards_lot_sizes() -> None:
    sizes = (2, 8, 9, 90, 91, 150, 151, 500, 501, 1200, 1201, 3200, 500_000, 500_001)
    assert "".join(map(letter_of, sizes)) == "AABEFFGHJJKKPQ"


@given(st.integers(2, 10**7), st.sampled_from(AQLS), st.sampled_from((N, T, R)))
def test_every_lot_has_a_plan_that_fits_into_it(lot: int, aql: float, severity: Severity) -> None:
    plan = plan_for(lot, aql, severity)
    assert 0 <= plan.acceptance < max(plan.size, 1) <= lot


@given(st.integers(2, 10**7), st.sampled_from(AQLS))
def test_tightened_never_accepts_what_normal_rejects_of_the_same_sample(lot: int, aql: float) -> None:
    normal, tightened = plan_for(lot, aql), plan_for(lot, aql, T)
    assert tightened.size > normal.size or tightened.acceptance <= normal.acceptance


@pytest.mark.parametrize(("lot", "aql", "severity"), [(1, 1.0, N), (100, 1.1, N), (100, 1.0, D)])
def test_what_the_tables_do_not_hold_is_refused(lot: int, aql: float, severity: Severity) -> None:
    with pytest.raises(ValueError, match="expected"):
        plan_for(lot, aql, severity)
