"""Masks moved: the same pixels where they lie after a picture was mirrored, turned or cropped."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from backend.statistics.masks import Mask, mask

Way = Sequence[int]
"""xx, xy, x0, yx, yy, y0: a pixel at column x and row y lies at column xx x + xy y + x0 and row yx x + yy y + y0."""


class Outside(ValueError):
    """A pixel would lie outside of the picture."""


def moved(found: Any, way: Way, before: tuple[int, int], after: tuple[int, int]) -> Any:
    """A mask of a picture of width and height `before` in one of `after`, in the form in which it was said: rows, or
    run-lengths. ValueError for what is no mask of that size, Outside for pixels that leave the picture."""
    pixels = mask(found)
    if pixels.shape != (before[1], before[0]):
        raise ValueError(f"expected a mask of {before[0]} x {before[1]}, found {pixels.shape[::-1]}")
    rows, columns = np.nonzero(pixels)
    x = way[0] * columns + way[1] * rows + way[2]
    y = way[3] * columns + way[4] * rows + way[5]
    for place, extent in ((x, after[0]), (y, after[1])):
        if place.size and not 0 <= place.min() <= place.max() < extent:
            raise Outside(f"expected pixels within {after[0]} x {after[1]}, found others")
    there = np.zeros((after[1], after[0]), dtype=np.bool_)
    there[y, x] = True
    return _runs(there) if isinstance(found, dict) else there.astype(int).tolist()


def _runs(found: Mask) -> dict[str, Any]:
    """Down the columns, zeros first."""
    pixels = found.T.reshape(-1)
    borders = np.flatnonzero(np.diff(pixels)) + 1
    counts = np.diff(np.concatenate(([0], borders, [pixels.size]))).tolist()
    return {"size": list(found.shape), "counts": [0, *counts] if pixels[0] else counts}
