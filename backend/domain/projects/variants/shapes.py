"""Shapes: an answer that says where things are, after the picture was moved, and with names of left and right changed.

A thing keeps all else that is said of it. What lies outside the picture, before or after, is refused: of what is cut
off nobody has said the right answer.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from backend.domain.projects.variants.plane import Plane
from backend.domain.projects.variants.refusals import leaves, unfit
from backend.statistics import mask_moves
from backend.statistics.exact import whole

GEOMETRIC = ("boxes", "polygons", "points", "lines", "keypoints", "masks")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A plane, the labels that change their names (both ways), and the places of key points that change theirs (None:
    nobody has said which, so that a mirrored one cannot be told)."""

    plane: Plane
    labels: Mapping[str, str] = field(default_factory=dict)
    places: Sequence[tuple[int, int]] | None = None

    def key(self, kind: str, truth: Any) -> Any:
        """The truth of the moved picture. Raises `variant_unfit` and `variant_leaves`."""
        match kind:
            case "boxes":
                return [self._thing(one, "box", self._box) for one in truth]
            case "polygons":
                return [self._thing(one, "polygon", self._outline) for one in truth]
            case "points":
                return [self._thing(one, "point", self._point) for one in truth]
            case "lines":
                return [self._thing(one, "line", self._line) for one in truth]
            case "keypoints":
                return [self._object(one) for one in truth]
            case "masks":
                return moved_mask(self.plane, truth)
            case "labels":
                return [self._class(one) for one in truth] if isinstance(truth, list) else self._class(truth)
            case "exact" if is_class(truth):
                return self._class(truth)
            case _:
                raise unfit(f"an answer of {', '.join(GEOMETRIC)}, labels, or a class", f"one of {kind}")

    def _thing(self, one: Mapping[str, Any], name: str, move: Callable[[Any], Any]) -> dict[str, Any]:
        return {**self._named(one), name: move(one[name])}

    def _named(self, one: Mapping[str, Any]) -> dict[str, Any]:
        label = one.get("label")
        return {**one, "label": self.labels.get(label, label)} if isinstance(label, str) else dict(one)

    def _class(self, said: Any) -> Any:
        if isinstance(said, dict):
            return self._named(said)
        return self.labels.get(said, said) if isinstance(said, str) else said

    def _point(self, point: Sequence[Any]) -> list[Any]:
        return list(self.plane.kept(point[0], point[1]))

    def _line(self, line: Sequence[Any]) -> list[Any]:
        return [self._point(point) for point in line]

    def _outline(self, outline: Sequence[Any]) -> list[Any]:
        """One ring of points, or several rings."""
        rings = isinstance(outline[0][0], list | tuple)
        return [self._line(ring) for ring in outline] if rings else self._line(outline)

    def _box(self, box: Sequence[Any]) -> list[Any]:
        (x1, y1), (x2, y2) = self.plane.kept(box[0], box[1]), self.plane.kept(box[2], box[3])
        return [min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)]

    def _object(self, one: Mapping[str, Any]) -> dict[str, Any]:
        if self.plane.mirrors and self.places is None:
            raise unfit("swap_points, for key points that are mirrored ([] where none is of a side)", "none")
        points = [self._key_point(point) for point in one["keypoints"]]
        for first, second in self.places or ():
            if max(first, second) >= len(points):
                raise unfit(f"swap_points below {len(points)}", f"{max(first, second)}")
            points[first], points[second] = points[second], points[first]
        found = {**self._named(one), "keypoints": points}
        if one.get("box") is not None:
            found["box"] = self._box(one["box"])
        if one.get("area") is not None:
            found["area"] = one["area"] * self.plane.area
        return found

    def _key_point(self, point: Sequence[Any]) -> list[Any]:
        """What is not labelled lies nowhere, and stays there."""
        x, y, seen = point
        if seen > 0:
            return [*self.plane.kept(x, y), seen]
        return [x, y, seen] if x == y == 0 else [*self.plane.moved(x, y), seen]


def moved_mask(plane: Plane, truth: Any) -> Any:
    """A mask in the form in which it was said. Scaled pixels are others: refused."""
    if abs(plane.xx) + abs(plane.xy) != 1 or abs(plane.yx) + abs(plane.yy) != 1:
        raise unfit("a mask whose pixels stay what they are", "one that is scaled")
    measures = (plane.x0, plane.y0, *plane.before, *plane.after)
    if any(one != int(one) for one in measures):
        raise unfit("a mask that is moved by whole pixels", "a part of one")
    # The place of a pixel is that of its middle: where planes run from edges, a mirrored one lies one further left.
    edge = 0 if plane.half else 1
    x0 = int(plane.x0) - edge * (plane.xx + plane.xy < 0)
    y0 = int(plane.y0) - edge * (plane.yx + plane.yy < 0)
    way = (int(plane.xx), int(plane.xy), x0, int(plane.yx), int(plane.yy), y0)
    before, after = ((int(one[0]), int(one[1])) for one in (plane.before, plane.after))
    try:
        return mask_moves.moved(truth, way, before, after)
    except mask_moves.Outside as outside:
        raise leaves("pixels outside") from outside
    except ValueError as bad:
        raise unfit(f"a mask of {before[0]} x {before[1]}", "another") from bad


def is_class(truth: Any) -> bool:
    """Whether an answer is one class: text, a whole number, true or false, or an object with the one key `label`."""
    inner = truth["label"] if isinstance(truth, dict) and set(truth) == {"label"} else truth
    return isinstance(whole(inner), str | int | bool)
