"""Standardised ratios: what was reached beside what all reach in the same mix of work, and one number of several.

Indirect standardisation (as for the standardised mortality ratio; Breslow and Day 1987, IARC 82, chapter 2): of each
cell of work what all together reach there, weighed by how much one did there. 1 is as expected, above 1 better.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sums:
    """In one cell of work: the weight of what was done, and the sum of what is compared over it."""

    weight: float = 0.0
    value: float = 0.0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(self.weight + other.weight, self.value + other.value)


@dataclass(frozen=True, slots=True)
class Ratio:
    """The mean reached, the mean that all reach in the same mix, and by how many times the first is better."""

    own: float
    expected: float
    ratio: float


Pair = tuple[Sums, Sums]
"""One's own sums in a cell, and those of all, one's own included."""


def _means(cells: Iterable[Pair]) -> tuple[float, float] | None:
    weight = own = expected = 0.0
    for mine, everybody in cells:
        if mine.weight > 0.0:
            weight += mine.weight
            own += mine.value
            expected += mine.weight * everybody.value / everybody.weight
    return (own / weight, expected / weight) if weight > 0.0 else None


def more_is_better(cells: Iterable[Pair]) -> Ratio | None:
    """Own mean over the expected one: of shares of right answers. None of nothing, or where nobody reaches anything."""
    means = _means(cells)
    return None if means is None or means[1] <= 0.0 else Ratio(*means, means[0] / means[1])


def less_is_better(cells: Iterable[Pair]) -> Ratio | None:
    """The expected mean over the own one: of costs. None of nothing, and where something costs nothing."""
    means = _means(cells)
    return None if means is None or min(means) <= 0.0 else Ratio(*means, means[1] / means[0])


def faster_is_better(cells: Iterable[Pair]) -> Ratio | None:
    """The same of geometric means, from sums of logarithms of seconds: what was left open overnight does not decide."""
    means = _means(cells)
    return (
        None
        if means is None
        else Ratio(math.exp(means[0]), math.exp(means[1]), math.exp(means[1] - means[0]))
    )


def composite(ratios: Mapping[str, float | None], weights: Mapping[str, float]) -> float | None:
    """The weighted geometric mean of ratios, so that twice as good in one and half as good in another of equal weight
    is 1. None where a ratio that weighs something is not known; 0 where one is 0."""
    asked = {name: weight for name, weight in weights.items() if weight > 0.0}
    known = {name: ratio for name in asked if (ratio := ratios.get(name)) is not None}
    if len(known) < len(asked) or not asked:
        return None
    if min(known.values()) <= 0.0:
        return 0.0
    return math.exp(sum(asked[name] * math.log(known[name]) for name in asked) / sum(asked.values()))
