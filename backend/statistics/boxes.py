"""Boxes against true boxes: which lies on which, how many were found, and whether they were called right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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
from backend.statistics.score import Score, checked_share

KIND = "boxes"
Corners = tuple[float, ...]
Boxes = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Options:
    """`iou`: from which intersection over union (0..1) two boxes are one. `target`: f1, precision, recall or mean_iou.
    `threshold`: value of a pass. `same_class`: a pair of two classes is no hit (else classes are reported apart)."""

    iou: float = 0.5
    target: str = "f1"
    threshold: float = 0.8
    same_class: bool = False

    def __post_init__(self) -> None:
        """Refuse an IoU or threshold outside 0..1, and a target that is none."""
        checked_share("iou", self.iou)
        checked_counting(self, "mean_iou")


def score(answer: Boxes, truth: Boxes, options: Options) -> Score:
    """Both are lists of {"label": str, "box": [x1, y1, x2, y2]}, x1 < x2, y1 < y2, in pixels; the value is the target.

    Detail: precision, recall, f1, mean_iou of hits, class_agreement of pairs (the last two None without any), hits,
    paired, answered, true. Empty against empty is 1. ValueError for a shape other than this.
    """
    found = pairs(answer, truth, options)
    mean = mean_alike(hits_of(found, options.same_class))
    return counted(found, len(answer), len(truth), options, {"mean_iou": mean})


def pairs(answer: Boxes, truth: Boxes, options: Options) -> list[Pair]:
    """Which box of the answer is which of the truth, by place: one to one, the greatest total IoU."""
    return paired(_read(answer), _read(truth), iou, least=options.iou, same_class=options.same_class)


def iou(one: Corners, other: Corners) -> float:
    """Intersection over union of two boxes (x1, y1, x2, y2), in 0..1 (Jaccard 1912)."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0.0 or height <= 0.0:
        return 0.0
    shared = width * height
    return min(1.0, shared / (area(one) + area(other) - shared))


def area(box: Corners) -> float:
    """Square pixels of a box (x1, y1, x2, y2)."""
    return (box[2] - box[0]) * (box[3] - box[1])


def corners(found: Any) -> Corners:
    """A box as (x1, y1, x2, y2). ValueError unless it is four coordinates around an area above 0."""
    box = coordinates(found, 4, "a box [x1, y1, x2, y2]")
    if not (box[0] < box[2] and box[1] < box[3] and area(box) > 0.0):
        raise ValueError(f"expected a box [x1, y1, x2, y2] with x1 < x2 and y1 < y2, found {list(box)}")
    return box


def _read(found: Boxes) -> list[Thing[Corners]]:
    boxes = [(label, corners(box)) for label, box in labelled(found, "box")]
    return [Thing(label, box, box) for label, box in boxes]
