"""Points against true points: as near as a tolerance in pixels, or in shares of the picture's diagonal."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from backend.statistics.reach import SLACK_PX, tolerance_px
from backend.statistics.regions import (
    Pair,
    Thing,
    checked_counting,
    coordinates,
    counted,
    hits_of,
    labelled,
    paired,
)
from backend.statistics.score import Score

KIND = "points"
Point = tuple[float, ...]
Points = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Options:
    """`tolerance`: how far from the truth is still right, in pixels, or with `of` = "diagonal" as a share of that of a
    picture of `size_px` (width, height). `target`: f1, precision or recall. `threshold`: value of a pass.
    `same_class`: a pair of two classes is no hit (else classes are reported apart)."""

    tolerance: float = 5.0
    of: str = "px"
    size_px: Sequence[float] | None = None
    target: str = "f1"
    threshold: float = 0.8
    same_class: bool = False

    def __post_init__(self) -> None:
        """Refuse a tolerance that is none, a threshold outside 0..1, and a target that is none."""
        tolerance_px(self.tolerance, self.of, self.size_px)
        checked_counting(self)


def score(answer: Points, truth: Points, options: Options) -> Score:
    """Both are lists of {"label": str, "point": [x, y]} in pixels; the value is the target.

    Detail: precision, recall, f1, rmse_px = sqrt(mean d^2) of hits, class_agreement of pairs (both None without any),
    tolerance_px, hits, paired, answered, true. Empty against empty is 1. ValueError for a shape other than this.
    """
    found = pairs(answer, truth, options)
    ours, theirs = _read(answer), _read(truth)
    apart = [
        math.dist(ours[pair.answered].shape, theirs[pair.true].shape)
        for pair in hits_of(found, options.same_class)
    ]
    counts = counted(found, len(answer), len(truth), options, {})
    within = tolerance_px(options.tolerance, options.of, options.size_px)
    return replace(counts, detail={**counts.detail, "rmse_px": rmse(apart), "tolerance_px": within})


def pairs(answer: Points, truth: Points, options: Options) -> list[Pair]:
    """Which point of the answer is which of the truth, by place: at most the tolerance apart, most pairs first, then
    the nearest."""
    within = tolerance_px(options.tolerance, options.of, options.size_px) + SLACK_PX
    return paired(
        _read(answer),
        _read(truth),
        lambda one, other: max(0.0, 1.0 - math.dist(one, other) / within / 2.0),
        least=0.5,
        same_class=options.same_class,
        each=1.0 + len(answer),
    )


def rmse(errors: Sequence[float]) -> float | None:
    """sqrt(mean e^2), in the unit of the errors, whatever their order; None without any."""
    return math.sqrt(math.fsum(one * one for one in errors) / len(errors)) if errors else None


def _read(found: Points) -> list[Thing[Point]]:
    points = [(label, coordinates(point, 2, "a point [x, y]")) for label, point in labelled(found, "point")]
    return [Thing(label, point, point) for label, point in points]
