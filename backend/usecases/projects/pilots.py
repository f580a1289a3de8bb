"""Pilots: a seeded small batch of a project is worked on and judged while everything else waits."""

import secrets
from dataclasses import replace
from itertools import chain, count
from typing import Any
from uuid import UUID

from pydantic_core import from_json, to_json

from backend.domain.checks import PPM
from backend.domain.errors import Refusal, not_found
from backend.domain.projects import iteration as iterations
from backend.domain.projects import pilot as domain
from backend.domain.projects import pilot_size
from backend.domain.projects.diversity import read as read_diversity
from backend.domain.projects.pilot_project import closed
from backend.domain.projects.pilot_size import Size
from backend.domain.projects.targets import read as read_targets
from backend.events.ids import IterationId, PilotId, ProjectId, uuid8
from backend.events.iterations import Targets
from backend.readmodels import pilots as rows
from backend.readmodels import projects, task_sample, task_selection
from backend.readmodels.task_selection import Sample, Selection
from backend.statistics.wilson import wilson
from backend.usecases.gates import one_at_a_time
from backend.usecases.models.round_opening import catch_up
from backend.usecases.projects.iterations import release
from backend.usecases.projects.targets import FIRST
from backend.usecases.quality import diverse
from backend.usecases.quality.held_against import Found, held_against, shown
from backend.usecases.tasks.iterating import iteration_of, place
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work

JOB = "pilot_arrange"
PIECE = 200
Row = dict[str, Any]


async def pilot_begin(
    work: Work,
    *,
    project: UUID,
    items: int | None = None,
    share: float | None = None,
    items_min: int | None = None,
    items_max: int | None = None,
    seed: str | None,
    with_model: bool = False,
) -> Answer:
    """Draw so many of the project's open tasks, or a share of them; they are offered, everything else waits until they
    meet the targets. After a pilot that fell short, the next one draws from what waits. `with_model`: models decide in
    it as they would in production. Raises `pilot_size_unclear`, `targets_missing`, `pilot_running`, and in a pilot
    project that was promoted `project_closed`."""
    work.require("task:steer", project=ProjectId(project))
    await one_at_a_time(work)
    row = await _project(work, project)
    size = pilot_size.size(items, share, items_min, items_max)
    if row["closed"]:
        raise closed()
    before = await rows.of_project(work.conn, work.tenant, project)
    waiting = before[0] if before and before[0]["state"] == "running" else None
    if waiting is not None and waiting["outcome"] is None:
        raise running(f"pilot {waiting['number']}")
    if row["gate"] not in (None, waiting and waiting["rest"]):
        raise running("a pilot project, which keeps production shut")
    if asks_nothing(row):
        raise no_targets()
    number = len(before) + 1
    pilot = PilotId(uuid8(project, "pilot", str(number)))
    begun = await _begun(work, project, number, pilot, size, seed or secrets.token_hex(16), waiting)
    await work.load(domain.PILOT, [pilot])
    work.decide(domain.PILOT, pilot, replace(begun(row["targets_version"]), with_model=with_model))
    _enqueue(work, pilot, None)
    await work.flush()
    return Answer(await _shown(work, (await rows.of_project(work.conn, work.tenant, project))[0]), "created")


async def _begun(
    work: Work, project: UUID, number: int, pilot: PilotId, size: Size, seed: str, waiting: Row | None
) -> Any:
    """Draws, plans both iterations and opens the sample's; what is left to say is which targets hold."""
    wanted = drawn_from(project, waiting["rest"] if waiting else None, sample_of(size, seed, by="stage"))
    drawn = await task_sample.draw(work.conn, work.tenant, pilot, wanted, pilot_size.ITEMS_MAX)
    sample = await plan(work, project, f"pilot {number}", max(1, drawn.taken))
    work.decide(iterations.ITERATION, sample, iterations.OpenIt())
    if waiting is None:
        rest = await plan(work, project, f"after pilot {number}", max(1, drawn.matched - drawn.taken))
    else:
        rest = IterationId(waiting["rest"])

    def command(targets_version: int) -> domain.Begin:
        return domain.Begin(
            pilot=pilot,
            project=ProjectId(project),
            number=number,
            sample=sample,
            rest=rest,
            seed=seed,
            matched=drawn.matched,
            drawn=drawn.taken,
            digest=drawn.digest,
            targets_version=targets_version,
            share_ppm=size.share_ppm,
            items_min=size.least,
            items_max=size.most,
        )

    return command


def sample_of(size: Size, seed: str, by: str = task_sample.ALL) -> Sample:
    """So many tasks of each stratum; a share is of all that match, whatever divides them."""
    if size.share_ppm is None:
        return Sample(by=by, seed=seed, each=size.most)
    return Sample(by=task_sample.ALL, seed=seed, each=size.most, share_ppm=size.share_ppm, least=size.least)


