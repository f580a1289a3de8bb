"""How much of one poly-line runs within reach of another: exact, by length; and what a tolerance is in pixels."""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from backend.statistics.score import checked_share

Line = tuple[tuple[float, ...], ...]
"""Two or more points (x, y) in pixels, of a length above SLACK_PX."""
_Floats = NDArray[np.float64]
SHORTEST_PX = 1e-12
"""A shorter piece has no direction to measure along."""
SLACK_PX = 1e-9
"""Rounding alone puts nothing out of reach."""


def tolerance_px(tolerance: float, of: str, size_px: Sequence[float] | None) -> float:
    """A tolerance in pixels: itself when `of` is "px"; when "diagonal" that share (0..1) of the diagonal of a picture
    of (width, height). ValueError for one below 0, another `of`, or a diagonal of no known size."""
    if not 0.0 <= tolerance < math.inf or of not in ("px", "diagonal"):
        raise ValueError(f"expected a tolerance of 0 or more, of px or diagonal, found {tolerance} of {of!r}")
    if of == "px":
        return tolerance
    if size_px is None or len(size_px) != 2 or not all(0.0 < one < math.inf for one in size_px):
        raise ValueError(
            f"expected size_px (width, height) above 0 for shares of a diagonal, found {size_px}"
        )
    return checked_share("a share of the diagonal", tolerance) * math.hypot(*size_px)


def length(line: Line) -> float:
    """Length in pixels."""
    return math.fsum(math.dist(start, end) for start, end in pairwise(line))


def share_within(line: Line, other: Line, tolerance_px: float) -> float:
    """The share, by length, of `line` whose distance from `other` is at most `tolerance_px`, in 0..1: the correctness
    of an answer's line, and turned round the completeness of what it found (Wiedemann et al. 1998).

    A point is within reach of a segment where it is within reach of its ends or beside it; along a straight piece each
    is an interval, so the share is exact and nothing is sampled.
    """
    pieces = np.array([(start, end) for start, end in pairwise(other) if math.dist(start, end) > SHORTEST_PX])
    starts, ends = pieces[:, 0], pieces[:, 1]
    covered = [
        math.dist(start, end) * _covered(np.array(start), np.array(end), starts, ends, tolerance_px)
        for start, end in pairwise(line)
        if math.dist(start, end) > SHORTEST_PX
    ]
    return min(1.0, math.fsum(covered) / length(line))


def distances(points: Sequence[tuple[float, ...]], line: Line) -> list[float]:
    """The distance in pixels of each point from the line."""
    starts, ends = np.array(line[:-1]), np.array(line[1:])
    along = ends - starts
    squares = np.maximum((along**2).sum(axis=1), np.finfo(np.float64).tiny)
    found = []
    for point in points:
        where = np.clip(((np.array(point) - starts) * along).sum(axis=1) / squares, 0.0, 1.0)
        gaps = np.array(point) - (starts + where[:, None] * along)
        found.append(float(np.hypot(gaps[:, 0], gaps[:, 1]).min()))
    return found


def _covered(start: _Floats, end: _Floats, starts: _Floats, ends: _Floats, reach: float) -> float:
    """The share of the piece start..end within reach of any segment: the union of one interval a segment."""
    step = end - start
    from_start, to_start = _disc(start, step, starts, reach)
    from_end, to_end = _disc(start, step, ends, reach)
    from_side, to_side = _beside(start, step, starts, ends, reach)
    # Within reach of a segment is convex: the three intervals join into one.
    begin = np.maximum(np.minimum(np.minimum(from_start, from_end), from_side), 0.0)
    finish = np.minimum(np.maximum(np.maximum(to_start, to_end), to_side), 1.0)
    some = finish > begin
    begin, finish = begin[some], finish[some]
    order = np.argsort(begin, kind="stable")
    total, reached = 0.0, 0.0
    for low, high in zip(begin[order].tolist(), finish[order].tolist(), strict=True):
        if high > max(low, reached):
            total += high - max(low, reached)
            reached = high
    return total


def _disc(start: _Floats, step: _Floats, centres: _Floats, reach: float) -> tuple[_Floats, _Floats]:
    """Where start + t * step is within reach of each centre: t from, t to; inf, -inf where nowhere."""
    square = float(step @ step)
    offset = start - centres
    middle = -(offset @ step) / square
    aside = offset + middle[:, None] * step
    room = reach * reach - (aside**2).sum(axis=1)
    half = np.sqrt(np.maximum(room, 0.0) / square)
    return np.where(room >= 0.0, middle - half, np.inf), np.where(room >= 0.0, middle + half, -np.inf)


def _beside(
    start: _Floats, step: _Floats, starts: _Floats, ends: _Floats, reach: float
) -> tuple[_Floats, _Floats]:
    """Where start + t * step is within reach of each segment and between its ends."""
    along = ends - starts
    lengths = np.hypot(along[:, 0], along[:, 1])
    unit = along / np.maximum(lengths, np.finfo(np.float64).tiny)[:, None]
    normal = np.stack([-unit[:, 1], unit[:, 0]], axis=1)
    offset = start - starts
    low_along, high_along = _between(
        (offset * unit).sum(axis=1), unit @ step, np.zeros_like(lengths), lengths
    )
    low_aside, high_aside = _between(
        (offset * normal).sum(axis=1),
        normal @ step,
        np.full_like(lengths, -reach),
        np.full_like(lengths, reach),
    )
    low, high = np.maximum(low_along, low_aside), np.minimum(high_along, high_aside)
    return np.where(low <= high, low, np.inf), np.where(low <= high, high, -np.inf)


def _between(at: _Floats, slope: _Floats, low: _Floats, high: _Floats) -> tuple[_Floats, _Floats]:
    """Where at + t * slope lies in low..high."""
    level = slope == 0.0
    safe = np.where(level, 1.0, slope)
    one, other = (low - at) / safe, (high - at) / safe
    always = level & (low <= at) & (at <= high)
    begin = np.where(level, np.where(always, -np.inf, np.inf), np.minimum(one, other))
    finish = np.where(level, np.where(always, np.inf, -np.inf), np.maximum(one, other))
    return begin, finish
