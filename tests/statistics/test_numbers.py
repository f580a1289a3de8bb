"""Numbers: errors by hand, tolerance that binary fractions do not spoil, and a value that falls with the error."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.statistics.numbers import Options, errors, score

FINITE = st.floats(-1e6, 1e6)


def test_mean_absolute_root_mean_square_and_relative_error_by_hand() -> None:
    found = errors([1.0, 4.0, 5.0], [2.0, 2.0, 5.0])
    assert (found.mae, found.rmse) == (1.0, pytest.approx(math.sqrt(5 / 3)))
    assert found.relative == pytest.approx((0.5 + 1.0 + 0.0) / 3)


def test_the_relative_error_leaves_out_a_truth_of_zero() -> None:
    assert errors([1.0, 3.0], [0.0, 2.0]).relative == 0.5
    assert errors([1.0], [0.0]).relative is errors([1.0], [5e-324]).relative is None


def test_an_error_of_one_scale_is_worth_one_over_e() -> None:
    assert score(13, 10, Options(scale=3.0)).value == pytest.approx(math.exp(-1))


@pytest.mark.parametrize(
    ("answer", "truth", "options", "passed"),
    [
        (1.1, 1.0, Options(absolute=0.1), True),
        (0.3, 0.1 + 0.2, Options(absolute=1e-9), True),
        (1.11, 1.0, Options(absolute=0.1), False),
        (110, 100, Options(relative=0.1), True),
        (-90, -100, Options(relative=0.1), True),
        (111, 100, Options(relative=0.1), False),
        (111, 100, Options(relative=0.1, absolute=11), True),
        (100, 100, Options(), True),
        (100.5, 100, Options(), False),
    ],
)
def test_a_tolerance_passes_what_lies_on_it_and_nothing_beyond(
    answer: Any, truth: Any, options: Options, passed: bool
) -> None:
    found = score(answer, truth, options)
    assert (found.passed, found.value) == (passed, float(passed))


def test_beyond_the_tolerance_the_scale_decides_what_is_lost() -> None:
    found = score([12, 15], [10, 10], Options(absolute=2, scale=3.0, threshold=0.5))
    assert found.value == pytest.approx((1 + math.exp(-1)) / 2) and found.passed


@pytest.mark.parametrize("wrong", ["1", True, None, [], [1, 2], float("nan"), 10**400, {"a": 1}])
def test_what_is_not_one_finite_number_for_each_true_one_is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match="expected"):
        score(wrong, 1.0, Options())


def test_huge_errors_do_not_overflow() -> None:
    assert errors([1e300, -1e300], [-1e300, 1e300]).rmse == pytest.approx(2e300)


@given(FINITE, FINITE, FINITE)
def test_the_value_never_rises_with_the_error(truth: float, one: float, other: float) -> None:
    options = Options(absolute=1.0, relative=0.01, scale=50.0)
    near, far = sorted((one, other), key=lambda x: abs(x - truth))
    assert 0.0 <= score(far, truth, options).value <= score(near, truth, options).value <= 1.0


@given(st.lists(st.tuples(FINITE, FINITE), min_size=1, max_size=9))
def test_the_order_of_a_list_changes_nothing_and_rmse_is_at_least_mae(
    pairs: list[tuple[float, float]],
) -> None:
    options = Options(scale=10.0, threshold=0.5)
    forward = score([a for a, _ in pairs], [t for _, t in pairs], options)
    back = score([a for a, _ in pairs[::-1]], [t for _, t in pairs[::-1]], options)
    assert forward == back
    found = errors([a for a, _ in pairs], [t for _, t in pairs])
    assert found.mae <= found.rmse * (1 + 1e-12)
