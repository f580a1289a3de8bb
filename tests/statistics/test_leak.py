"""The leak test: Fisher's own numbers, the oracle of whole fractions, and the power it was chosen for."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.statistics.leak import fisher_greater, judge

cells = st.integers(0, 40)


def oracle(a: int, b: int, c: int, d: int) -> float:
    n, row, column = a + b + c + d, a + b, a + c
    ways = [
        Fraction(math.comb(row, x) * math.comb(n - row, column - x), math.comb(n, column))
        for x in range(a, min(row, column) + 1)
    ]
    return float(sum(ways))


def test_the_lady_tasting_tea() -> None:
    assert fisher_greater(3, 1, 1, 3) == pytest.approx(17 / 70)
    assert fisher_greater(4, 0, 0, 4) == pytest.approx(1 / 70)


@given(cells, cells, cells, cells)
def test_it_is_the_hypergeometric_tail(a: int, b: int, c: int, d: int) -> None:
    assert fisher_greater(a, b, c, d) == pytest.approx(oracle(a, b, c, d), rel=1e-9, abs=1e-12)


@given(cells, cells, cells, cells)
def test_rows_and_columns_may_be_exchanged(a: int, b: int, c: int, d: int) -> None:
    assert fisher_greater(a, b, c, d) == pytest.approx(fisher_greater(d, c, b, a), rel=1e-9, abs=1e-12)
    assert fisher_greater(a, b, c, d) == pytest.approx(fisher_greater(a, c, b, d), rel=1e-9, abs=1e-12)


def test_many_answers_neither_overflow_nor_accuse_who_is_worse_on_gold() -> None:
    assert fisher_greater(0, 5_000, 5_000, 0) == 1.0
    assert fisher_greater(5_000, 0, 0, 5_000) == 0.0
    assert fisher_greater(5_000, 5_000, 5_000, 5_000) == pytest.approx(0.5, abs=0.01)


def power(gold: int, work: int, on_gold: float, on_work: float, runs: int = 4000, seed: int = 9) -> float:
    rng = np.random.default_rng(seed)
    a, c = rng.binomial(gold, on_gold, runs), rng.binomial(work, on_work, runs)
    return float(np.mean([judge(int(x), gold, int(y), work).told for x, y in zip(a, c, strict=True)]))


@pytest.mark.parametrize(("gold", "work", "asked"), [(30, 30, 0.46), (40, 40, 0.70), (100, 60, 0.96)])
def test_who_is_right_95_in_100_on_gold_and_70_on_work_is_told_this_often(
    gold: int, work: int, asked: float
) -> None:
    assert power(gold, work, 0.95, 0.70) == pytest.approx(asked, abs=0.03)


@pytest.mark.parametrize(("gold", "work"), [(30, 30), (40, 40), (100, 60)])
def test_who_is_as_good_on_work_as_on_gold_is_hardly_ever_told(gold: int, work: int) -> None:
    assert all(power(gold, work, share, share) <= 0.01 for share in (0.7, 0.85, 0.95))


def test_the_evidence_is_given() -> None:
    found = judge(39, 40, 20, 40)
    assert (found.gold, found.work, found.told) == (0.975, 0.5, True)
    nothing = judge(10, 10, 0, 0)
    assert (nothing.work, nothing.p, nothing.told) == (None, 1.0, False)


@pytest.mark.parametrize("wrong", [(5, 4, 0, 0), (0, 0, -1, 3)])
def test_more_right_than_answered_is_refused(wrong: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="expected 0 <= right <= total"):
        judge(*wrong)
    with pytest.raises(ValueError, match="expected four counts"):
        fisher_greater(-1, 0, 0, 0)