def drawn_from(project: UUID, rest: UUID | None, sample: Sample) -> Selection:
    """What is open; or where a pilot fell short already, what waits in `rest`."""
    if rest is None:
        return Selection(project=project, states=["open"], sample=sample)
    return Selection(project=project, states=["held"], code=iterations.HELD, iteration=rest, sample=sample)


async def plan(work: Work, project: UUID, name: str, items: int) -> IterationId:
    """A new iteration of the project, planned for so many items. One that somebody made by hand under this name stays
    theirs: were it open, nothing would wait in it; the new one gets a number behind its name."""
    for said in chain([name], (f"{name} ({n})" for n in count(2))):
        iteration = iteration_of(project, said)
        (state,) = await work.load(iterations.ITERATION, [iteration])
        if isinstance(state, iterations.Unplanned):
            break
    command = iterations.Plan(
        iteration=iteration, project=ProjectId(project), name=said, targets=Targets(items=items)
    )
    work.decide(iterations.ITERATION, iteration, command)
    return iteration


def _enqueue(work: Work, pilot: UUID, after: UUID | None) -> None:
    args = {"pilot": str(pilot), "after": str(after) if after else ""}
    work.enqueue(JOB, f"{pilot}|{args['after']}", args)


async def pilot_arrange(work: Work, *, pilot: UUID, after: UUID | None) -> Answer:
    """One piece of moving a project's open tasks: what was drawn into the pilot's iteration, what belongs to no
    iteration to what waits. What comes in meanwhile is found too, because ids only grow."""
    work.require("task:steer")
    (state,) = await work.load(domain.PILOT, [pilot])
    if not isinstance(state, domain.Running):
        return Answer({"pilot": pilot, "done": 0})
    begun = state.begun
    there = Selection(project=begun.project, states=["open", "held"])
    page = await task_selection.ids(work.conn, work.tenant, there, after, PIECE)
    drawn = Selection(project=begun.project, tasks=page, drawn_for=pilot)
    sample = await task_selection.ids(work.conn, work.tenant, drawn, None, PIECE)
    if sample:
        moved = await place(work, begun.project, sample, begun.sample)
        await catch_up(work, await _project(work, begun.project), moved)
    if rest := await rows.in_no_iteration(work.conn, work.tenant, page):
        await place(work, begun.project, rest, begun.rest)
    if len(page) == PIECE:
        _enqueue(work, pilot, page[-1])
    else:
        await task_sample.forget(work.conn, work.tenant, pilot)
    return Answer({"pilot": pilot, "done": len(page)})


# --- judged


async def pilot_judge(work: Work, *, project: UUID, pilot: UUID) -> Answer:
    """Hold what came of a pilot against the targets. Where all are met, production opens; where one is missed or nobody
    can tell yet, it waits: have more reviewed, begin another pilot, or overrule it. Only the newest is judged."""
    work.require("task:steer", project=ProjectId(project))
    row = await _found(work, project, pilot)
    await judge(work, row)
    await work.flush()
    return Answer(await _shown(work, await _found(work, project, pilot)))


async def judge(work: Work, row: Row) -> str:
    """The outcome of the pilot in this row, written down; opens production when it is met."""
    found = await _measured(work, row)
    await work.load(domain.PILOT, [row["pilot"]])
    command = domain.Judge(
        outcome=found.outcome,
        measured=found.text,
        basis_index=found.basis_index,
        by_model=to_json(await rows.by_model(work.conn, work.tenant, row["sample"])).decode(),
        diversity=found.diversity,
    )
    if work.decide(domain.PILOT, row["pilot"], command) and found.outcome == "met":
        await _open(work, row)
    return found.outcome


async def pilots_judge(work: Work, *, most: int) -> Answer:
    """Judge the pilots that are through: every item decided, every drawn review given."""
    work.require("task:steer")
    through = [dict(row) for row in await work.conn.fetch(rows.THROUGH, work.tenant, most)]
    for row in through:
        await judge(work, row)
    await work.flush()
    return Answer({"judged": len(through)})


async def pilot_overrule(work: Work, *, project: UUID, pilot: UUID, reason: str) -> Answer:
    """Open production although the pilot did not meet its targets; why stays with it."""
    work.require("project:update", project=ProjectId(project))
    row = await _found(work, project, pilot)
    keys = await work.keys(("project", project))
    sealed = keys.seal_json("project", project, "pilot", row["pilot"], "reason", reason)
    await work.load(domain.PILOT, [row["pilot"]])
    if work.decide(domain.PILOT, row["pilot"], domain.Overrule(reason=sealed)):
        await _open(work, row)
    await work.flush()
    return Answer(await _shown(work, await _found(work, project, pilot)))


