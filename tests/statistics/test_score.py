"""A score: in 0..1, passed from the threshold on, and nothing in it that JSON cannot say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.statistics.score import f1_of_counts, f_measure, scored


def test_a_value_at_the_threshold_passes_and_one_below_does_not() -> None:
    assert scored(0.8, 0.8, {}).passed
    assert not scored(0.7999, 0.8, {}).passed


def test_rounding_is_pulled_back_and_more_than_rounding_is_refused() -> None:
    assert scored(1.0 + 1e-12, 1.0, {}).value == 1.0
    for wrong in (1.01, -0.01, float("nan")):
        with pytest.raises(ValueError, match=r"value in 0\.\.1"):
            scored(wrong, 0.5, {})


def test_a_detail_that_json_cannot_say_is_refused() -> None:
    with pytest.raises(ValueError, match="'rate'"):
        scored(1.0, 0.5, {"rate": float("inf")})


def test_precision_recall_and_f1_of_counts_by_hand() -> None:
    assert f1_of_counts(3, 4, 6) == (0.75, 0.5, 0.6)
    assert f1_of_counts(0, 0, 0) == (1.0, 1.0, 1.0)
    assert f1_of_counts(0, 0, 2) == f1_of_counts(0, 2, 0) == (0.0, 0.0, 0.0)
    with pytest.raises(ValueError, match="hits"):
        f1_of_counts(3, 2, 6)


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_f1_of_counts_is_the_harmonic_mean_of_precision_and_recall(hits: int, over: int, under: int) -> None:
    precision, recall, f1 = f1_of_counts(hits, hits + over, hits + under)
    assert min(precision, recall) - 1e-12 <= f1 <= max(precision, recall) + 1e-12
    assert f1 == pytest.approx(f_measure(precision, recall))
