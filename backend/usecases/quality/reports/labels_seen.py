"""Labels seen: what results say, counted: classes per item, classes together, and where on the picture; a pure fold."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from backend.domain.proficiency.scoring import canonical, category

GRID = 16
PAIRED_MAX = 50
"""Classes of one item that are paired with each other; what has more says nothing of pairs."""
Point = tuple[float, float]
SHAPES = {"boxes": "box", "keypoints": "keypoints", "lines": "line", "masks": "mask", "points": "point"} | {
    "polygons": "polygon"
}


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing that a result says: its class, and for a box or a point its centre and furthest corner."""

    label: str
    centre: Point | None = None
    corner: Point | None = None


@dataclass(slots=True)
class Seen:
    """Counts over results: `things` and `items` by class, `pairs` of classes by the items that have both, `places` by
    class, `corner` the furthest coordinates, `none` results that say no class, `unread` those of another shape."""

    results: int = 0
    none: int = 0
    unread: int = 0
    things: Counter[str] = field(default_factory=Counter)
    items: Counter[str] = field(default_factory=Counter)
    most: Counter[str] = field(default_factory=Counter)
    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)
    places: dict[str, list[Point]] = field(default_factory=lambda: defaultdict(list))
    corner: Point = (0.0, 0.0)


def see(kind: str, options: Any, answers: Iterable[Any]) -> Seen:
    """The counts of these answers, read as their kind says."""
    seen = Seen()
    for answer in answers:
        seen.results += 1
        try:
            things = list(_things(kind, options, answer))
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
            seen.unread += 1
            continue
        seen.none += not things
        of_item = Counter(thing.label for thing in things)
        seen.things.update(of_item)
        seen.items.update(of_item.keys())
        for label, n in of_item.items():
            seen.most[label] = max(seen.most[label], n)
        if len(of_item) <= PAIRED_MAX:
            seen.pairs.update(combinations(sorted(of_item), 2))
        for thing in things:
            if thing.centre and thing.corner:
                seen.places[thing.label].append(thing.centre)
                seen.corner = (
                    max(seen.corner[0], thing.corner[0]),
                    max(seen.corner[1], thing.corner[1]),
                )
    return seen


def grid(places: Sequence[Point], size: Point) -> list[list[int]]:
    """How many of these points lie in each cell, rows from the top: 16 x 16 over a picture of `size` (width, height).
    What lies outside counts at the edge."""
    rows = [[0] * GRID for _ in range(GRID)]
    for x, y in places:
        rows[_cell(y, size[1])][_cell(x, size[0])] += 1
    return rows


def _cell(at: float, size: float) -> int:
    return min(GRID - 1, max(0, int(GRID * at / size))) if size > 0.0 else 0


def _things(kind: str, options: Any, answer: Any) -> Iterator[Thing]:
    match kind:
        case "fields":
            for name, how in options.fields.items():
                if answer.get(name) is not None:
                    for thing in _things(how.kind, how.options, answer[name]):
                        yield Thing(f"{name}: {thing.label}", thing.centre, thing.corner)
        case "labels":
            for spelled in {
                canonical(one): one for one in (answer if isinstance(answer, list) else [answer])
            }.values():
                yield Thing(_text(spelled))
        case "spans":
            for span in answer:
                yield Thing(str(span.get("label", "")) if isinstance(span, Mapping) else "")
        case _ if kind in SHAPES:
            for one in answer:
                yield _located(kind, str(one["label"]), one[SHAPES[kind]])
        case "exact":
            if category(answer) is not None:
                yield Thing(_text(answer))
        case _:
            return


def _located(kind: str, label: str, shape: Any) -> Thing:
    match kind:
        case "boxes":
            x1, y1, x2, y2 = (float(one) for one in shape)
            return Thing(label, ((x1 + x2) / 2.0, (y1 + y2) / 2.0), (x2, y2))
        case "points":
            x, y = (float(one) for one in shape)
            return Thing(label, (x, y), (x, y))
        case _:
            return Thing(label)


def _text(label: Any) -> str:
    """A label as it is shown: text as it is, anything else as JSON says it."""
    inner = label["label"] if isinstance(label, dict) and set(label) == {"label"} else label
    return inner if isinstance(inner, str) else canonical(inner)
