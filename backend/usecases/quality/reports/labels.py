"""Labels: which classes the results of a project have, how many to an item, which together, and where."""

import asyncio
from typing import Any
from uuid import UUID

from backend.events.ids import ProjectId
from backend.usecases.projects.scoring import scorer_of
from backend.usecases.quality.reports.labels_seen import GRID, Point, Seen, grid, see
from backend.usecases.quality.reports.measuring import project_row
from backend.usecases.quality.reports.results_read import read_results
from backend.usecases.work import Answer, Work

CLASSES_MAX, PAIRS_MAX, MAPS_MAX = 200, 1_000, 50


async def project_labels(work: Work, *, project: UUID) -> Answer:
    """Counts per class over the decided results, in all and to an item; classes that are together on items; and where
    boxes and points lie. At most 20,000 results are read, chosen by a hash of the items' ids; counts are of these."""
    work.require("project:export", project=ProjectId(project))
    how = await scorer_of(work, await project_row(work, project), None)
    count, results = await read_results(work, project)
    said = [one.answer for one in results]
    work.saw("label", "result")
    told = await asyncio.to_thread(lambda: _told(see(how.kind, how.options, said), how.options))
    sampled = {"read": len(results), "of": count}
    return Answer({"project": project, "kind": how.kind, "sampled": sampled, **told})


def _told(seen: Seen, options: Any) -> dict[str, Any]:
    classes = sorted(seen.things, key=lambda label: (-seen.things[label], label))
    pairs = sorted(seen.pairs.items(), key=lambda one: (-one[1], one[0]))
    return {
        "without_class": seen.none,
        "unread": seen.unread,
        "per_item": _ratio(sum(seen.things.values()), seen.results - seen.unread),
        "classes": [_class(seen, label) for label in classes[:CLASSES_MAX]],
        "classes_left_out": max(0, len(classes) - CLASSES_MAX),
        "together": [_pair(seen, *pair, items=items) for pair, items in pairs[:PAIRS_MAX]],
        "pairs_left_out": max(0, len(pairs) - PAIRS_MAX),
        "places": _places(seen, options, [one for one in classes if one in seen.places]),
    }


def _class(seen: Seen, label: str) -> dict[str, Any]:
    items, things = seen.items[label], seen.things[label]
    return {
        "label": label,
        "count": things,
        "items": items,
        "share": _ratio(items, seen.results - seen.unread),
        "per_item": _ratio(things, items),
        "most_per_item": seen.most[label],
    }


def _pair(seen: Seen, first: str, second: str, *, items: int) -> dict[str, Any]:
    """`lift`: how many times as often as if one had nothing to do with the other."""
    chance = seen.items[first] * seen.items[second] / (seen.results - seen.unread)
    return {"first": first, "second": second, "items": items, "lift": round(items / chance, 6)}


def _places(seen: Seen, options: Any, classes: list[str]) -> dict[str, Any] | None:
    """Maps of the most frequent classes and of all, over the size that the scoring names, else the furthest corner."""
    if not classes:
        return None
    size, said_by = size_of(seen, options)
    everywhere = [place for label in classes for place in seen.places[label]]
    return {
        "cells": GRID,
        "width": size[0],
        "height": size[1],
        "size": said_by,
        "everything": grid(everywhere, size),
        "classes": [{"label": one, "grid": grid(seen.places[one], size)} for one in classes[:MAPS_MAX]],
        "classes_left_out": max(0, len(classes) - MAPS_MAX),
    }


def size_of(seen: Seen, options: Any) -> tuple[Point, str]:
    """Width and height of the pictures in their pixels, and who says so: the scoring or the furthest corner seen."""
    named = getattr(options, "size_px", None)
    return ((float(named[0]), float(named[1])), "scoring") if named else (seen.corner, "furthest_corner")


def _ratio(some: int, of: int) -> float:
    return round(some / of, 6) if of else 0.0
