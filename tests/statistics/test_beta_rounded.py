"""A quantile of which six digits are asked costs less, and those six are the same."""

from hypothesis import given
from hypothesis import strategies as st

from backend.statistics.beta import Beta

WORTH = st.floats(0.3, 3_000.0)


@given(WORTH, WORTH, st.sampled_from((0.05, 0.1, 0.2, 0.5, 0.95)), st.integers(1, 6))
def test_a_rounded_quantile_is_the_quantile_rounded(a: float, b: float, q: float, digits: int) -> None:
    believed = Beta(a, b)
    assert believed.quantile_rounded(q, digits) == round(believed.quantile(q), digits)


def test_a_quantile_on_the_border_between_two_roundings_is_computed_in_full() -> None:
    # Beta(1, 1): the quantile is q itself, and the border lies where the rough one cannot tell the sides apart.
    for q in (0.1234565, 0.12345649999, 0.12345650001):
        assert Beta(1.0, 1.0).quantile_rounded(q, 6) == round(Beta(1.0, 1.0).quantile(q), 6)
