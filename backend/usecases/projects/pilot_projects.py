"""Pilot projects: a copy of a project works on a seeded share of its items, and is judged by the project's targets."""

import secrets
from typing import Any
from uuid import UUID

from backend.domain.errors import not_found
from backend.domain.projects import iteration as iterations
from backend.domain.projects import pilot_project as domain
from backend.domain.projects import pilot_size
from backend.domain.projects.pilot_size import Size
from backend.events.ids import IterationId, ProjectId, uuid8
from backend.events.pilot_projects import PilotProjectBegun
from backend.readmodels import pilot_projects as rows
from backend.readmodels import task_sample
from backend.usecases.gates import one_at_a_time
from backend.usecases.projects.cloning import copy_of
from backend.usecases.projects.pilot_filling import enqueue, enqueue_closing
from backend.usecases.projects.pilot_measuring import held, settings_now, shown, told_now
from backend.usecases.projects.pilots import asks_nothing, drawn_from, no_targets, plan, running, sample_of
from backend.usecases.projects.settings_copied import row_of
from backend.usecases.work import Answer, Work

SAMPLE, BEYOND = "pilot", "beyond the pilot"
OPEN = ("filling", "running", "overruled")
Row = dict[str, Any]


async def pilot_project_begin(
    work: Work,
    *,
    project: UUID,
    name: str,
    items: int | None = None,
    share: float | None = None,
    items_min: int | None = None,
    items_max: int | None = None,
    seed: str | None = None,
    production_waits: bool = True,
) -> Answer:
    """Clone the project, and copy so many of its open items, or a share of them, into the clone, where every answer is
    reviewed. Unless production goes on, the project's own items wait until it is promoted. After one that fell short
    the next draws from what waits, and takes over: the other one ends. Raises `pilot_size_unclear`, `targets_missing`,
    `pilot_running`, `pilot_project_running`, `project_closed` of a pilot project that is over, and what
    `project_clone` raises."""
    work.require("task:steer", project=ProjectId(project))
    work.require("item:read", project=ProjectId(project))
    await one_at_a_time(work)
    row = await row_of(work, project)
    size = pilot_size.size(items, share, items_min, items_max)
    if row["closed"]:
        raise domain.closed()
    before = await rows.of_project(work.conn, work.tenant, project)
    waiting = _waiting(row, before)
    if asks_nothing(row):
        raise no_targets()
    work.require("item:import", project=ProjectId(project))
    work.require("project:create")
    trial = (await copy_of(work, project, name)).project
    seed = seed or secrets.token_hex(16)
    rest = await _begun(work, row, trial, len(before) + 1, size, seed, waiting, production_waits)
    await _take_over(work, before, len(before) + 1)
    enqueue(work, trial, "hold" if rest else "copy", None)
    await work.flush()
    return Answer(await shown(work, await newest(work, project, trial)), "created")


def _waiting(row: Row, before: list[Row]) -> UUID | None:
    """The iteration where production waits for a pilot project that fell short, which the next one takes over."""
    last = before[0] if before and before[0]["state"] in OPEN else None
    if last is not None and last["outcome"] is None:
        raise domain.not_over(last["number"])
    rest: UUID | None = last["rest"] if last else None
    if row["gate"] not in (None, rest):
        raise running("a pilot, which keeps the project shut")
    return rest


async def _take_over(work: Work, before: list[Row], number: int) -> None:
    """The one that fell short takes no more work: its answers would count nowhere."""
    if before and before[0]["state"] in OPEN:
        await work.load(domain.PILOT_PROJECT, [stream_of(before[0]["trial"])])
        if work.decide(domain.PILOT_PROJECT, stream_of(before[0]["trial"]), domain.End(number)):
            enqueue_closing(work, before[0]["trial"], None)


