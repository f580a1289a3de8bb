"""Agreement beyond chance for any number of annotators, gaps and measures: Krippendorff's alpha.

    alpha = 1 - Do / De
    Do = sum over units of [sum over ordered pairs of its values of d(a, b)] / (m - 1), over n
    De = sum over ordered pairs of all n values of d(a, b), over n (n - 1)

m is a unit's number of values, n the number of all values of units with two or more; d is the measure's squared
difference. Hayes and Krippendorff, Communication Methods and Measures 1, 2007. 1 is full agreement, 0 what chance
gives, below 0 systematic disagreement. None where nothing can be said: no unit with two values, or only one value.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

T = TypeVar("T")
Distance = Callable[[T, T], float]


def nominal(units: Iterable[Sequence[str]]) -> float | None:
    """Classes: d = 0 if equal, else 1. One sequence of values per unit, in any order; a gap is not a value."""
    paired = _paired(units)
    counts = [Counter(unit) for unit in paired]
    whole = Counter(value for unit in paired for value in unit)
    return _alpha(paired, [float(_unequal(one)) for one in counts], float(_unequal(whole)))


def interval(units: Iterable[Sequence[float]]) -> float | None:
    """Numbers: d = (a - b) ** 2."""
    paired = _paired(units)
    whole = [value for unit in paired for value in unit]
    centre = math.fsum(whole) / len(whole) if whole else 0.0
    moved = [[value - centre for value in unit] for unit in paired]
    return _alpha(
        moved, [_spread(unit) for unit in moved], _spread([value for unit in moved for value in unit])
    )


def ordinal(units: Iterable[Sequence[float]]) -> float | None:
    """Ranks, given as numbers in their order: d = (all values from a to b, those at the ends half) ** 2.

    That is the interval measure on the middle ranks of the values that are compared.
    """
    paired = _paired(units)
    counts = Counter(value for unit in paired for value in unit)
    ranks, below = {}, 0.0
    for value in sorted(counts):
        ranks[value] = below + counts[value] / 2.0
        below += counts[value]
    return interval([ranks[value] for value in unit] for unit in paired)


def ratio(units: Iterable[Sequence[float]]) -> float | None:
    """Numbers >= 0 with a true zero: d = ((a - b) / (a + b)) ** 2, 0 for two zeros. ValueError below zero."""
    paired = _paired(units)
    if any(value < 0 for unit in paired for value in unit):
        raise ValueError(f"expected numbers >= 0, found {min(min(unit) for unit in paired)}")
    return custom(paired, lambda a, b: ((a - b) / (a + b)) ** 2 if a != b else 0.0)


def custom(
    units: Iterable[Sequence[T]],
    distance: Distance[T],
    expected_pairs: Sequence[tuple[int, int]] | None = None,
) -> float | None:
    """Any measure: `distance` is d itself, symmetric, >= 0, 0 for equal values; not squared again (1 - IoU, say).

    Values may be anything; equal ones are measured once where they can be hashed, so this costs (distinct
    values) ** 2 / 2 distances. For many, `expected_pairs` names the pairs of places (of all values of units with two
    or more, one unit after the other, places unequal) over which De is taken instead; the caller draws them.
    """
    paired = _paired(units)
    whole = [value for unit in paired for value in unit]
    within = [_pairs(unit, distance) for unit in paired]
    if expected_pairs is None:
        return _alpha(paired, within, _pairs(whole, distance))
    drawn = math.fsum(distance(whole[a], whole[b]) for a, b in expected_pairs)
    mean = drawn / len(expected_pairs) if expected_pairs else 0.0
    return _alpha(paired, within, mean * len(whole) * (len(whole) - 1))


def _paired(units: Iterable[Sequence[T]]) -> list[Sequence[T]]:
    return [unit for unit in units if len(unit) > 1]


def _alpha(paired: Sequence[Sequence[T]], within: Sequence[float], between: float) -> float | None:
    """From the sums over ordered pairs: `within` each unit, and `between` all values."""
    if between <= 0.0:
        return None
    values = sum(len(unit) for unit in paired)
    observed = math.fsum(sums / (len(unit) - 1) for unit, sums in zip(paired, within, strict=True))
    return 1.0 - (values - 1) * observed / between


def _unequal(counts: Counter[str]) -> int:
    """Ordered pairs of unequal values."""
    return counts.total() ** 2 - sum(count * count for count in counts.values())


def _spread(values: Sequence[float]) -> float:
    """The sum of (a - b) ** 2 over ordered pairs: twice n times the squares about the mean."""
    mean = math.fsum(values) / len(values) if values else 0.0
    return 2.0 * len(values) * math.fsum((value - mean) ** 2 for value in values)


def _pairs(values: Sequence[T], distance: Distance[T]) -> float:
    kinds = _kinds(values)
    return 2.0 * math.fsum(
        many * more * distance(one, other)
        for at, (one, many) in enumerate(kinds)
        for other, more in kinds[at + 1 :]
    )


def _kinds(values: Sequence[T]) -> list[tuple[T, int]]:
    """Distinct values and how often each occurs, in order of appearance; what cannot be hashed counts one by one."""
    try:
        return list(Counter(values).items())
    except TypeError:
        return [(value, 1) for value in values]
