"""What holds for every review sample."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.statistics.sampling import AUDIT_FLOOR, audited, drawn, weight


@given(st.floats(0.0, 1.0))
def test_no_rate_falls_below_the_audit_floor(rate: float) -> None:
    assert audited(rate) == max(rate, AUDIT_FLOOR)


@given(st.floats(0.0, 1.0, exclude_min=True))
def test_a_weight_is_the_reciprocal_of_the_rate_up_to_five(rate: float) -> None:
    assert 1.0 <= weight(rate) <= 5.0
    assert weight(rate) == (1.0 / rate if rate >= 0.2 else 5.0)


@pytest.mark.parametrize("rate", [-0.1, 1.1, float("nan")])
def test_what_is_no_share_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="expected a review rate"):
        audited(rate)
    with pytest.raises(ValueError, match="expected an inclusion"):
        weight(rate)


@given(st.floats(0.0, 1.0, exclude_max=True))
def test_a_rate_of_one_draws_everything(draw: float) -> None:
    assert drawn(1.0, draw) and not drawn(0.0, draw)
