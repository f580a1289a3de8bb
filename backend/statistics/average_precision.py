"""Average precision: the area under precision by recall, as COCO reads it off at 101 recalls, and at every point."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from backend.statistics.wilson import normal_z

Shape = TypeVar("Shape")
COCO_IOUS = tuple(n / 100 for n in range(50, 100, 5))
"""The ten overlaps over which COCO averages: .5, .55, ..., .95."""
RECALLS = 101


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that was found: how sure (any scale), whether it is one that there is, and how many of its kind it
    stands for."""

    sure: float
    right: bool
    weight: float = 1.0


def curve(found: Sequence[Found], true: float) -> list[tuple[float, float]]:
    """(recall, precision) after each different sureness, the surest first; `true` is how many there are (weighed).

    What is equally sure is taken in together, so that no order among ties matters. ValueError unless `true` is above 0
    and all weights finite and at least 0.
    """
    if not (true > 0.0 and all(math.isfinite(one.weight) and one.weight >= 0.0 for one in found)):
        raise ValueError(f"expected something true and weights of 0 or more, found {true} true")
    ordered = sorted(found, key=lambda one: -one.sure)
    points, right, taken = [], 0.0, 0.0
    for place, one in enumerate(ordered):
        right, taken = right + one.weight * one.right, taken + one.weight
        last = place + 1 == len(ordered) or ordered[place + 1].sure != one.sure
        if last and taken > 0.0:
            points.append((min(1.0, right / true), right / taken))
    return points


def all_points(found: Sequence[Found], true: float) -> float:
    """The whole area under the curve, precision at a recall being the best at that recall or beyond (PASCAL VOC from
    2010 on: Everingham et al. 2015, "The PASCAL visual object classes challenge: a retrospective", 4.2). In 0..1.
    ValueError as `curve`."""
    area, before = 0.0, 0.0
    for recall, precision in _envelope(curve(found, true)):
        area, before = area + (recall - before) * precision, recall
    return area


def coco(found: Sequence[Found], true: float) -> float:
    """The mean of that precision at the recalls 0, .01, ..., 1, where none reaches a recall 0 (Lin et al. 2014,
    "Microsoft COCO"; `recThrs` and `accumulate` of its evaluation code). In 0..1. ValueError as `curve`."""
    points, place, area = _envelope(curve(found, true)), 0, 0.0
    for n in range(RECALLS):
        # The rounding of floats must not put a recall that is reached beyond what was reached.
        while place < len(points) and points[place][0] < n / (RECALLS - 1) - 1e-12:
            place += 1
        area += points[place][1] if place < len(points) else 0.0
    return area / RECALLS


def interval(value: float, n: float, confidence: float = 0.95) -> tuple[float, float]:
    """(low, high) around an average precision that rests on `n` true things, in 0..1; (0, 1) for none.

    On the logit scale, value +- z / sqrt(n value (1 - value)) (Boyd, Eng and Page 2013, "Area under the
    precision-recall curve: point estimates and confidence intervals", 3.3). A value within 1 / 2n of an end is taken to
    lie there, since the end itself has no logit. ValueError for a value outside 0..1.
    """
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"expected a value of 0..1, found {value}")
    z = normal_z(confidence)
    if n < 1.0:
        return 0.0, 1.0
    inside = min(max(value, 0.5 / n), 1.0 - 0.5 / n)
    centre, half = math.log(inside / (1.0 - inside)), z / math.sqrt(n * inside * (1.0 - inside))
    low, high = (1.0 / (1.0 + math.exp(min(700.0, -one))) for one in (centre - half, centre + half))
    return min(low, value), max(high, value)


def matched(
    found: Sequence[tuple[float, Shape]],
    true: Sequence[Shape],
    alike: Callable[[Shape, Shape], float],
    leasts: Sequence[float],
) -> list[tuple[bool, ...]]:
    """For each thing found (how sure, shape), by place, whether it is one of the true at each of these likenesses.

    The surest chooses first, among those that nobody has, the most alike that is at least `least`; each true thing is
    found once (COCO's `evaluateImg`, without crowds). Of equally sure ones the first.
    """
    likeness = [[alike(shape, one) for one in true] for _, shape in found]
    order = sorted(range(len(found)), key=lambda place: -found[place][0])
    right = [[False] * len(leasts) for _ in found]
    for n, least in enumerate(leasts):
        left = set(range(len(true)))
        for place in order:
            best = max(left, key=lambda one: (likeness[place][one], -one), default=None)
            if best is not None and 0.0 < likeness[place][best] >= least:
                left.discard(best)
                right[place][n] = True
    return [tuple(one) for one in right]


def _envelope(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The same with each precision the best from there on."""
    best, told = 0.0, []
    for recall, precision in reversed(points):
        best = max(best, precision)
        told.append((recall, best))
    return told[::-1]
