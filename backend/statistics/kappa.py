"""Agreement beyond chance, with intervals: Cohen's kappa for two annotators, Fleiss' for more.

    kappa = (observed - expected) / (1 - expected)

Low values do not mean bad results: where one class is frequent, chance alone agrees often.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Z_95 = 1.959963984540054
"""Half-width of a two-sided 95 % interval in standard errors."""


@dataclass(frozen=True, slots=True)
class Kappa:
    """`value` and its interval `low`..`high`, all within -1..1, of `units` compared; `observed` and `expected` are the
    shares of agreement, 0..1, `error` the standard error."""

    value: float
    low: float
    high: float
    error: float
    observed: float
    expected: float
    units: int


def cohen(pairs: Iterable[tuple[str, str]], z: float = Z_95) -> Kappa | None:
    """Of what two annotators answered to the same units; each has their own frequencies of classes.

    The error is that of Fleiss, Cohen and Everitt (Psychological Bulletin 72, 1969), for kappa not zero, large
    samples. None where nothing can be said: no pair, or both gave a single class.
    """
    table = Counter(pairs)
    n = table.total()
    if n == 0:
        return None
    cells = {cell: table[cell] / n for cell in sorted(table)}
    first, second = (_margin(cells, place) for place in (0, 1))
    observed = math.fsum(share for (a, b), share in cells.items() if a == b)
    expected = math.fsum(first[k] * second[k] for k in sorted(first.keys() & second.keys()))
    if expected >= 1.0 - 1e-12:
        return None
    value = (observed - expected) / (1.0 - expected)
    left = 1.0 - value
    agreeing = math.fsum(
        share * (1.0 - (first[a] + second[a]) * left) ** 2 for (a, b), share in cells.items() if a == b
    )
    apart = math.fsum(
        share * (second.get(a, 0.0) + first.get(b, 0.0)) ** 2 for (a, b), share in cells.items() if a != b
    )
    variance = agreeing + left**2 * apart - (value - expected * left) ** 2
    return _kappa(value, math.sqrt(max(variance, 0.0) / n) / (1.0 - expected), observed, expected, n, z)


def fleiss(units: Iterable[Sequence[str]], z: float = Z_95) -> Kappa | None:
    """Of units with two or more answers each, by anyone; others are passed over. Equal numbers of answers give Fleiss'
    own formula (Psychological Bulletin 76, 1971), unequal ones Gwet's (Handbook of Inter-Rater Reliability, 2014):

        observed = mean over units of sum_k n_k (n_k - 1) / (n (n - 1)),  expected = sum_k (mean of n_k / n) ** 2

    The error is the jackknife's, one unit left out at a time (Efron and Stein 1981); with fewer than three units the
    interval is all of -1..1. None where nothing can be said: no such unit, or a single class. It takes as long as there
    are answers, however many classes they name.
    """
    counted = [Counter(unit) for unit in units if len(unit) > 1]
    size = len(counted)
    shares = [{name: n / counts.total() for name, n in counts.items()} for counts in counted]
    columns: dict[str, list[float]] = defaultdict(list)
    for row in shares:
        for name, share in row.items():
            columns[name].append(share)
    if size == 0 or len(columns) < 2:
        return None
    agreed = [_agreed(counts) for counts in counted]
    sums, whole = {name: math.fsum(column) for name, column in columns.items()}, math.fsum(agreed)
    squares = math.fsum(one * one for one in sums.values())
    value, observed, expected = _value(whole, squares, size)
    if size < 3:
        return _kappa(value, math.inf, observed, expected, size, z)
    left_out = [
        _value(whole - one, squares - _part(sums, row), size - 1)[0]
        for one, row in zip(agreed, shares, strict=True)
    ]
    mean = math.fsum(left_out) / size
    error = math.sqrt((size - 1) / size * math.fsum((one - mean) ** 2 for one in left_out))
    return _kappa(value, error, observed, expected, size, z)


def _agreed(counts: Counter[str]) -> float:
    """The share of a unit's pairs of answers that are equal."""
    n = counts.total()
    return sum(count * (count - 1) for count in counts.values()) / (n * (n - 1))


def _margin(cells: Mapping[tuple[str, str], float], place: int) -> dict[str, float]:
    """The share of each class among the first's or the second's answers."""
    found: dict[str, list[float]] = defaultdict(list)
    for cell, share in cells.items():
        found[cell[place]].append(share)
    return {name: math.fsum(shares) for name, shares in found.items()}


def _part(sums: Mapping[str, float], row: Mapping[str, float]) -> float:
    """By how much the sum of squares falls without this unit: it changes in the unit's own classes alone."""
    return math.fsum(share * (2.0 * sums[name] - share) for name, share in row.items())


def _value(agreed: float, squares: float, size: int) -> tuple[float, float, float]:
    observed, expected = agreed / size, squares / size**2
    # All that is left is one class: full agreement, of which chance explains all.
    value = (observed - expected) / (1.0 - expected) if expected < 1.0 - 1e-12 else 0.0
    return value, observed, expected


def _kappa(value: float, error: float, observed: float, expected: float, units: int, z: float) -> Kappa:
    low, high = max(-1.0, value - z * error), min(1.0, value + z * error)
    return Kappa(value, low, high, error, observed, expected, units)
