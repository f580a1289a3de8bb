"""The adaptive review rate: known values, bounds, and the promise it makes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.checks import PPM
from backend.domain.review.rate import FIRST_IN_FULL, FLOOR_PPM, adaptive_rate


@pytest.mark.parametrize("reviewed", range(FIRST_IN_FULL))
def test_the_first_ten_are_reviewed_in_full(reviewed: int) -> None:
    assert adaptive_rate(reviewed, 0.001, 20_000) == PPM


def test_the_rate_follows_the_risk() -> None:
    assert adaptive_rate(10, 0.20, 20_000) == 900_000
    assert adaptive_rate(10, 0.04, 20_000) == 500_000
    assert adaptive_rate(10, 0.02, 20_000) == FLOOR_PPM
    assert adaptive_rate(10, 0.0, 20_000) == FLOOR_PPM


@given(error=st.floats(0.0, 1.0), target=st.integers(1, PPM))
def test_what_goes_out_unseen_stays_under_the_target(error: float, target: int) -> None:
    rate = adaptive_rate(FIRST_IN_FULL, error, target)
    assert FLOOR_PPM <= rate <= PPM
    assert error * (PPM - rate) <= target + 1
