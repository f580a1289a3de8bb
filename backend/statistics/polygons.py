"""Polygons against true polygons: as boxes are judged, with the areas that shapes of any outline share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

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

KIND = "polygons"
Polygons = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Options:
    """`iou`, `target`, `threshold`, `same_class` as of boxes. `repair`: an outline that crosses itself is taken as the
    areas it encloses; without, it is refused."""

    iou: float = 0.5
    target: str = "f1"
    threshold: float = 0.8
    same_class: bool = False
    repair: bool = True

    def __post_init__(self) -> None:
        """Refuse an IoU or threshold outside 0..1, and a target that is none."""
        checked_share("iou", self.iou)
        checked_counting(self, "mean_iou")


def score(answer: Polygons, truth: Polygons, options: Options) -> Score:
    """Both are lists of {"label": str, "polygon": outline}, an outline being [[x, y], ...] of 3 or more points in
    pixels, closed or not, or a list of such rings of which the first is the outside and the others are holes.

    Value and detail as of boxes. Empty against empty is 1. ValueError for a shape other than this, one without an
    area, and where `repair` is off one that is not simple.
    """
    found = pairs(answer, truth, options)
    mean = mean_alike(hits_of(found, options.same_class))
    return counted(found, len(answer), len(truth), options, {"mean_iou": mean})


def pairs(answer: Polygons, truth: Polygons, options: Options) -> list[Pair]:
    """Which polygon of the answer is which of the truth, by place: one to one, the greatest total IoU."""
    answered, true = _read(answer, options.repair), _read(truth, options.repair)
    return paired(answered, true, iou, least=options.iou, same_class=options.same_class)


def iou(one: BaseGeometry, other: BaseGeometry) -> float:
    """Intersection over union of two valid areas above 0, in 0..1 (Jaccard 1912)."""
    if not one.intersects(other):
        return 0.0
    shared = float(one.intersection(other).area)
    return min(1.0, shared / (float(one.area) + float(other.area) - shared))


def polygon(found: Any, repair: bool = True) -> BaseGeometry:
    """A valid area above 0 from an outline or rings, in its normal form. ValueError says what is wrong with it."""
    outside, *holes = [_ring(ring) for ring in (found if _is_rings(found) else [found])]
    shape = shapely.Polygon(outside, holes)
    if not shape.is_valid:
        if not repair:
            raise ValueError(
                f"expected a simple polygon, found one with {shapely.is_valid_reason(shape)}; draw it without"
                " crossing itself"
            )
        shape = _areas_of(shapely.make_valid(shape))
    if not shape.area > 0.0:
        raise ValueError(f"expected a polygon with an area above 0, found {found!r:.100}")
    return shape.normalize()


def _read(found: Polygons, repair: bool) -> list[Thing[BaseGeometry]]:
    shapes = [(label, polygon(outline, repair)) for label, outline in labelled(found, "polygon")]
    return [
        Thing(label, shape, tuple(shapely.get_coordinates(shape).ravel().tolist())) for label, shape in shapes
    ]


def _ring(found: Any) -> list[tuple[float, ...]]:
    if not isinstance(found, list | tuple) or len(found) < 3:
        raise ValueError(f"expected an outline of 3 or more points [x, y], found {found!r:.100}")
    return [coordinates(point, 2, "a point [x, y]") for point in found]


def _is_rings(found: Any) -> bool:
    """A list of lists of points rather than of points."""
    parts = isinstance(found, list | tuple) and len(found) > 0 and isinstance(found[0], list | tuple)
    return parts and len(found[0]) > 0 and isinstance(found[0][0], list | tuple)


def _areas_of(shape: BaseGeometry) -> BaseGeometry:
    """Without the lines and points that a repair leaves beside the areas."""
    parts = [one for one in shapely.get_parts(shape) if one.geom_type in ("Polygon", "MultiPolygon")]
    return shapely.union_all(parts)
