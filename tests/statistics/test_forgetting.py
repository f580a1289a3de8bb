"""Old evidence fades with new evidence and with time, and nothing else changes it."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.statistics.beta import Beta
from backend.statistics.forgetting import Confusion, Counts, HalfLife

NEVER = HalfLife(math.inf, math.inf)
EVIDENCE = st.lists(st.tuples(st.floats(0.0, 1.0), st.floats(0.0, 5.0), st.floats(0.0, 400.0)), max_size=40)


def test_without_forgetting_the_counts_are_counts() -> None:
    counts = Counts()
    for right in (1.0, 1.0, 0.0, 1.0):
        counts = counts.after(right, 1.0, 30.0, NEVER)
    assert counts == Counts(3.0, 1.0, 4.0)


def test_a_piece_counts_half_after_fifty_more() -> None:
    counts = Counts().after(1.0, 1.0, 0.0)
    for _ in range(50):
        counts = counts.after(0.0, 1.0, 0.0)
    assert counts.a == pytest.approx(0.5, abs=1e-7)


def test_a_piece_counts_half_after_ninety_days() -> None:
    assert Counts(8.0, 2.0, 10.0).aged(90.0) == Counts(4.0, 1.0, 5.0)


def test_at_a_half_life_of_fifty_one_knows_as_much_as_from_seventy_two_answers() -> None:
    counts = Counts()
    for _ in range(2_000):
        counts = counts.after(1.0, 1.0, 0.0)
    assert counts.n_eff == pytest.approx(1.0 / (1.0 - 2.0 ** (-1.0 / 50.0)), abs=1e-4)
    assert counts.n_eff == pytest.approx(72.6, abs=0.1)


def test_evidence_of_no_weight_changes_nothing() -> None:
    counts = Counts().after(1.0, 1.0, 0.0).after(0.0, 1.0, 0.0)
    assert counts.after(0.0, 0.0, 0.0) == counts
    assert Counts().after(1.0, 0.0, 0.0) == Counts()


def test_equal_weights_are_worth_as_many_answers_as_there_are_pieces() -> None:
    counts = Counts()
    for _ in range(6):
        counts = counts.after(1.0, 5.0, 0.0, NEVER)
    assert counts == Counts(30.0, 0.0, 6.0)
    assert counts.posterior(Beta(1.0, 1.0)) == Beta(7.0, 1.0)


def test_one_heavy_piece_among_light_ones_is_not_five_answers() -> None:
    counts = Counts().after(1.0, 1.0, 0.0, NEVER).after(0.0, 5.0, 0.0, NEVER)
    assert counts.n_eff == pytest.approx(36.0 / 26.0, abs=1e-9)


def test_light_evidence_stays_light_in_the_posterior() -> None:
    counts = Counts()
    for _ in range(8):
        counts = counts.after(1.0, 0.25, 0.0, NEVER)
    belief = counts.posterior(Beta(1.0, 1.0))
    assert (belief.a, belief.b) == pytest.approx((3.0, 1.0))


def test_without_evidence_the_posterior_is_the_prior() -> None:
    assert Counts().posterior(Beta(6.8, 1.2)) == Beta(6.8, 1.2)


def test_who_idles_drifts_back_to_the_prior() -> None:
    prior, counts = Beta(4.0, 4.0), Counts(30.0, 0.0, 30.0)
    means = [counts.aged(days).posterior(prior).mean for days in (0.0, 90.0, 900.0, 9_000.0)]
    assert means == sorted(means, reverse=True)
    assert means[-1] == pytest.approx(0.5)


@given(EVIDENCE)
def test_the_counts_stay_within_the_evidence(evidence: list[tuple[float, float, float]]) -> None:
    counts = Counts()
    for correct, weight, days in evidence:
        counts = counts.after(correct, weight, days)
    assert min(counts.a, counts.b) >= 0.0
    assert counts.a + counts.b <= sum(weight for _, weight, _ in evidence) + 1e-6
    assert 0.0 <= counts.n_eff <= len(evidence) + 1e-3
    for value in (counts.a, counts.b, counts.n_eff):
        assert value == round(value, 9)


@given(EVIDENCE)
def test_exchanging_right_and_wrong_exchanges_a_and_b(evidence: list[tuple[float, float, float]]) -> None:
    plain, mirrored = Counts(), Counts()
    for correct, weight, days in evidence:
        plain, mirrored = plain.after(correct, weight, days), mirrored.after(1.0 - correct, weight, days)
    assert (mirrored.a, mirrored.b) == pytest.approx((plain.b, plain.a), abs=1e-6)


@given(st.floats(0.0, 200.0), st.floats(0.0, 200.0))
def test_waiting_in_two_parts_is_waiting_once(first: float, second: float) -> None:
    counts = Counts(20.0, 5.0, 25.0)
    parts, once = counts.aged(first).aged(second), counts.aged(first + second)
    assert (parts.a, parts.b, parts.n_eff) == pytest.approx((once.a, once.b, once.n_eff), abs=1e-8)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc"), st.floats(0.0, 90.0)), max_size=30))
def test_confusions_fade_as_the_counts_do(evidence: list[tuple[str, str, float]]) -> None:
    counts, confusion = Counts(), Confusion()
    for truth, answer, days in evidence:
        counts = counts.after(float(truth == answer), 1.0, days)
        confusion = confusion.after(truth, answer, 1.0, days)
    recalls = confusion.recalls().values()
    assert sum(right for right, _ in recalls) == pytest.approx(counts.a, abs=1e-6)
    assert sum(total for _, total in recalls) == pytest.approx(counts.a + counts.b, abs=1e-6)
    assert [cell[:2] for cell in confusion.cells] == sorted({cell[:2] for cell in confusion.cells})


def test_recalls_are_by_truth() -> None:
    confusion = Confusion()
    for truth, answer in (("cat", "cat"), ("dog", "cat"), ("dog", "dog"), ("dog", "dog")):
        confusion = confusion.after(truth, answer, 1.0, 0.0, NEVER)
    assert confusion.recalls() == {"cat": (1.0, 1.0), "dog": (2.0, 3.0)}


def test_what_has_faded_away_is_left_out() -> None:
    assert Confusion().after("a", "b", 1.0, 0.0).after("a", "a", 1.0, 9_000.0).cells == (("a", "a", 1.0),)


@pytest.mark.parametrize(
    ("correct", "weight", "days"),
    [
        (1.1, 1.0, 0.0),
        (-0.1, 1.0, 0.0),
        (1.0, -1.0, 0.0),
        (1.0, 1.0, -1.0),
        (1.0, math.inf, 0.0),
        (math.nan, 1.0, 0.0),
    ],
)
def test_impossible_evidence_is_refused(correct: float, weight: float, days: float) -> None:
    with pytest.raises(ValueError, match="expected"):
        Counts().after(correct, weight, days)


def test_a_half_life_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="half-lives above 0"):
        HalfLife(events=0.0)
