"""The kinds of answers that can be scored, by name: each lives in its own file, read when first asked for."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from types import ModuleType
from typing import Any, NamedTuple

from backend.statistics.score import Score

KINDS = (
    "boxes",
    "exact",
    "fields",
    "keypoints",
    "labels",
    "lines",
    "masks",
    "numbers",
    "points",
    "polygons",
    "ranking",
    "spans",
    "text",
)


class Scorer(NamedTuple):
    """A kind's frozen options, made from keywords with defaults, and its function (answer, truth, options) -> Score."""

    options: type[Any]
    score: Callable[[Any, Any, Any], Score]


def scorer(kind: str) -> Scorer:
    """What scores this kind; ValueError for a kind that is none."""
    module = _module(kind)
    return Scorer(module.Options, module.score)


def options_of(kind: str, given: Mapping[str, Any]) -> Any:
    """The kind's options from what a project's plan says; ValueError for names it does not have and bad values."""
    make = scorer(kind).options
    for field in fields(make):
        if field.name in given and not _of_type(given[field.name], field.type):
            wanted = getattr(field.type, "__name__", field.type)
            raise ValueError(f"{kind}: expected {field.name} of {wanted}, found {given[field.name]!r:.100}")
    try:
        return make(**given)
    except TypeError as error:
        raise ValueError(f"{kind}: expected its own options, found {error}") from error


def compare(kind: str, answer: Any, truth: Any, options: Any) -> Score:
    """Score an answer that may be anything: what the kind cannot read is worth 0, never passes, and the detail says
    why under `unreadable`. ValueError only for a truth that the kind cannot read either.
    """
    how = scorer(kind)
    try:
        return how.score(answer, truth, options)
    except ValueError as error:
        how.score(truth, truth, options)
        return Score(0.0, False, {"unreadable": str(error)})


def _of_type(found: Any, wanted: Any) -> bool:
    """JSON knows text, true and numbers apart; what Python would take all the same is refused. Other types the kind
    checks itself."""
    if wanted is float:
        return isinstance(found, int | float) and not isinstance(found, bool)
    return not (wanted is bool or wanted is str) or isinstance(found, wanted)


def _module(kind: str) -> ModuleType:
    """Imports stand here one by one, so that type checks and import contracts see them."""
    match kind:
        case "boxes":
            from backend.statistics import boxes

            return boxes
        case "exact":
            from backend.statistics import exact

            return exact
        case "fields":
            from backend.statistics import fields

            return fields
        case "keypoints":
            from backend.statistics import keypoints

            return keypoints
        case "labels":
            from backend.statistics import labels

            return labels
        case "lines":
            from backend.statistics import lines

            return lines
        case "masks":
            from backend.statistics import masks

            return masks
        case "numbers":
            from backend.statistics import numbers

            return numbers
        case "points":
            from backend.statistics import points

            return points
        case "polygons":
            from backend.statistics import polygons

            return polygons
        case "ranking":
            from backend.statistics import ranking

            return ranking
        case "spans":
            from backend.statistics import spans

            return spans
        case "text":
            from backend.statistics import text

            return text
        case _:
            raise ValueError(f"expected one of {', '.join(KINDS)}, found {kind!r}")
