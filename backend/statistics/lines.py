"""Poly-lines against true ones: how much of each runs within a tolerance of the other."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from backend.statistics.points import rmse
from backend.statistics.reach import SLACK_PX, Line, distances, share_within, tolerance_px
from backend.statistics.regions import (
    Pair,
    Thing,
    checked_counting,
    coordinates,
    counted,
    hits_of,
    labelled,
    mean_alike,
    paired,
)
from backend.statistics.score import Score, checked_share, f_measure

KIND = "lines"
POINTS_MAX = 2_000
"""Points of one line; comparing two takes the product of their numbers."""
Lines = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Options:
    """`tolerance`: how far beside the truth is still right, in pixels, or with `of` = "diagonal" as a share of that of
    a picture of `size_px` (width, height). `overlap`: from which share of length in tolerance (F of both ways, 0..1)
    two lines are one. `target`: f1, precision, recall or mean_overlap. `threshold`: value of a pass. `same_class`: a
    pair of two classes is no hit (else classes are reported apart)."""

    tolerance: float = 5.0
    of: str = "px"
    size_px: Sequence[float] | None = None
    overlap: float = 0.5
    target: str = "f1"
    threshold: float = 0.8
    same_class: bool = False

    def __post_init__(self) -> None:
        """Refuse a tolerance that is none, shares outside 0..1, and a target that is none."""
        tolerance_px(self.tolerance, self.of, self.size_px)
        checked_share("overlap", self.overlap)
        checked_counting(self, "mean_overlap")


def score(answer: Lines, truth: Lines, options: Options) -> Score:
    """Both are lists of {"label": str, "line": [[x, y], ...]}, 2 or more points in pixels; the value is the target.

    Detail: precision, recall, f1, mean_overlap and rmse_px of hits (over the points of both lines), class_agreement of
    pairs (these None without any), tolerance_px, hits, paired, answered, true. Empty against empty is 1. ValueError for
    a shape other than this.
    """
    found = pairs(answer, truth, options)
    ours, theirs = _read(answer), _read(truth)
    hits = hits_of(found, options.same_class)
    gaps = [rmse(_gaps(ours[pair.answered].shape, theirs[pair.true].shape)) or 0.0 for pair in hits]
    counts = counted(found, len(answer), len(truth), options, {"mean_overlap": mean_alike(hits)})
    within = tolerance_px(options.tolerance, options.of, options.size_px)
    return replace(counts, detail={**counts.detail, "rmse_px": rmse(gaps), "tolerance_px": within})


def pairs(answer: Lines, truth: Lines, options: Options) -> list[Pair]:
    """Which line of the answer is which of the truth, by place: one to one, the greatest total overlap."""
    within = tolerance_px(options.tolerance, options.of, options.size_px) + SLACK_PX
    return paired(
        _read(answer),
        _read(truth),
        lambda one, other: overlap(one, other, within),
        least=options.overlap,
        same_class=options.same_class,
    )


def overlap(one: Line, other: Line, within_px: float) -> float:
    """F of two shares of length, in 0..1: of `one` within so many pixels of `other` (correctness), and of `other`
    within as many of `one` (completeness); Wiedemann et al. 1998."""
    if not _may_touch(one, other, within_px):
        return 0.0
    return f_measure(share_within(one, other, within_px), share_within(other, one, within_px))


def _may_touch(one: Line, other: Line, within: float) -> bool:
    """Whether the boxes around two lines come that near."""
    return all(
        min(p[axis] for p in one) - within <= max(p[axis] for p in other)
        and min(p[axis] for p in other) - within <= max(p[axis] for p in one)
        for axis in (0, 1)
    )


def _gaps(one: Line, other: Line) -> list[float]:
    return [*distances(one, other), *distances(other, one)]


def _read(found: Lines) -> list[Thing[Line]]:
    lines = [(label, _line(points)) for label, points in labelled(found, "line")]
    return [Thing(label, line, tuple(one for point in line for one in point)) for label, line in lines]


def _line(found: Any) -> Line:
    if not isinstance(found, list | tuple) or not 2 <= len(found) <= POINTS_MAX:
        raise ValueError(f"expected a line of 2 to {POINTS_MAX} points [x, y], found {found!r:.100}")
    line = tuple(coordinates(point, 2, "a point [x, y]") for point in found)
    if not max(math.dist(start, end) for start, end in pairwise(line)) > SLACK_PX:
        raise ValueError(f"expected a line with a piece longer than {SLACK_PX} px, found {found!r:.100}")
    return line
