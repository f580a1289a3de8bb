"""Intervals of shares and of their differences, against the examples that their papers print."""

import pytest

from backend.domain.proficiency.difference import newcombe, wilson


@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_intervals_of_newcombe_1998_table_i(
    count: int, total: int, low: float, high: float
) -> None:
    assert wilson(count, total) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
    ],
)
def test_newcombe_gives_the_intervals_of_newcombe_1998_table_ii_method_10(
    one: tuple[int, int], other: tuple[int, int], low: float, high: float
) -> None:
    assert newcombe(one, other) == pytest.approx((low, high), abs=5e-5)


def test_what_was_never_seen_may_be_anything() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    assert newcombe((0, 0), (5, 10)) == newcombe((5, 10), (0, 0)) == (-1.0, 1.0)


def test_a_certain_share_ends_where_shares_end() -> None:
    assert wilson(7, 7).high == 1.0 and wilson(0, 7).low == 0.0


def test_more_right_than_all_is_refused() -> None:
    with pytest.raises(ValueError, match="found 3 of 2"):
        wilson(3, 2)


def test_turning_the_two_around_turns_the_interval_around() -> None:
    low, high = newcombe((12, 50), (4, 90))
    assert newcombe((4, 90), (12, 50)) == pytest.approx((-high, -low))
