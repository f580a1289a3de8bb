"""What evidence makes of a person: it fades, any batches give the same bits, a fall is noticed, a ten tells no more."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.readmodels.fading import TARGET_MAX, Piece, State, Tens, as_told, day_of, folded
from backend.statistics.beta import Beta
from backend.statistics.cusum import Cusum

DAY = date(2026, 3, 1)
START = State()
BOUND = Cusum.for_target(TARGET_MAX).h


def piece(n: int, correct: bool | None, weight: float = 1.0, day: int = 0, live: bool = True) -> Piece:
    said = "a" if correct else "b"
    return Piece(n, DAY + timedelta(days=day), live, correct, float(bool(correct)), weight, "a", said)


PIECES = st.lists(
    st.builds(
        Piece,
        index=st.integers(0, 500),
        day=st.dates(DAY, DAY + timedelta(days=400)),
        live=st.booleans(),
        correct=st.sampled_from([True, True, False, None]),
        score=st.floats(0, 1),
        weight=st.sampled_from([0.0, 0.25, 0.5, 1.0, 1.7, 5.0]),
        truth_class=st.sampled_from([None, "a", "b"]),
        answer_class=st.sampled_from([None, "a", "b", "c"]),
    ),
    max_size=40,
)


@given(PIECES, st.lists(st.integers(0, 40), max_size=5), st.integers(0, 300))
@settings(deadline=None)
def test_any_batches_give_the_same_bits(pieces: list[Piece], cuts: list[int], fresh_from: int) -> None:
    begin = State(fresh_from=fresh_from)
    state, last = begin, 0
    for cut in [*sorted(cuts), len(pieces)]:
        state = folded(pieces[last:cut], state)
        last = max(last, cut)
    assert state == folded(pieces, begin)


@given(PIECES)
@settings(deadline=None)
def test_what_is_known_stays_within_its_bounds(pieces: list[Piece]) -> None:
    state = folded(pieces, START)
    total = state.counts.a + state.counts.b
    assert state.pieces == len(pieces) and 0 <= state.right <= state.total <= state.pieces
    assert state.live <= state.total and 0.0 <= state.scored <= total + 1e-6
    assert sum(n for _, _, n in state.confusion.cells) <= total * 2 + sum(p.weight for p in pieces)
    assert state.cusum >= 0.0 and 0.0 <= state.target <= TARGET_MAX
    assert state.fresh == state.counts, "nothing was judged yet"


def test_the_faded_posterior_has_the_values_of_its_formula() -> None:
    """Right, right, wrong with weight 2 ninety days later, right: by hand with d = 2^(-w/50 - days/90)."""
    state = folded([piece(0, True), piece(1, True), piece(2, False, 2.0, 90), piece(3, True, 1.0, 90)], START)
    one, two = 2 ** (-1 / 50), 2 ** (-2 / 50 - 1)
    a, b = ((one + 1) * two) * one + 1, 2 * one
    squares = ((one + 1) * two + 4) * one + 1
    assert (state.counts.a, state.counts.b) == pytest.approx((a, b), abs=5e-9)
    assert state.counts.n_eff == pytest.approx((a + b) ** 2 / squares, abs=5e-8)
    worth = state.counts.n_eff / (a + b)
    believed = state.counts.posterior(Beta(6, 2))
    assert (believed.a, believed.b) == pytest.approx((6 + a * worth, 2 + b * worth), abs=1e-7)
    assert state.as_of(DAY + timedelta(days=180)).counts.a == pytest.approx(a / 2, abs=1e-8)
    assert state.as_of(DAY) == state, "time does not run backwards"


def test_evidence_forgets_by_whole_days_of_utc_only() -> None:
    late = datetime(2026, 3, 1, 23, 59, tzinfo=UTC)
    assert day_of(late) == DAY and day_of(late + timedelta(minutes=1)) == DAY + timedelta(days=1)


def test_what_was_judged_is_known_but_no_longer_fresh() -> None:
    bad = [piece(n, n % 2 == 0) for n in range(40)]
    state = folded(bad, State(fresh_from=30))
    assert state.counts == folded(bad, START).counts
    assert (state.right, state.total, state.live) == (5, 10, 10.0)
    assert state.fresh == folded(bad[30:], START).counts
    after = folded(bad, State(fresh_from=40))
    assert (after.live, after.total, after.cusum) == (0.0, 0, 0.0)
    assert (after.fresh.a, after.fresh.b) == (0.0, 0.0)


def test_what_weighs_nothing_or_was_taken_back_lets_only_time_pass() -> None:
    some = folded([piece(n, True) for n in range(5)], START)
    for nothing in (piece(5, False, 0.0), piece(5, None)):
        after = some.after(nothing)
        assert replace(after, pieces=5, index=4) == some
    assert some.after(piece(5, None, 1.0, 90)).counts.a == pytest.approx(some.counts.a / 2)


def until_noticed(chance: random.Random, accuracies: Sequence[float]) -> int | None:
    """After how many pieces the sum is at its bound, None: never."""
    state = START
    for n, accuracy in enumerate(accuracies):
        state = state.after(piece(n, chance.random() < accuracy))
        if state.cusum >= BOUND:
            return n + 1
    return None


def test_somebody_who_falls_from_95_to_70_percent_is_noticed_within_some_sixty_pieces() -> None:
    chance = random.Random(11)
    runs = [until_noticed(chance, [0.95] * 100 + [0.70] * 150) for _ in range(60)]
    delays = sorted(one - 100 if one is not None else 1_000 for one in runs)
    assert all(one > 0 for one in delays), "nobody was stopped before the fall"
    assert 20 <= delays[30] <= 40, f"median {delays[30]}"
    assert delays[45] <= 60 and delays[54] <= 110, f"75 % within {delays[45]}, 90 % within {delays[54]}"


@pytest.mark.parametrize(("accuracy", "at_most"), [(0.95, 0), (0.85, 6), (0.75, 6)])
def test_who_stays_as_good_as_they_are_is_seldom_stopped_by_the_sum(accuracy: float, at_most: int) -> None:
    """The floor decides on a steady accuracy, however low; 40 people of 250 pieces each."""
    chance = random.Random(7)
    stopped = sum(until_noticed(chance, [accuracy] * 250) is not None for _ in range(40))
    assert stopped <= at_most, f"{stopped} of 40"


# --- what a person is told


@dataclass(frozen=True)
class Told:
    kind: str | None
    n: int


def test_exams_and_live_work_fill_tens_of_their_own() -> None:
    mixed = [Told("exam", n) for n in range(9)] + [Told("live", n) for n in range(13)] + [Told(None, 0)]
    (ten,) = Tens[Told]().full(mixed)
    assert ten == [Told("live", n) for n in range(10)]
    waiting = [*mixed[:9], *mixed[19:22]]
    assert list(Tens(waiting).full([Told("exam", 9)])) == [[*mixed[:9], Told("exam", 9)]]


@given(
    st.permutations(range(10)),
    st.sets(st.integers(0, 9)),
    st.lists(st.sampled_from([0.5, 1.0, 5.0]), min_size=10),
)
@settings(deadline=None)
def test_a_ten_tells_neither_the_order_nor_the_source_of_its_errors(
    order: list[int], wrong: set[int], weights: list[float]
) -> None:
    plain = folded(as_told([piece(n, n not in wrong) for n in range(10)]), START)
    other = [piece(n, n not in wrong, weights[n], day=n) for n in order]
    told = folded(as_told(other), START)
    assert (told.counts, told.scored, told.fresh) == (plain.counts, plain.scored, plain.fresh)
