"""The pool's prior is the best there is, whatever the pool looks like."""

import math
import random
import time
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.statistics.beta import Beta
from backend.statistics.empirical_bayes import _gammas, fit

FREE = 1e9
COUNTS = st.lists(
    st.tuples(st.floats(0.0, 1.0), st.floats(0.0, 80.0)).map(lambda one: (one[0] * one[1], one[1])),
    max_size=12,
)


def _objective(counts: Sequence[tuple[float, float]], mean: float, strength: float) -> float:
    """The same sum, written with the library's own lgamma."""

    def log_beta(a: float, b: float) -> float:
        return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)

    a, b = mean * strength, (1.0 - mean) * strength
    likelihood = sum(log_beta(a + k, b + n - k) - log_beta(a, b) for k, n in counts)
    return likelihood + math.log(mean * (1.0 - mean)) - (math.log(strength / 10.0) / 1.5) ** 2 / 2.0


def _drawn(a: float, b: float, people: int, seed: int) -> list[tuple[float, float]]:
    dice = random.Random(seed)
    found = []
    for _ in range(people):
        share, n = dice.betavariate(a, b), dice.randint(1, 70)
        found.append((float(sum(dice.random() < share for _ in range(n))), float(n)))
    return found


def test_gamma_functions_have_their_known_values() -> None:
    x = np.array([1e-4, 0.5, 1.0, 2.0, 7.3, 250.0])
    log, psi, slope = _gammas(x)
    assert log == pytest.approx([math.lgamma(one) for one in x], abs=1e-11)
    euler = 0.5772156649015329
    assert psi[[1, 2, 3]] == pytest.approx([-euler - 2.0 * math.log(2.0), -euler, 1.0 - euler], abs=1e-12)
    assert slope[[1, 2, 3]] == pytest.approx(
        [math.pi**2 / 2.0, math.pi**2 / 6.0, math.pi**2 / 6.0 - 1.0], abs=1e-12
    )


def test_an_empty_pool_believes_everything_alike() -> None:
    assert fit([]) == fit([(0.0, 0.0)]) == Beta(1.0, 1.0)


def test_a_single_annotator_without_an_error_leaves_room_for_errors() -> None:
    prior = fit([(5.0, 5.0)])
    assert 0.75 < prior.mean < 0.95
    assert prior.a + prior.b <= 7.0 + 1e-8


def test_a_large_pool_gives_back_what_it_was_drawn_from() -> None:
    prior = fit(_drawn(6.0, 2.0, people=4_000, seed=3), strength_max=FREE)
    assert prior.mean == pytest.approx(0.75, abs=0.01)
    assert prior.a + prior.b == pytest.approx(8.0, rel=0.06)


def test_the_strength_is_capped_and_the_mean_stays() -> None:
    counts = _drawn(60.0, 20.0, people=500, seed=4)
    free, capped = fit(counts, strength_max=FREE), fit(counts)
    assert free.a + free.b > 40.0
    assert capped.a + capped.b == pytest.approx(8.0, abs=1e-8)
    assert capped.mean == pytest.approx(free.mean, abs=1e-8)


@pytest.mark.parametrize(
    "counts",
    [
        [(3.0, 5.0), (5.0, 5.0), (1.0, 5.0), (4.0, 5.0)],
        [(0.5, 0.7), (12.25, 20.5), (0.0, 3.0)],
        [(9.0, 10.0)] * 30 + [(2.0, 10.0)] * 10,
        [(50.0, 50.0)] * 3,
        [(1_900.0, 2_000.0), (3.0, 20.0), (700.0, 2_100.0)],
    ],
)
def test_no_place_on_a_grid_is_better(counts: list[tuple[float, float]]) -> None:
    prior = fit(counts, strength_max=FREE)
    # The one further cap is that a pool weighs at most what it is made of; none of these reaches it.
    strength = prior.a + prior.b
    assert strength < sum(n for _, n in counts) + 2.0 - 1e-6
    best = _objective(counts, prior.mean, strength)
    grid = [_objective(counts, m / 200.0, math.exp(t / 20.0)) for m in range(1, 200) for t in range(-60, 140)]
    assert best >= max(grid) - 1e-9


@given(COUNTS, st.randoms(use_true_random=False))
def test_the_order_of_the_counts_does_not_matter(
    counts: list[tuple[float, float]], dice: random.Random
) -> None:
    shuffled = dice.sample(counts, len(counts))
    assert fit(shuffled) == fit(counts)


@given(COUNTS)
def test_the_prior_is_a_proper_belief_of_bounded_strength(counts: list[tuple[float, float]]) -> None:
    prior = fit(counts)
    assert 0.0 < prior.mean < 1.0
    assert prior.a + prior.b <= min(8.0, math.fsum(n for _, n in counts) + 2.0) + 1e-6


@given(COUNTS)
def test_exchanging_right_and_wrong_exchanges_a_and_b(counts: list[tuple[float, float]]) -> None:
    prior, mirrored = fit(counts), fit([(n - k, n) for k, n in counts])
    assert (mirrored.a, mirrored.b) == pytest.approx((prior.b, prior.a), abs=1e-5)


def test_ten_thousand_different_fractional_counts_take_less_than_half_a_second() -> None:
    dice = random.Random(5)
    totals = [70.0 * dice.random() for _ in range(10_000)]
    counts = [(n * dice.betavariate(6.0, 2.0), n) for n in totals]
    began = time.process_time()
    fit(counts)
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize(
    "counts", [[(2.0, 1.0)], [(-1.0, 3.0)], [(1.0, math.inf)], [(math.nan, 2.0)], [(1.0, 0.0)]]
)
def test_impossible_counts_are_refused(counts: list[tuple[float, float]]) -> None:
    with pytest.raises(ValueError, match="expected 0 <= correct <= total"):
        fit(counts)


def test_a_cap_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="strength_max above 0"):
        fit([], strength_max=0.0)
