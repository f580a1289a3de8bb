"""How sure one may be of a share, and of the difference of two: intervals that hold for small counts too."""

from math import sqrt
from typing import NamedTuple

Z_95 = 1.959963984540054
"""The 97.5 % quantile of the normal distribution: two-sided 95 %."""


class Interval(NamedTuple):
    """From low to high, both included."""

    low: float
    high: float


def wilson(count: float, total: float, z: float = Z_95) -> Interval:
    """The score interval of count/total, in 0..1 (Wilson 1927; method 3 in Newcombe, Statist. Med. 17:857-872, 1998).

    Nothing seen (total 0) says nothing: 0..1. Raises ValueError unless 0 <= count <= total.
    """
    if not 0 <= count <= total:
        raise ValueError(f"expected 0 <= count <= total, found {count} of {total}")
    if total == 0:
        return Interval(0.0, 1.0)
    share, zz = count / total, z * z
    middle = (2 * count + zz) / (2 * (total + zz))
    half = z * sqrt(zz + 4 * count * (1 - share)) / (2 * (total + zz))
    return Interval(
        0.0 if count == 0 else max(0.0, middle - half), 1.0 if count == total else min(1.0, middle + half)
    )


def newcombe(one: tuple[float, float], other: tuple[float, float], z: float = Z_95) -> Interval:
    """The interval of one's share minus the other's, each (count, total), in -1..1.

    Method 10 (square-and-add of the two Wilson intervals) in Newcombe, Statist. Med. 17:873-890, 1998. The two must be
    independent samples. Nothing seen on either side: -1..1. Raises as `wilson`.
    """
    (low_1, high_1), (low_2, high_2) = wilson(*one, z), wilson(*other, z)
    if not one[1] or not other[1]:
        return Interval(-1.0, 1.0)
    share_1, share_2 = one[0] / one[1], other[0] / other[1]
    between = share_1 - share_2
    below = sqrt((share_1 - low_1) ** 2 + (high_2 - share_2) ** 2)
    above = sqrt((high_1 - share_1) ** 2 + (share_2 - low_2) ** 2)
    return Interval(between - below, between + above)
