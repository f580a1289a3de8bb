"""The assignment gains as much as the best of all, found by trying them all."""

import itertools
import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.statistics.matching import assign

NUMBERS = st.one_of(st.integers(-3, 5).map(float), st.floats(-1.0, 1.0), st.floats(0.0, 1e6))


@st.composite
def tables(draw: st.DrawFn) -> list[list[float]]:
    height, width = draw(st.integers(0, 5)), draw(st.integers(1, 5))
    return [[draw(NUMBERS) for _ in range(width)] for _ in range(height)]


def total(gain: list[list[float]], pairs: list[tuple[int, int]]) -> float:
    return math.fsum(gain[r][c] for r, c in pairs)


def best(gain: list[list[float]]) -> float:
    """By trying every way to give each row a column or none."""
    height, width = len(gain), len(gain[0]) if gain else 0
    places = list(range(width)) + [-1] * height
    return max(
        math.fsum(gain[r][c] for r, c in enumerate(way) if c >= 0)
        for way in set(itertools.permutations(places, height))
    )


@given(tables())
def test_no_assignment_gains_more(gain: list[list[float]]) -> None:
    assert total(gain, assign(gain)) == pytest.approx(best(gain), rel=1e-12, abs=1e-9)


@given(tables())
def test_each_row_and_column_is_given_once_and_only_where_it_gains(gain: list[list[float]]) -> None:
    pairs = assign(gain)
    assert pairs == sorted(pairs)
    assert len({r for r, _ in pairs}) == len({c for _, c in pairs}) == len(pairs)
    assert all(gain[r][c] > 0.0 for r, c in pairs)


@given(tables())
def test_rows_and_columns_may_be_swapped(gain: list[list[float]]) -> None:
    turned = [list(column) for column in zip(*gain, strict=True)]
    assert total(turned, assign(turned)) == pytest.approx(total(gain, assign(gain)), rel=1e-12, abs=1e-9)


@given(tables(), st.randoms(use_true_random=False))
def test_the_order_of_rows_and_columns_does_not_change_the_total(
    gain: list[list[float]], random: object
) -> None:
    rows = list(range(len(gain)))
    random.shuffle(rows)  # type: ignore[attr-defined]
    shuffled = [gain[r] for r in rows]
    assert total(shuffled, assign(shuffled)) == pytest.approx(total(gain, assign(gain)), rel=1e-12, abs=1e-9)


def test_the_greedy_choice_is_not_the_best() -> None:
    assert assign([[0.9, 0.8], [0.8, 0.1]]) == [(0, 1), (1, 0)]


def test_a_textbook_table_is_solved() -> None:
    """Costs of Munkres' method in the usual example (least cost 5 as greatest gain from 10)."""
    cost = [[4, 1, 3], [2, 0, 5], [3, 2, 2]]
    assert assign([[10.0 - one for one in row] for row in cost]) == [(0, 1), (1, 0), (2, 2)]


def test_ties_are_settled_the_same_way_every_time() -> None:
    level = [[1.0] * 4 for _ in range(3)]
    assert {tuple(assign(level)) for _ in range(5)} == {tuple(assign(level))}
    assert len(assign(level)) == 3


def test_nothing_is_assigned_to_nothing() -> None:
    assert assign([]) == [] == assign([[], []]) == assign([[0.0, -1.0]])


@pytest.mark.parametrize("gain", [[[1.0], [1.0, 2.0]], [[math.nan]], [[math.inf, 0.0]]])
def test_a_table_that_is_none_is_refused(gain: list[list[float]]) -> None:
    with pytest.raises(ValueError, match="expected rows of"):
        assign(gain)


def test_a_thousand_all_alike_take_no_time() -> None:
    began = time.process_time()
    assert len(assign([[1.0] * 1000 for _ in range(1000)])) == 1000
    assert time.process_time() - began < 4.0


def test_three_hundred_of_each_take_no_time() -> None:
    """Every second row alike: as many ties as there can be beside real differences."""
    gain = [[1.0 + (r // 2 * 31 + c * 17) % 101 for c in range(300)] for r in range(300)]
    began = time.process_time()
    assert len(assign(gain)) == 300
    assert time.process_time() - began < 4.0
