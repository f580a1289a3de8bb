"""Wilson's interval has its published values and never leaves the scale."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.statistics.wilson import normal_z, wilson

COUNTS = st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("correct", "total", "low", "high"),
    [
        # Newcombe 1998, table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_has_newcombes_values(correct: int, total: int, low: float, high: float) -> None:
    assert wilson(correct, total) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(("confidence", "z"), [(0.90, 1.6448536), (0.95, 1.9599640), (0.99, 2.5758293)])
def test_z_has_its_known_values(confidence: float, z: float) -> None:
    assert normal_z(confidence) == pytest.approx(z, abs=1e-7)


def test_without_answers_everything_is_possible() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


@given(COUNTS)
def test_the_interval_holds_the_share_and_stays_on_the_scale(counts: tuple[int, int]) -> None:
    low, high = wilson(*counts)
    assert 0.0 <= low <= counts[0] / counts[1] <= high <= 1.0


@given(COUNTS)
def test_counting_errors_mirrors_the_interval(counts: tuple[int, int]) -> None:
    correct, total = counts
    low, high = wilson(correct, total)
    assert wilson(total - correct, total) == pytest.approx((1.0 - high, 1.0 - low), abs=1e-12)


@given(COUNTS)
def test_the_ends_solve_the_score_equation(counts: tuple[int, int]) -> None:
    correct, total = counts
    z = normal_z(0.95)
    for end in wilson(correct, total):
        if 0.0 < end < 1.0:
            off = abs(correct / total - end) / math.sqrt(end * (1.0 - end) / total)
            assert off == pytest.approx(z, rel=1e-6)


@given(COUNTS)
def test_surer_is_wider(counts: tuple[int, int]) -> None:
    (low, high), (lower, higher) = wilson(*counts, confidence=0.9), wilson(*counts, confidence=0.99)
    assert lower <= low and high <= higher


@pytest.mark.parametrize(
    ("correct", "total", "confidence"), [(2, 1, 0.95), (-1, 3, 0.95), (1, 2, 1.0), (1, 2, 0.0)]
)
def test_impossible_counts_are_refused(correct: int, total: int, confidence: float) -> None:
    with pytest.raises(ValueError, match="expected"):
        wilson(correct, total, confidence)