async def _measured(work: Work, row: Row) -> Found:
    items = [one["item"] for one in await work.conn.fetch(rows.ITEMS_OF, work.tenant, row["sample"])]
    return await held_against(work, await _project(work, row["project"]), items)


async def _open(work: Work, row: Row) -> None:
    await work.load(iterations.ITERATION, [row["rest"]])
    if work.decide(iterations.ITERATION, row["rest"], iterations.OpenIt()):
        release(work, row["project"], row["rest"])


# --- shown


async def pilot_get(work: Work, *, project: UUID, pilot: UUID) -> Answer:
    """A pilot: what was drawn, how it does at this moment, and what was last written down about it."""
    work.require("task:read", project=ProjectId(project))
    row = await _found(work, project, pilot)
    now = await _measured(work, row)
    targets = await shown(work, await _project(work, project), now.told)
    by_model = _modelled(await rows.by_model(work.conn, work.tenant, row["sample"]))
    told = {"outcome": now.outcome, "targets": targets, "diversity": _diverse(row, now.diverse)}
    told["by_model"] = by_model
    return Answer(await _shown(work, row) | {"now": told})


async def pilot_list(work: Work, *, project: UUID) -> Answer:
    """The pilots of a project, the newest first."""
    work.require("task:read", project=ProjectId(project))
    await _project(work, project)
    found = await rows.of_project(work.conn, work.tenant, project)
    return Answer({"data": [await _shown(work, row) for row in found]})


async def _shown(work: Work, row: Row) -> dict[str, Any]:
    place_ = Sealed("project", row["project"], "pilot", row["pilot"], "reason", row["reason"])
    (reason,) = await work.open([place_]) if row["reason"] is not None else (None,)
    beside = ("project", "number", "state", "seed", "matched", "drawn", "digest", "with_model")
    told = {name: row[name] for name in beside} | {"targets_version": FIRST + row["targets_version"]}
    told["asked"] = asked(row)
    judged = None
    if row["judged_at"] is not None:
        judged = {
            "at": row["judged_at"],
            "outcome": row["outcome"],
            "basis_index": row["basis_index"],
            "targets": await shown(work, await _project(work, row["project"]), row["measured"]),
            "diversity": _diverse(row, from_json(row["diversity"]) if row["diversity"] else None),
            "by_model": _modelled(from_json(row["by_model"])) if row["by_model"] else None,
        }
    work.saw(results=[row["pilot"]])
    iterations_of = {"iteration": row["sample"], "waiting": row["rest"], "begun_at": row["begun_at"]}
    return {"id": row["pilot"], **told, **iterations_of, "judged": judged, "reason": reason}


def asked(row: Row) -> Row | None:
    """Which share was asked for, within which bounds; None: a number was."""
    if row["share_ppm"] is None:
        return None
    return {"share": row["share_ppm"] / PPM, **{name: row[name] for name in ("items_min", "items_max")}}


def _diverse(row: Row, told: Row | None) -> Row | None:
    return diverse.shown(row["project"], told, iteration=row["sample"])


def _modelled(counted: Row) -> Row:
    """The counts, and the share of comparisons that agree with Wilson's interval (95 %)."""
    compared, agreed = counted["compared"], counted["agreed"]
    low, high = wilson(agreed, compared)
    right = {"agreement": agreed / compared, "low": low, "high": high} if compared else {}
    return {**counted, "agreement": None, "low": None, "high": None, **right}


async def _found(work: Work, project: UUID, pilot: UUID) -> Row:
    found = await rows.of_project(work.conn, work.tenant, project)
    row = next((one for one in found if one["pilot"] == pilot), None)
    if row is None:
        raise not_found("a pilot of the project")
    if row["state"] == "running" and row is not found[0]:
        raise domain.overtaken(found[0]["number"])
    return row


async def _project(work: Work, project: UUID) -> Row:
    found = await projects.find(work.conn, work.tenant, [project])
    if not found:
        raise not_found("a project")
    return found[0]


# --- refusals


def running(found: str) -> Refusal:
    """`pilot_running`: one is open."""
    return Refusal(
        "conflict",
        "pilot_running",
        expected="no pilot that has not been judged",
        found=found,
        mend="finish and judge it first",
    )


def asks_nothing(row: Row) -> bool:
    """Whether the project (its row) never said a target, or took back the last: nothing could then be met."""
    return not read_targets(row["targets"]) and read_diversity(row["diversity"]) is None


def no_targets() -> Refusal:
    """`targets_missing`: nobody could say whether it passed."""
    return Refusal(
        "conflict",
        "targets_missing",
        expected="targets of the project",
        found="none",
        mend="say which accuracy, precision, recall or F1 is asked for, then begin the pilot",
    )