async def _begun(
    work: Work,
    row: Row,
    trial: ProjectId,
    number: int,
    size: Size,
    seed: str,
    waiting: UUID | None,
    shut: bool,
) -> IterationId | None:
    """Draws, plans the iterations of both and says so; returns where production waits."""
    project = row["project"]
    wanted = drawn_from(project, waiting, sample_of(size, seed))
    drawn = await task_sample.draw(work.conn, work.tenant, trial, wanted, pilot_size.ITEMS_MAX)
    sample = await plan(work, trial, SAMPLE, max(1, drawn.taken))
    work.decide(iterations.ITERATION, sample, iterations.OpenIt())
    rest = IterationId(waiting) if waiting else None
    if rest is None and shut:
        rest = await plan(work, project, f"after pilot project {number}", max(1, drawn.matched))
    fact = PilotProjectBegun(
        trial=trial,
        project=project,
        number=number,
        seed=seed,
        share_ppm=size.share_ppm,
        items_min=size.least,
        items_max=size.most,
        matched=drawn.matched,
        drawn=drawn.taken,
        digest=drawn.digest,
        sample=sample,
        beyond=await plan(work, trial, BEYOND, 1),
        rest=rest,
        targets_version=row["targets_version"],
    )
    work.decide(domain.PILOT_PROJECT, stream_of(trial), domain.Begin(fact=fact))
    return rest


async def pilot_project_judge(work: Work, *, project: UUID, pilot: UUID) -> Answer:
    """Hold what came of a pilot project against the targets that the project asks now, and write it down with the
    settings it was worked under. Raises `pilot_project_filling`."""
    work.require("task:steer", project=ProjectId(project))
    row = await newest(work, project, pilot)
    found = await held(work, row)
    parent = await row_of(work, project)
    await work.load(domain.PILOT_PROJECT, [stream_of(pilot)])
    command = domain.Judge(
        outcome=found.outcome,
        measured=found.text,
        diversity=found.diversity,
        targets_version=parent["targets_version"],
        settings=await settings_now(work, pilot),
        basis_index=found.basis_index,
    )
    work.decide(domain.PILOT_PROJECT, stream_of(pilot), command)
    await work.flush()
    return Answer(await shown(work, await newest(work, project, pilot)))


async def pilot_project_overrule(work: Work, *, project: UUID, pilot: UUID, reason: str) -> Answer:
    """Let it be promoted although it did not meet its targets; why stays with it."""
    work.require("project:update", project=ProjectId(project))
    await newest(work, project, pilot)
    keys = await work.keys(("project", project))
    sealed = keys.seal_json("project", project, "pilot_project", pilot, "reason", reason)
    await work.load(domain.PILOT_PROJECT, [stream_of(pilot)])
    work.decide(domain.PILOT_PROJECT, stream_of(pilot), domain.Overrule(reason=sealed))
    await work.flush()
    return Answer(await shown(work, await newest(work, project, pilot)))


async def pilot_project_get(work: Work, *, project: UUID, pilot: UUID) -> Answer:
    """A pilot project: what was drawn, every target as it stands at this moment, what it took and cost, where its
    settings differ from the project's by now, and what was last written down about it."""
    work.require("project:report", project=ProjectId(project))
    row = await found(work, project, pilot)
    return Answer(await shown(work, row) | await told_now(work, row))


async def pilot_project_list(work: Work, *, project: UUID) -> Answer:
    """The pilot projects of a project, the newest first."""
    work.require("task:read", project=ProjectId(project))
    await row_of(work, project)
    all_ = await rows.of_project(work.conn, work.tenant, project)
    return Answer({"data": [await shown(work, row) for row in all_]})


async def pilot_project_items(
    work: Work, *, project: UUID, pilot: UUID, cursor: str | None, limit: int
) -> Answer:
    """The items of a pilot project by id, each with the project's item that it was copied from."""
    work.require("task:read", project=ProjectId(project))
    await found(work, project, pilot)
    after = UUID(cursor) if cursor else None
    page = await rows.copies(work.conn, work.tenant, pilot, after, limit + 1)
    work.saw(results=[row["item"] for row in page[:limit]])
    more = str(page[limit - 1]["item"]) if len(page) > limit else None
    return Answer({"data": page[:limit], "next_cursor": more})


def stream_of(trial: UUID) -> UUID:
    """The stream of the pilot project that this project is."""
    return uuid8(trial, "pilot-project")


async def found(work: Work, project: UUID, pilot: UUID) -> Row:
    """Its row. Raises not_found."""
    all_ = await rows.of_project(work.conn, work.tenant, project)
    row = next((one for one in all_ if one["trial"] == pilot), None)
    if row is None:
        raise not_found("a pilot project of the project")
    return row | {"newest": all_[0]["number"]}


async def newest(work: Work, project: UUID, pilot: UUID) -> Row:
    """Its row, while no later one took over. Raises not_found, and `pilot_project_overtaken`."""
    row = await found(work, project, pilot)
    if row["state"] != "promoted" and row["number"] != row["newest"]:
        raise domain.overtaken(row["newest"])
    return row
