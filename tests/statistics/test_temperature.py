"""Softened confidences keep their word on tasks they were not fitted on."""

import math
import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.statistics.dawid_skene import dawid_skene
from backend.statistics.temperature import calibration_error, fit, honest, log_loss, tempered
from benchmarks.quality.aggregation import triples, truths
from benchmarks.quality.sets import SETS, load

SHARES = st.lists(st.floats(0.001, 1), min_size=2, max_size=5)
EXPONENTS = st.floats(0.05, 2)


@given(SHARES, EXPONENTS)
def test_tempered_shares_sum_to_one_and_keep_their_order(shares: list[float], t: float) -> None:
    found = tempered(shares, t)
    assert math.fsum(found) == pytest.approx(1)
    order = sorted(range(len(shares)), key=shares.__getitem__)
    assert all(found[low] <= found[high] for low, high in pairwise(order))


@given(SHARES, EXPONENTS, EXPONENTS)
def test_a_smaller_exponent_is_never_surer(shares: list[float], one: float, other: float) -> None:
    assert max(tempered(shares, min(one, other))) <= max(tempered(shares, max(one, other))) + 1e-12


def test_an_exponent_of_one_changes_nothing_and_an_impossible_class_stays_so() -> None:
    assert tempered((0.5, 0.3, 0.2), 1.0) == pytest.approx((0.5, 0.3, 0.2))
    assert tempered((0.9, 0.1, 0.0), 0.5) == pytest.approx((0.75, 0.25, 0.0))


@pytest.mark.parametrize(
    ("shares", "t"), [((0.5, 0.5), 0.0), ((), 1.0), ((0.0, 0.0), 1.0), ((-0.1, 1.1), 1.0)]
)
def test_what_is_no_distribution_is_refused(shares: tuple[float, ...], t: float) -> None:
    with pytest.raises(ValueError, match="expected shares"):
        tempered(shares, t)


@pytest.mark.parametrize("true", [0.3, 0.7, 1.0, 1.4])
def test_it_finds_the_exponent_the_truths_were_drawn_with(true: float) -> None:
    dice = random.Random(11)
    posteriors = [
        (p, 1 - p) for p in (dice.betavariate(0.5, 0.5) for _ in range(6000)) if 1e-9 < p < 1 - 1e-9
    ]
    truths_drawn = [int(dice.random() >= tempered(one, true)[0]) for one in posteriors]
    assert fit(posteriors, truths_drawn) == pytest.approx(true, rel=0.08)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(SHARES, st.integers(0, 1)), min_size=1, max_size=12))
def test_no_exponent_on_a_grid_has_a_smaller_loss(rows: list[tuple[list[float], int]]) -> None:
    posteriors, places = [tempered(shares, 1.0) for shares, _ in rows], [place for _, place in rows]
    best = log_loss(posteriors, places, fit(posteriors, places))
    assert all(best <= log_loss(posteriors, places, 0.05 + 0.0975 * step) + 1e-5 for step in range(21))


def test_truths_must_fit_the_posteriors() -> None:
    with pytest.raises(ValueError, match="found 2 and 1"):
        fit([(0.5, 0.5)], [0, 1])
    with pytest.raises(ValueError, match="found 0 and 0"):
        fit([], [])


def test_the_calibration_error_weighs_each_bin_by_its_tasks() -> None:
    # .9 claimed and .5 right in one bin of four; .6 claimed and 1 right in another of one.
    found = calibration_error([0.95, 0.95, 0.85 + 0.1, 0.95, 0.6], [True, False, True, False, True])
    assert found == pytest.approx((4 * 0.45 + 0.4) / 5)
    assert calibration_error([1.0, 1.0], [True, True]) == 0
    with pytest.raises(ValueError, match="found 0 and 0"):
        calibration_error([], [])


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=30))
def test_the_calibration_error_is_a_share(rows: list[tuple[float, bool]]) -> None:
    assert 0 <= calibration_error([claim for claim, _ in rows], [was for _, was in rows]) <= 1


def test_a_claim_is_judged_by_those_who_make_it() -> None:
    found = honest(0.9, [0.9] * 100 + [0.89] * 50, [True] * 92 + [False] * 58)
    assert (found.reached, found.right) == (100, 0.92)
    assert found.low < 0.92 < found.high and found.honest and not found.proved
    assert not honest(0.9, [0.95] * 100, [True] * 80 + [False] * 20).honest
    assert honest(0.9, [0.95] * 100, [True] * 100).proved


def test_without_anyone_who_claims_it_nothing_is_refuted_or_proved() -> None:
    found = honest(0.9, [0.5], [True])
    assert (found.reached, found.low, found.high, found.honest, found.proved) == (0, 0.0, 1.0, True, False)


@pytest.mark.skipif(not SETS.is_dir(), reason=f"{SETS} is absent")
@pytest.mark.parametrize("name", ["dog", "medrelex_treat", "vldb_d_possent"])
def test_on_real_crowds_a_hundred_audited_tasks_make_the_rest_honest(name: str) -> None:
    crowd = load(name)
    truth, model = truths(crowd), dawid_skene(triples(crowd))
    shares = model.shares()
    order = random.Random(1).sample(sorted(truth), len(truth))
    rows = [(list(shares[task].values()), model.classes.index(truth[task])) for task in order]
    t = fit([row for row, _ in rows[:100]], [place for _, place in rows[:100]])
    errors, held = [], []
    for exponent in (1.0, t):
        cooled = [tempered(row, exponent) for row, _ in rows[100:]]
        right = [one.index(max(one)) == place for one, (_, place) in zip(cooled, rows[100:], strict=True)]
        errors.append(calibration_error([max(one) for one in cooled], right))
        held.append(honest(0.9, [max(one) for one in cooled], right))
    assert t < 0.5 and errors[1] < 0.6 * errors[0]
    assert held[1].honest and held[1].right > held[0].right
