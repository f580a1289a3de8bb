"""The forecast of the queue: for each step of each project what waits, what comes, who is there for it; when it is
worked off, when the wait target is first missed, and what would keep it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.domain.projects import forecast as rules
from backend.events.ids import ProjectId
from backend.usecases.insight.capacity import Kind, Meant, person_hours
from backend.usecases.insight.demand import SECONDS_UNKNOWN, Open, Scene, open_now, scene_of
from backend.usecases.insight.forecast_told import Ahead, told_of
from backend.usecases.work import Answer, Work

Row = dict[str, Any]


# --- the operation


async def queue_forecast(work: Work, *, project: UUID | None, hours: int, limit: int) -> Answer:
    """What waits now, comes in, is done and waits still in each of the coming `hours`, by project and step; those that
    miss their wait target first. It asks what `lane_overflow` asks of people, and counts a million slots at most."""
    work.require("lane:read", project=ProjectId(project) if project else None)
    scene = await scene_of(work, hours)
    live = [kind for kind in scene.lanes if scene.live(kind)]
    told = [kind for kind in live if project in (None, kind.project)]
    open_ = await open_now(work, scene, told)
    meant = _meant(scene, live, open_)
    able = {kind: scene.able(kind) for kind in live}
    time = await person_hours(work, scene.everybody, able, meant, scene.there, hours)
    found = [told_of(work, scene, one) for one in _ahead(scene, told, open_, time)]
    body = {
        "since": work.now,
        "hours": hours,
        "steps": len(found),
        "missed": sum(one["missed"] is not None for one in found),
        "data": sorted(found, key=_worst_first)[:limit],
    }
    return Answer(body)


def _worst_first(one: Row) -> tuple[bool, datetime | None, str, str]:
    missed = one["missed"]
    at = missed["at"] if missed else None
    return missed is None, at, str(one["project"]), one["step"]


def _meant(scene: Scene, live: Iterable[Kind], open_: Mapping[Kind, Open]) -> Meant:
    """The work of each step in seconds. Of projects that are not told it is not known, and not asked for either."""
    work = {}
    for kind in live:
        slots = (open_[kind].slots if kind in open_ else 1.0) + scene.to_come(kind)
        work[kind] = max(slots, 1.0) * (scene.seconds(kind) or SECONDS_UNKNOWN)
    return Meant(work, {project: row["queue"].weight_ppm for project, row in scene.projects.items()})


# --- what becomes of it


def _courses(
    scene: Scene,
    told: Iterable[Kind],
    open_: Mapping[Kind, Open],
    able: Mapping[Kind, list[float]],
    end: int | None = None,
) -> dict[Kind, rules.Course]:
    """The course of each step, the first ones first: what is done there is what comes to the others. `end` of the band
    of what comes in."""
    found: dict[Kind, rules.Course] = {}
    for kind in sorted(told, key=lambda one: one not in scene.first):
        items = scene.coming[kind.project].at(end)
        if kind in scene.first:
            arrivals = [n * scene.first[kind] for n in items]
        else:
            before = [found[one].done for one in scene.first if one.project == kind.project and one in found]
            done = [sum(hour) for hour in zip(*before, strict=True)] or [0.0] * len(items)
            arrivals = [n * scene.follows(kind) for n in done]
        found[kind] = rules.course(open_[kind].slots, arrivals, able[kind])
    return found


def _ahead(
    scene: Scene, told: Sequence[Kind], open_: Mapping[Kind, Open], time: Mapping[Kind, list[float]]
) -> list[Ahead]:
    able = {kind: [hours * scene.slots_an_hour(kind) for hours in time[kind]] for kind in told}
    usual, low, high = (_courses(scene, told, open_, able, end) for end in (None, 0, 1))
    return [Ahead(kind, open_[kind], time[kind], usual[kind], low[kind], high[kind]) for kind in told]
