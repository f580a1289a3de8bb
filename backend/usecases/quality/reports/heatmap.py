"""Heat map of labels: where the boxes and points of a project's results lie, as an image or as its numbers."""

import asyncio
from typing import Literal
from uuid import UUID

from backend.domain.errors import Refusal
from backend.events.ids import ProjectId
from backend.usecases.projects.scoring import scorer_of
from backend.usecases.quality.images import heatmap_png, heatmap_svg
from backend.usecases.quality.images.heatmap import Panel, Picture
from backend.usecases.quality.reports.labels import size_of
from backend.usecases.quality.reports.labels_seen import Point, Seen, grid, see
from backend.usecases.quality.reports.measuring import project_row
from backend.usecases.quality.reports.results_read import read_results
from backend.usecases.work import Answer, Work

PANELS_MAX = 12
SIDE, SIDE_OF_MANY = 512, 224
EVERYTHING = "all classes"
DRAWN = {"png": ("image/png", heatmap_png.draw), "svg": ("image/svg+xml", heatmap_svg.draw)}


async def project_labels_heatmap(
    work: Work,
    *,
    project: UUID,
    format: Literal["svg", "png", "json"],
    by: Literal["all", "class"],
    label: str | None,
    size: int | None,
) -> Answer:
    """Where centres lie in 16 x 16 cells: of all classes together, of one `label`, or each of the most frequent apart
    (`by` class). Read are the results that `project_labels` reads. `size` is how many pixels a map's longer side has.

    Raises `labels_not_located` where no result says where something is.
    """
    work.require("project:export", project=ProjectId(project))
    row = await project_row(work, project)
    how = await scorer_of(work, row, None)
    count, results = await read_results(work, project)
    work.saw("label", "result")
    seen = await asyncio.to_thread(see, how.kind, how.options, [one.answer for one in results])
    (width, height), said_by = size_of(seen, how.options)
    panels = _panels(seen, by, label, (width, height))
    sampled = {"read": len(results), "of": count}
    body = {
        "project": project,
        "sampled": sampled,
        "width": width,
        "height": height,
        "size": said_by,
        "maps": [{"label": p.name, "n": p.n, "most": p.most, "grid": p.grid} for p in panels],
    }
    if format == "json":
        return Answer(body)
    about = "" if said_by == "scoring" else ", up to the furthest corner seen"
    note = f"Centres in {sampled['read']:,} of {count:,} results, by pixels of the picture{about}"
    side = SIDE if len(panels) == 1 else SIDE_OF_MANY
    title = f"Where labels lie: {row['name']}"
    picture = Picture(title=title, note=note, panels=panels, width=width, height=height, side=size or side)
    media, draw = DRAWN[format]
    return Answer(body, media=(media, await asyncio.to_thread(draw, picture)))


def _panels(seen: Seen, by: str, label: str | None, size: Point) -> list[Panel]:
    if not seen.places or (label is not None and label not in seen.places):
        raise _nowhere(seen)
    if label is not None:
        return [_panel(label, seen.places[label], size)]
    if by == "class":
        often = sorted(seen.places, key=lambda one: (-len(seen.places[one]), one))
        return [_panel(one, seen.places[one], size) for one in often[:PANELS_MAX]]
    return [_panel(EVERYTHING, [one for some in seen.places.values() for one in some], size)]


def _panel(name: str, places: list[Point], size: Point) -> Panel:
    return Panel(name=name, n=len(places), grid=grid(places, size))


def _nowhere(seen: Seen) -> Refusal:
    located = f"{len(seen.places)} classes with a place, not this one" if seen.places else "none with a place"
    return Refusal(
        "conflict",
        "labels_not_located",
        expected="decided results with boxes or points, of the label that is asked for",
        found=f"{seen.results} results, {located}",
        mend="score the project's answers as boxes or points, or ask for a label that project_labels lists",
    )
