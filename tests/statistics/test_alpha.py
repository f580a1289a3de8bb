"""Krippendorff's alpha gives the published values, and measures only what it should."""

import math
import random
from collections.abc import Callable, Sequence
from itertools import combinations, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.statistics import alpha
from benchmarks.quality.sets import SETS, load

SHARED = pytest.mark.skipif(not SETS.is_dir(), reason=f"{SETS} is absent")
CODERS = (
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
)
UNITS = [[one for one in unit if one != "."] for unit in zip(*(row.split() for row in CODERS), strict=True)]
NUMBERS = [[float(one) for one in unit] for unit in UNITS]
Measure = Callable[[Sequence[Sequence[float]]], float | None]
MEASURES: list[Measure] = [alpha.ordinal, alpha.interval, alpha.ratio]
CROWDS = st.lists(st.lists(st.integers(0, 5).map(float), max_size=4), max_size=8)


def _by_hand(units: Sequence[Sequence[float]], d: Callable[[float, float], float]) -> float | None:
    """The definition, pair by pair."""
    paired = [unit for unit in units if len(unit) > 1]
    whole = [value for unit in paired for value in unit]
    expected = sum(d(a, b) for a, b in permutations(whole, 2))
    if not expected:
        return None
    observed = sum(sum(d(a, b) for a, b in permutations(unit, 2)) / (len(unit) - 1) for unit in paired)
    return 1 - (len(whole) - 1) * observed / expected


def test_the_vector_with_missing_values_gives_the_published_values() -> None:
    assert alpha.nominal(UNITS) == pytest.approx(0.743, abs=5e-4)
    assert alpha.ordinal(NUMBERS) == pytest.approx(0.815, abs=5e-4)
    assert alpha.interval(NUMBERS) == pytest.approx(0.849, abs=5e-4)
    assert alpha.ratio(NUMBERS) == pytest.approx(0.797, abs=5e-4)


@SHARED
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("snow_rte", 0.2415),
        ("snow_temp", 0.2234),
        ("dog", 0.5194),
        ("vldb_d_possent", 0.1493),
        ("vldb_d_product", 0.1575),
    ],
)
def test_real_crowds_agree_as_much_as_the_reference_says(name: str, expected: float) -> None:
    by_task: dict[int, list[str]] = {}
    for given_ in load(name).answers:
        by_task.setdefault(given_.task, []).append(given_.answer)
    assert alpha.nominal(by_task.values()) == pytest.approx(expected, abs=5e-5)


@SHARED
def test_emotions_as_numbers_agree_as_much_as_the_reference_says() -> None:
    by_task: dict[int, list[float]] = {}
    for given_ in load("vldb_n_emotion").answers:
        by_task.setdefault(given_.task, []).append(float(given_.answer))
    assert alpha.interval(by_task.values()) == pytest.approx(0.3575, abs=5e-5)


@settings(max_examples=100, deadline=None)
@given(CROWDS)
def test_every_measure_is_its_definition(units: list[list[float]]) -> None:
    counts: dict[float, int] = {}
    for value in (one for unit in units if len(unit) > 1 for one in unit):
        counts[value] = counts.get(value, 0) + 1

    def between(a: float, b: float) -> float:
        low, high = sorted((a, b))
        return (sum(n for v, n in counts.items() if low <= v <= high) - (counts[low] + counts[high]) / 2) ** 2

    asked: list[tuple[float | None, Callable[[float, float], float]]] = [
        (alpha.nominal([[str(one) for one in unit] for unit in units]), lambda a, b: float(a != b)),
        (alpha.interval(units), lambda a, b: (a - b) ** 2),
        (alpha.ordinal(units), lambda a, b: between(a, b) if a != b else 0.0),
        (alpha.ratio(units), lambda a, b: ((a - b) / (a + b)) ** 2 if a != b else 0.0),
    ]
    for found, d in asked:
        by_hand = _by_hand(units, d)
        assert found == by_hand if by_hand is None else found == pytest.approx(by_hand, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(CROWDS, st.randoms(use_true_random=False))
def test_no_order_matters_and_nothing_is_above_full_agreement(
    units: list[list[float]], dice: random.Random
) -> None:
    shuffled = [dice.sample(unit, len(unit)) for unit in dice.sample(units, len(units))]
    for measure in MEASURES:
        found = measure(units)
        assert found == measure(shuffled)
        assert found is None or found <= 1


@settings(max_examples=60, deadline=None)
@given(CROWDS, st.floats(0.1, 50), st.floats(-100, 100))
def test_scales_and_zeros_matter_only_where_they_mean_something(
    units: list[list[float]], scale: float, shift: float
) -> None:
    def moved(by: float) -> list[list[float]]:
        return [[scale * one + by for one in unit] for unit in units]

    for measure, by in ((alpha.interval, shift), (alpha.ratio, 0.0)):
        found, other = measure(units), measure(moved(by))
        assert other is found is None or other == pytest.approx(found, abs=1e-6)
    assert alpha.ordinal([[math.exp(one) for one in unit] for unit in units]) == alpha.ordinal(units)


def test_full_agreement_is_one_chance_is_about_zero_and_nothing_to_compare_is_none() -> None:
    assert alpha.nominal([["a", "a"], ["b", "b", "b"]]) == 1
    dice = random.Random(2)
    assert alpha.nominal([dice.choices("abc", k=4) for _ in range(3000)]) == pytest.approx(0, abs=0.02)
    assert alpha.nominal([["a", "b"]] * 10) == pytest.approx(-0.9)
    assert alpha.nominal([["a"], ["b"], []]) is None
    assert alpha.nominal([["a", "a"], ["a", "a"]]) is None
    assert alpha.interval([]) is None


def test_a_ratio_needs_a_true_zero() -> None:
    assert alpha.ratio([[0.0, 0.0], [2.0, 4.0]]) is not None
    with pytest.raises(ValueError, match=r"found -1\.0"):
        alpha.ratio([[-1.0, 2.0]])


Box = list[float]


def _apart(a: Box, b: Box) -> float:
    """1 - IoU of two boxes (left, top, right, bottom)."""
    wide, high = (min(a[i + 2], b[i + 2]) - max(a[i], b[i]) for i in (0, 1))
    shared = max(0.0, wide) * max(0.0, high)
    return 1 - shared / (sum((c[2] - c[0]) * (c[3] - c[1]) for c in (a, b)) - shared)


def test_boxes_agree_by_how_much_they_overlap() -> None:
    units = [
        [[0.0, 0.0, 10.0, 10.0], [1.0, 0.0, 11.0, 10.0]],
        [[50.0, 0.0, 60.0, 10.0], [50.0, 0.0, 60.0, 10.0]],
    ]
    # Do: (1 - 90 / 110) once and 0; De: four of six pairs are wholly apart.
    between = (1 - 90 / 110 + 0 + 4) / 6
    assert alpha.custom(units, _apart) == pytest.approx(1 - ((1 - 90 / 110) / 2) / between)


def test_drawn_pairs_stand_for_all_pairs() -> None:
    every = list(combinations(range(sum(len(unit) for unit in NUMBERS if len(unit) > 1)), 2))

    def measure(a: float, b: float) -> float:
        return (a - b) ** 2

    exact = alpha.interval(NUMBERS)
    assert alpha.custom(NUMBERS, measure) == pytest.approx(exact)
    assert alpha.custom(NUMBERS, measure, every) == pytest.approx(exact)
    assert alpha.custom(NUMBERS, measure, random.Random(4).sample(every, 300)) == pytest.approx(
        exact, abs=0.03
    )
    assert alpha.custom(NUMBERS, measure, []) is None
