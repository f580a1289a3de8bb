"""Key points of objects against true ones: object keypoint similarity, by the rule of COCO."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.statistics.boxes import Corners, area, corners
from backend.statistics.regions import THINGS_MAX, Pair, Thing, coordinates, hits_of, paired
from backend.statistics.score import Score, checked_share, scored

KIND = "keypoints"
COCO_PERSON = (
    *(0.026, 0.025, 0.025, 0.035, 0.035, 0.079, 0.079, 0.072, 0.072),
    *(0.062, 0.062, 0.107, 0.107, 0.087, 0.087, 0.089, 0.089),
)
"""Spread of people's 17 points, nose to right ankle, as shares of the object's size (cocodataset.org)."""
Objects = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Options:
    """`sigmas`: spread of each point as a share of the square root of the object's area, above 0; a single one is for
    every point. `threshold`: value of a pass. `same_class`: objects of two classes are not alike."""

    sigmas: Sequence[float] = COCO_PERSON
    threshold: float = 0.7
    same_class: bool = False

    def __post_init__(self) -> None:
        """Refuse sigmas at or below 0 and a threshold outside 0..1."""
        if not self.sigmas or not all(0.0 < one < math.inf for one in self.sigmas):
            raise ValueError(f"expected one or more sigmas above 0, found {self.sigmas}")
        checked_share("threshold", self.threshold)


@dataclass(frozen=True, slots=True)
class _Object:
    points: tuple[Corners, ...]
    box: Corners | None
    area_px: float


def score(answer: Objects, truth: Objects, options: Options) -> Score:
    """Both are lists of {"label"?: str, "keypoints": [[x, y, v], ...]} in pixels, as many points as in the other; true
    ones also have "area" in square pixels or else "box" [x1, y1, x2, y2].

    The value is 2 * (sum of OKS over the pairing of greatest sum) / (answered + true): the OKS itself where there is
    one object each; a missing or spurious object counts as 0; empty against empty is 1. Detail: mean_oks of pairs
    (None without any), class_agreement, paired, answered, true. ValueError for a shape other than this.
    """
    found = pairs(answer, truth, options)
    hits = hits_of(found, options.same_class)
    total = math.fsum(pair.alike for pair in hits)
    things = len(answer) + len(truth)
    detail = {
        "mean_oks": total / len(hits) if hits else None,
        "class_agreement": sum(pair.same_class for pair in found) / len(found) if found else None,
        "paired": len(found),
        "answered": len(answer),
        "true": len(truth),
    }
    return scored(2.0 * total / things if things else 1.0, options.threshold, detail)


def pairs(answer: Objects, truth: Objects, options: Options) -> list[Pair]:
    """Which object of the answer is which of the truth, by place: one to one, the greatest total OKS."""
    return paired(
        _read(answer, true=False),
        _read(truth, true=True),
        lambda one, other: oks(one.points, other.points, other.area_px, options.sigmas, other.box),
        least=0.0,
        same_class=options.same_class,
    )


def oks(
    points: Sequence[Corners],
    true: Sequence[Corners],
    area_px: float,
    sigmas: Sequence[float] = COCO_PERSON,
    box: Corners | None = None,
) -> float:
    """sum of exp(-d_i^2 / (2 s^2 k_i^2)) over the truth's labelled points (v_i > 0) / their number, in 0..1.

    s^2 is the object's area, k_i = 2 sigma_i (pycocotools, COCOeval.computeOks). Where the truth labels no point, d_i
    is how far the answer's point lies outside the box grown by its own width and height on every side; without a box
    ValueError. Points are (x, y, v); the answer's own v plays no part. ValueError unless counts agree and area and
    sigmas are above 0.
    """
    spread = list(sigmas) * len(true) if len(sigmas) == 1 else list(sigmas)
    if not len(points) == len(true) == len(spread) > 0:
        raise ValueError(
            f"expected {len(spread)} points, as many as sigmas, found {len(points)} answered and {len(true)} true"
        )
    # 2 s^2 k^2 with k = 2 sigma.
    scale = [8.0 * area_px * one * one for one in spread]
    if not area_px > 0.0 or min(spread) <= 0.0 or not all(0.0 < one < math.inf for one in scale):
        raise ValueError(f"expected an area and sigmas above 0, found {area_px} and {spread}")
    seen = [place for place, point in enumerate(true) if point[2] > 0]
    if seen:
        squares = [(p, (points[p][0] - true[p][0]) ** 2 + (points[p][1] - true[p][1]) ** 2) for p in seen]
    elif box is not None:
        squares = [(p, _outside(point, box)) for p, point in enumerate(points)]
    else:
        raise ValueError("expected a labelled true point (v > 0) or a box to stay in, found neither")
    return min(1.0, math.fsum(math.exp(-square / scale[p]) for p, square in squares) / len(squares))


def _outside(point: Corners, box: Corners) -> float:
    """Squared distance to the box grown by its own width and height on every side, as COCO has it."""
    width, height = box[2] - box[0], box[3] - box[1]
    across = max(0.0, box[0] - width - point[0]) + max(0.0, point[0] - box[2] - width)
    along = max(0.0, box[1] - height - point[1]) + max(0.0, point[1] - box[3] - height)
    return across**2 + along**2


def _read(found: Any, true: bool) -> list[Thing[_Object]]:
    listed = isinstance(found, list | tuple) and len(found) <= THINGS_MAX
    if not listed or not all(isinstance(one, Mapping) for one in found):
        raise ValueError(
            f"expected a list of at most {THINGS_MAX} objects with keypoints, found {found!r:.100}"
        )
    return [_thing(one, true) for one in found]


def _thing(found: Mapping[str, Any], true: bool) -> Thing[_Object]:
    listed = found.get("keypoints")
    if not isinstance(listed, list | tuple):
        raise ValueError(f'expected "keypoints": [[x, y, v], ...], found {found!r:.100}')
    points = tuple(coordinates(point, 3, "a key point [x, y, v]") for point in listed)
    # What an answer says of its own size plays no part.
    box = corners(found["box"]) if true and found.get("box") is not None else None
    size_px = 0.0
    if true and found.get("area") is not None:
        size_px = coordinates([found["area"]], 1, "an area")[0]
    elif box is not None:
        size_px = area(box)
    elif true:
        raise ValueError('expected "area" or "box" of a true object, found neither')
    key = tuple(one for point in points for one in point)
    return Thing(str(found.get("label", "")), _Object(points, box, size_px), key)
