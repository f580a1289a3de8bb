"""A mask against the true one: shared pixels, and how near their boundaries run to each other."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.statistics.score import Detail, Score, checked_share, f1_of_counts, f_measure, scored

KIND = "masks"
TARGETS = ("iou", "dice", "boundary_f")
PIXELS_MAX = 50_000_000
"""A picture of 50 megapixels; a run-length code of a few bytes could name any size."""
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Options:
    """`target`: iou, dice or boundary_f. `tolerance`: how far boundaries may be apart, as a share of the picture's
    diagonal (0..1; .008 is that of DAVIS), rounded up to pixels. `threshold`: value of a pass."""

    target: str = "iou"
    tolerance: float = 0.008
    threshold: float = 0.7

    def __post_init__(self) -> None:
        """Refuse a target that is none and shares outside 0..1."""
        if self.target not in TARGETS:
            raise ValueError(f"expected a target of {', '.join(TARGETS)}, found {self.target!r}")
        checked_share("tolerance", self.tolerance)
        checked_share("threshold", self.threshold)


def score(answer: Any, truth: Any, options: Options) -> Score:
    """Both are 0/1 rows [[0, 1, ...], ...] or run-lengths {"size": [height, width], "counts": [...]} (COCO's plain
    form: down the columns, zeros first), of one size; the value is the target.

    Detail: iou, dice = 2 iou / (1 + iou), boundary_f with boundary_precision and boundary_recall, tolerance_px,
    answered_px, true_px. Empty against empty is 1. ValueError for another shape or size.
    """
    one, other = mask(answer), mask(truth)
    if one.shape != other.shape:
        raise ValueError(f"expected a mask of the truth's size {other.shape}, found {one.shape}")
    shared, answered, true = (int(np.count_nonzero(part)) for part in (one & other, one, other))
    union = answered + true - shared
    dice = f1_of_counts(shared, answered, true)[2]
    reach = math.ceil(options.tolerance * math.hypot(*one.shape))
    precision, recall, near = boundary_f(one, other, reach)
    values = {"iou": shared / union if union else 1.0, "dice": dice, "boundary_f": near}
    detail: Detail = {
        **values,
        "boundary_precision": precision,
        "boundary_recall": recall,
        "tolerance_px": reach,
        "answered_px": answered,
        "true_px": true,
    }
    return scored(values[options.target], options.threshold, detail)


def boundary_f(one: Mask, other: Mask, reach_px: int) -> tuple[float, float, float]:
    """Precision, recall and F of boundaries: the share of each one's boundary pixels within `reach_px` (Euclidean) of
    the other's (Csurka et al. 2013; Perazzi et al. 2016). Both empty: 1; one empty: 0. Masks of one size."""
    answered, true = _boundary(one), _boundary(other)
    if not answered.size or not true.size:
        both = 1.0 if answered.size == true.size else 0.0
        return both, both, both
    precision, recall = _near(answered, true, reach_px), _near(true, answered, reach_px)
    return precision, recall, f_measure(precision, recall)


def mask(found: Any) -> Mask:
    """Height x width booleans from 0/1 rows or run-lengths. ValueError says what was expected."""
    if isinstance(found, dict):
        return _unrolled(found)
    rows = (
        isinstance(found, list | tuple)
        and len(found) > 0
        and all(isinstance(row, list | tuple) for row in found)
    )
    width = len(found[0]) if rows else 0
    if not width or any(len(row) != width for row in found):
        raise ValueError(f"expected rows of 0 and 1, all as long, found {found!r:.100}")
    if any(type(one) is not int or one not in (0, 1) for row in found for one in row):
        raise ValueError(f"expected rows of the numbers 0 and 1 alone, found {found!r:.100}")
    return np.array(found, dtype=np.bool_)


def _unrolled(found: dict[str, Any]) -> Mask:
    size, counts = found.get("size"), found.get("counts")
    whole = all(
        isinstance(part, list | tuple) and all(type(one) is int and one >= 0 for one in part)
        for part in (size, counts)
    )
    if not whole or size is None or counts is None or len(size) != 2 or 0 in size:
        raise ValueError(
            f'expected {{"size": [height, width], "counts": [whole numbers]}}, uncompressed, found {found!r:.100}'
        )
    if math.prod(size) > PIXELS_MAX or sum(counts) != math.prod(size):
        raise ValueError(
            f"expected runs adding up to {size[0]} x {size[1]} and at most {PIXELS_MAX} pixels, found {sum(counts)}"
        )
    pixels = np.repeat(np.arange(len(counts)) % 2 == 1, counts)
    return pixels.reshape(size[1], size[0]).T


def _boundary(found: Mask) -> NDArray[np.int64]:
    """Row and column, in reading order, of the mask's pixels with one of four neighbours outside it or the picture."""
    padded = np.pad(found, 1)
    inside = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return np.argwhere(found & ~inside)


def _near(these: NDArray[np.int64], those: NDArray[np.int64], reach: int) -> float:
    """The share of `these` pixels with one of `those` within `reach`: in each row within reach, the nearest to the left
    and to the right, found by bisection."""
    stride = int(max(these.max(), those.max())) + 2 * reach + 2
    places = those[:, 0] * stride + those[:, 1]
    found = np.zeros(len(these), dtype=np.bool_)
    for down in range(-reach, reach + 1):
        wanted = (these[:, 0] + down) * stride + these[:, 1]
        right = np.searchsorted(places, wanted)
        gap = np.minimum(
            np.abs(places[np.minimum(right, len(places) - 1)] - wanted),
            np.abs(wanted - places[np.maximum(right - 1, 0)]),
        )
        # The stride is longer than a row and its reach: what is that near is in the same row.
        found |= gap <= math.isqrt(reach * reach - down * down)
    return float(np.count_nonzero(found)) / len(these)
