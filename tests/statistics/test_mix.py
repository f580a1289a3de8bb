"""The mix of classes: another than the pool's is told, chance is not, and the work's own change is nobody's drift."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.statistics.mix import Rule, against_pool, chi_square_above, divergence, over_time

counts = st.lists(st.integers(0, 200), min_size=3, max_size=3).filter(lambda found: sum(found) > 0)


@pytest.mark.parametrize(
    ("x", "freedom", "p"),
    [(3.841459, 1, 0.05), (5.991465, 2, 0.05), (18.307038, 10, 0.05), (6.634897, 1, 0.01)],
)
def test_the_chi_square_tail_is_the_printed_table(x: float, freedom: int, p: float) -> None:
    assert chi_square_above(x, freedom) == pytest.approx(p, abs=1e-7)


@given(st.floats(0.0, 200.0))
def test_with_one_and_two_degrees_the_tail_has_a_closed_form(x: float) -> None:
    assert chi_square_above(x, 1) == pytest.approx(math.erfc(math.sqrt(x / 2.0)), rel=1e-9, abs=1e-14)
    assert chi_square_above(x, 2) == pytest.approx(math.exp(-x / 2.0), rel=1e-9, abs=1e-14)


def test_the_divergence_is_that_of_the_shares() -> None:
    assert divergence([50, 50], [9_000_000, 1_000_000]) == pytest.approx(
        0.5 * math.log(0.5 / 0.9) + 0.5 * math.log(0.5 / 0.1), rel=1e-6
    )


@given(counts, counts)
def test_what_is_said_is_in_range_and_knows_no_order_of_classes(own: list[int], others: list[int]) -> None:
    found, turned = against_pool(own, others), against_pool(own[::-1], others[::-1])
    assert found.divergence >= 0.0 and 0.0 <= found.p <= 1.0 and found.statistic >= 0.0 and found.freedom <= 2
    assert (found.told, found.freedom) == (turned.told, turned.freedom)
    assert found.p == pytest.approx(turned.p, rel=1e-9, abs=1e-15)


def test_on_skewed_work_an_honest_mix_is_not_told_and_an_even_one_is() -> None:
    pool = [8_800, 1_200]
    assert not against_pool([90, 10], pool).told
    even = against_pool([50, 50], pool)
    assert even.told and even.most == 0 and even.difference == pytest.approx(-0.38)
    assert against_pool([100, 0], [5_000, 5_000]).told


def test_a_small_difference_is_not_told_however_certain_it_is() -> None:
    found = against_pool([52_000, 48_000], [500_000, 500_000])
    assert found.p < 1e-9 and found.divergence < 0.001 and not found.told


def test_a_few_answers_are_not_told() -> None:
    assert not against_pool([0, 19], [5_000, 5_000]).told
    assert against_pool([0, 20], [5_000, 5_000]).told


@pytest.mark.parametrize("size", [20, 60, 400])
@pytest.mark.parametrize("mix", [[0.88, 0.12], [0.4, 0.3, 0.2, 0.07, 0.02, 0.01]])
def test_under_chance_alone_p_is_small_as_rarely_as_it_says(size: int, mix: list[float]) -> None:
    rng = np.random.default_rng(11)
    own, pool = rng.multinomial(size, mix, 3000).tolist(), rng.multinomial(4000, mix, 3000).tolist()
    found = [against_pool(a, b, Rule(divergence_min=0.0)) for a, b in zip(own, pool, strict=True)]
    assert sum(one.p < 0.05 for one in found) / 3000 <= 0.07
    assert sum(one.told for one in found) <= 9


def test_who_answers_otherwise_than_before_is_told() -> None:
    found = over_time([60, 30, 10], [20, 20, 60], [600, 300, 100], [580, 310, 110])
    assert found.told and found.most == 2 and found.difference > 0.4


def test_when_the_work_changes_for_everybody_nobody_has_drifted() -> None:
    before, after = [600, 300, 100], [100, 300, 600]
    assert not over_time([60, 30, 10], [11, 30, 59], before, after).told
    # Who alone stays as they were has drifted from the work.
    assert over_time([60, 30, 10], [60, 30, 10], before, after).told


@pytest.mark.parametrize("size", [30, 100, 500])
@pytest.mark.parametrize(
    ("old", "new"),
    [([0.6, 0.3, 0.1], [0.6, 0.3, 0.1]), ([0.6, 0.3, 0.1], [0.1, 0.3, 0.6]), ([0.9, 0.1], [0.5, 0.5])],
)
def test_who_moves_as_the_work_does_is_told_as_rarely_as_p_says(
    size: int, old: list[float], new: list[float]
) -> None:
    rng = np.random.default_rng(12)
    own, pool = ([rng.multinomial(n, mix, 1000).tolist() for mix in (old, new)] for n in (size, 3000))
    found = [over_time(*four) for four in zip(*own, *pool, strict=True)]
    assert sum(one.p < 0.05 for one in found) / 1000 <= 0.07
    assert sum(one.told for one in found) <= 5


@pytest.mark.parametrize(
    ("own", "others"), [([1, 2], [1, 2, 3]), ([0, 0], [1, 2]), ([-1, 2], [1, 2]), ([], [])]
)
def test_counts_that_do_not_fit_are_refused(own: list[float], others: list[float]) -> None:
    with pytest.raises(ValueError, match="expected counts"):
        against_pool(own, others)
