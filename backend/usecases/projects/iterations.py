"""Iterations of a project: planned with targets, opened, closed, and how far each is."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic_core import from_json, to_json

from backend.domain.errors import not_found
from backend.domain.projects import iteration as domain
from backend.domain.projects.pilot import not_passed
from backend.domain.tasks import bulk as bulks
from backend.events.ids import BulkId, IterationId, ProjectId, uuid8
from backend.events.iterations import Reached, Targets
from backend.readmodels import iterations as rows
from backend.readmodels import pilot_projects, pilots, projects
from backend.usecases.tasks.iterating import iteration_of
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work

JOB = "tasks_bulk_step"
VERDICTS_AT_ONCE = 2_000
PPM = 1_000_000
OLDEST = UUID(int=0)
SHARES = {"agreement": "agreement_ppm", "acceptance": "accepted_ppm"}
NAMES = {ppm: share for share, ppm in SHARES.items()}
Row = dict[str, Any]


async def iteration_plan(work: Work, *, project: UUID, name: str, targets: dict[str, Any]) -> Answer:
    """Plan an iteration: what comes into it is held until it is opened. The same plan again is the same outcome; other
    targets under a name that there is are refused with `iteration_exists`."""
    work.require("task:steer", project=ProjectId(project))
    if not await projects.find(work.conn, work.tenant, [project]):
        raise not_found("a project")
    iteration = iteration_of(project, name)
    await work.load(domain.ITERATION, [iteration])
    wanted: dict[str, Any] = {
        SHARES.get(one, one): _ppm(value) if one in SHARES else value for one, value in targets.items()
    }
    command = domain.Plan(
        iteration=iteration, project=ProjectId(project), name=name, targets=Targets(**wanted)
    )
    work.decide(domain.ITERATION, iteration, command)
    await work.flush()
    return Answer(await _shown(work, await _found(work, project, iteration)), "created")


async def iteration_open(work: Work, *, project: UUID, iteration: UUID) -> Answer:
    """Offer what is in it from now on. What is held there goes on by a bulk act, piece by piece: `releasing`. What
    waits for a pilot is refused with `pilot_not_passed`."""
    work.require("task:steer", project=ProjectId(project))
    await _found(work, project, iteration, alone=True)
    await _refuse_waiting(work, iteration)
    await work.load(domain.ITERATION, [iteration])
    if work.decide(domain.ITERATION, iteration, domain.OpenIt()):
        release(work, project, iteration)
    await work.flush()
    return Answer(await _shown(work, await _found(work, project, iteration)))


async def _refuse_waiting(work: Work, iteration: UUID) -> None:
    """What waits for a pilot is neither opened nor closed by hand: closed, it could never be opened any more."""
    waited = await pilots.waited_for(work.conn, work.tenant, iteration)
    if waited is not None and waited["state"] == "running":
        raise not_passed(waited["number"])
    tried = await pilot_projects.waited_for(work.conn, work.tenant, iteration)
    if tried is not None and (tried["state"] != "promoted" or tried["beyond"] == iteration):
        raise not_passed(tried["number"])


def release(work: Work, project: UUID, iteration: UUID) -> None:
    """Whatever was put in until now is there to be found: who puts in more finds it open."""
    bulk = BulkId(_releasing(iteration))
    wanted = {"project": project, "states": ["held"], "code": domain.HELD, "iteration": iteration}
    command = bulks.Begin(
        bulk=bulk,
        project=ProjectId(project),
        act="unhold",
        selection=to_json(wanted).decode(),
        said=to_json({"kind": "unhold", "code": domain.HELD}).decode(),
        note=None,
        by=work.me,
        by_kind=work.caller.subject.kind,
    )
    work.decide(bulks.BULK, bulk, command)
    work.enqueue(JOB, str(bulk), {"bulk": str(bulk)})


def _releasing(iteration: UUID) -> UUID:
    return uuid8(iteration, "release")


async def iteration_close(
    work: Work, *, project: UUID, iteration: UUID, anyway: bool, reason: str | None
) -> Answer:
    """Let nothing more into it, and write down what it has reached. Refused with `iteration_unmet` while a target is
    missed, unless it is to be closed `anyway`, with a reason. What is still open in it goes on. What waits for a pilot
    is refused with `pilot_not_passed`."""
    work.require("task:steer", project=ProjectId(project))
    row = await _found(work, project, iteration, alone=True)
    await _refuse_waiting(work, iteration)
    await work.load(domain.ITERATION, [iteration])
    keys = await work.keys(("project", project))
    command = domain.Close(
        reached=await _reached(work, row),
        now=work.now,
        anyway=anyway,
        reason=keys.seal_json("project", project, "iteration", iteration, "reason", reason)
        if reason
        else None,
    )
    work.decide(domain.ITERATION, iteration, command)
    await work.flush()
    return Answer(await _shown(work, await _found(work, project, iteration)))


async def iteration_get(work: Work, *, project: UUID, iteration: UUID) -> Answer:
    """An iteration, how far it is at this moment, and which of its targets are missed so far."""
    work.require("task:read", project=ProjectId(project))
    return Answer(await _shown(work, await _found(work, project, iteration)))


async def iteration_list(
    work: Work, *, project: UUID, state: str | None, cursor: str | None, limit: int
) -> Answer:
    """The iterations of a project (in this state) by id, the last first, without how far they are."""
    work.require("task:read", project=ProjectId(project))
    if not await projects.find(work.conn, work.tenant, [project]):
        raise not_found("a project")
    before = UUID(cursor) if cursor else None
    found = await rows.fetch(work.conn, rows.LIST, work.tenant, project, state, before, limit + 1)
    shown = found[:limit]
    work.saw(results=[row["iteration"] for row in shown])
    more = str(shown[-1]["iteration"]) if len(found) > limit else None
    return Answer({"data": [_listed(row) for row in shown], "next_cursor": more})


# --- how far it is


async def _reached(work: Work, row: Row) -> Reached:
    found = await rows.counted(work.conn, work.tenant, row, work.now)
    verdicts = await _verdicts(work, row)
    found["reviewed"] += len(verdicts)
    found["accepted"] += verdicts.count("accept")
    return Reached(**found)


async def _verdicts(work: Work, row: Row) -> list[str]:
    """Of the review steps of workflows; so many are opened at once."""
    said: list[str] = []
    after: UUID | None = OLDEST
    while after is not None:
        wanted = (row["iteration"], row["project"], after, VERDICTS_AT_ONCE)
        page = await rows.fetch(work.conn, rows.STEPS_REVIEWED, work.tenant, *wanted)
        opened = await work.open(
            [
                Sealed("project", one["project"], "lease", one["lease"], "answer", one["answer"])
                for one in page
            ]
        )
        said += [one["verdict"] for one in opened if one]
        after = page[-1]["lease"] if len(page) == VERDICTS_AT_ONCE else None
    return said


# --- what is shown


async def _found(work: Work, project: UUID, iteration: UUID, *, alone: bool = False) -> Row:
    """Its row; `alone` waits for who puts items in and lets nobody else until the transaction ends."""
    sql = f"{rows.FIND} FOR NO KEY UPDATE" if alone else rows.FIND
    found = await rows.fetch(work.conn, sql, work.tenant, project, iteration)
    if not found:
        raise not_found("an iteration of the project")
    return found[0]


async def _shown(work: Work, row: Row) -> dict[str, Any]:
    reached = await _reached(work, row)
    place = Sealed("project", row["project"], "iteration", row["iteration"], "reason", row["reason"])
    (reason,) = await work.open([place]) if row["reason"] is not None else (None,)
    work.saw(*(["reason"] if reason else []), results=[row["iteration"]])
    closed = None
    if row["state"] == "closed":
        closed = {
            "reached": _progress(Reached(**from_json(row["reached"]))),
            "unmet": list(row["unmet"]),
            "reason": reason,
        }
    return {
        **_listed(row),
        "releasing": None if row["opened_at"] is None else _releasing(row["iteration"]),
        "progress": _progress(reached),
        "unmet": _unmet(row, reached, work.now),
        "closed": closed,
    }


def _listed(row: Row) -> dict[str, Any]:
    beside = ("project", "name", "state", "planned_at", "opened_at", "closed_at")
    told = {"id": IterationId(row["iteration"]), "targets": _as_shares(asdict(rows.targets_of(row)))}
    return {**told, **{name: row[name] for name in beside}}


def _progress(reached: Reached) -> dict[str, Any]:
    """The counts, and the shares that come of them."""
    return asdict(reached) | _as_shares(
        {
            "agreement_ppm": domain.share_ppm(reached.same, reached.pairs),
            "accepted_ppm": domain.share_ppm(reached.accepted, reached.reviewed),
        }
    )


def _as_shares(told: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept in parts per million as the share 0..1 that the API says."""
    return {
        NAMES.get(name, name): value / PPM if name in NAMES and value is not None else value
        for name, value in told.items()
    }


def _ppm(share: float | None) -> int | None:
    return None if share is None else round(share * PPM)


def _unmet(row: Mapping[str, Any], reached: Reached, now: datetime) -> Sequence[dict[str, str]]:
    missed = domain.unmet(rows.targets_of(row), reached, now)
    return [{"target": name, "expected": asked, "found": found} for name, (asked, found) in missed.items()]
