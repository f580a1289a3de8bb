"""Bulk acts on tasks: one act on all that a selection matches, looked at first, done in pieces by a job."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from pydantic_core import to_json

from backend.domain.access.policy import Subject
from backend.domain.errors import Refusal, not_found
from backend.domain.tasks import bulk as bulks
from backend.domain.tasks import sample as samples
from backend.events.base import Recorded
from backend.events.ids import SYSTEM_PRINCIPAL, BulkId, PrincipalId, ProjectId
from backend.events.store import log
from backend.events.tasks import BulkSampled
from backend.readmodels import task_sample, task_selection, tasks
from backend.readmodels.task_sample import Drawn
from backend.readmodels.task_selection import COUNT_MAX, Sample, Selection
from backend.usecases.tasks import iterating
from backend.usecases.tasks.steering import listed, needs_from, reclassed, the_project
from backend.usecases.tasks.steering_acts import Act, steer
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Caller, Work

# Submits of these tasks wait while a piece is moved: a piece is small.
PIECE = 200
FIRST = 20
# They are written down in the transaction that begins the act, and no event gets its place meanwhile.
SAMPLE_MAX = 200_000
JOB = "tasks_bulk_step"
STATES: Mapping[str, tuple[str, ...]] = {
    "hold": ("open",),
    "unhold": ("held",),
    "cancel": ("open", "held"),
    "prioritise": ("open", "held"),
    "require": ("open", "held"),
    "to_iteration": ("open", "held"),
}
"""Kind of act -> in which states tasks are meant where the selection names none."""
READ_SELECTION, READ_ACT = TypeAdapter(Selection), TypeAdapter(Act)


async def tasks_bulk(
    work: Work, *, project: UUID, selection: dict[str, Any], act: dict[str, Any], dry_run: bool
) -> Answer:
    """Do one act to every task of the project that the selection matches, or with `dry_run` say how many they are, how
    many leases are held of them, and which come first. Only what was imported before now is meant.

    Of a selection with a sample only what is drawn from it now is meant; the pieces do it to these, as far as they
    still match. Raises `sample_unclear` and `sample_too_large`.
    """
    work.require("task:steer", project=ProjectId(project))
    await the_project(work, project)
    asked = await _act(work, act)
    wanted = await wanted_by(work, project, selection, asked.kind)
    if dry_run:
        return Answer({"dry_run": True, "bulk": None, **await _looked_at(work, wanted)})
    bulk = BulkId(work.new_id())
    keys = await work.keys(("project", project))
    note = keys.seal_json("project", project, "bulk", bulk, "note", asked.note) if asked.note else None
    command = bulks.Begin(
        bulk=bulk,
        project=ProjectId(project),
        act=asked.kind,
        selection=to_json(_said(wanted)).decode(),
        said=to_json(_said(replace(asked, note=None))).decode(),
        note=note,
        by=work.me,
        by_kind=work.caller.subject.kind,
    )
    work.decide(bulks.BULK, bulk, command)
    if wanted.sample:
        drawn = await _drawn(work, bulk, wanted)
        found = bulks.Draw(matched=drawn.matched, taken=drawn.taken, digest=drawn.digest)
        work.decide(bulks.BULK, bulk, found)
    _go_on(work, bulk)
    nothing: dict[str, Any] = {
        "matched": None,
        "at_least": False,
        "by_state": {},
        "leases": None,
        "first": [],
        "sample": None,
    }
    return Answer({"dry_run": False, "bulk": bulk, **nothing})


async def tasks_bulk_get(work: Work, *, bulk: UUID) -> Answer:
    """How far a bulk act is, who asked for it, and how it ended."""
    work.require("task:read")
    return await _shown(work, bulk)


async def tasks_bulk_stop(work: Work, *, bulk: UUID) -> Answer:
    """Do no more of a bulk act; what is done stays done."""
    work.require("task:steer")
    await work.load(bulks.BULK, [bulk])
    await _end(work, bulk, "stopped")
    await work.flush()
    return await _shown(work, bulk)


async def tasks_bulk_step(work: Work, *, bulk: UUID) -> Answer:
    """One piece of a bulk act, in the name of who asked for it; announces the next. What refuses a whole piece ends the
    act under that code."""
    work.require("task:steer")
    (state,) = await work.load(bulks.BULK, [bulk])
    if not isinstance(state, bulks.Running):
        return Answer({"bulk": bulk, "done": 0})
    begun = state.begun
    wanted = READ_SELECTION.validate_json(begun.selection)
    if state.sampled:
        wanted = replace(wanted, drawn_for=bulk)
    ids = await task_selection.ids(work.conn, work.tenant, wanted, state.cursor, PIECE)
    if ids:
        work.caller = _in_the_name_of(work, begun.by, begun.by_kind)
        act = replace(READ_ACT.validate_json(begun.said), note=await _note(work, bulk, state))
        try:
            done = await steer(work, await the_project(work, begun.project), ids, act)
        except Refusal as refusal:
            await _end(work, bulk, refusal.code)
            return Answer({"bulk": bulk, "done": 0})
        counts = {name: len(getattr(done, name)) for name in ("changed", "unchanged", "refused", "revoked")}
        work.decide(bulks.BULK, bulk, bulks.Advance(cursor=ids[-1], **counts))  # type: ignore[arg-type]
    if len(ids) < PIECE:
        await _end(work, bulk)
    else:
        _go_on(work, BulkId(bulk))
    return Answer({"bulk": bulk, "done": len(ids)})


async def _end(work: Work, bulk: UUID, why: str = "") -> None:
    work.decide(bulks.BULK, bulk, bulks.End(why=why))
    await task_sample.forget(work.conn, work.tenant, bulk)


def _go_on(work: Work, bulk: BulkId) -> None:
    work.enqueue(JOB, str(bulk), {"bulk": str(bulk)})


def _in_the_name_of(work: Work, by: PrincipalId, kind: Any) -> Caller:
    """Muster acts for who asked: events and the access entry name both. Their right was asked for when they began."""
    subject = Subject(kind=kind, id=by, tenant=work.tenant, roles=frozenset())
    return Caller(work.tenant, subject, via=SYSTEM_PRINCIPAL)


async def _note(work: Work, bulk: UUID, state: bulks.Running) -> str | None:
    if state.begun.note is None:
        return None
    place = Sealed("project", state.begun.project, "bulk", bulk, "note", state.begun.note)
    (note,) = await work.open([place])
    return str(note) if note is not None else None


def _said(told: Selection | Act) -> dict[str, Any]:
    """What was said, without what was not; defaults are said, because they may change."""
    return {name: value for name, value in asdict(told).items() if value is not None}


# --- what is asked


async def _act(work: Work, given: dict[str, Any]) -> Act:
    """Raises what the act on one task would refuse with."""
    match given["kind"]:
        case "prioritise":
            return reclassed(
                given.get("priority"), given.get("deadline"), given.get("clear_deadline") or False
            )
        case "require":
            return Act(kind="require", needs=await needs_from(work, given["conditions"]))
        case "to_iteration":
            return Act(kind="to_iteration", iteration=await iterating.known(work, given["iteration"]))
        case kind:
            return Act(kind=kind, code=given.get("code") or "manager", note=given.get("note"))


async def wanted_by(work: Work, project: UUID, given: Mapping[str, Any], kind: str) -> Selection:
    """Which tasks an act of this kind is meant for, of a selection as it was given.

    Raises not_found for a task, item or external key that is not the project's: a mistyped one must not look like a
    selection of nothing."""
    said = {name: value for name, value in given.items() if value is not None}
    keys = said.pop("external_keys", None)
    await _there(work, task_selection.TASKS_THERE, project, said.get("tasks"), "a task")
    await _there(work, task_selection.ITEMS_THERE, project, said.get("items"), "an item")
    within = [said["iteration"]] if "iteration" in said else None
    await _there(work, task_selection.ITERATIONS_THERE, project, within, "an iteration")
    if keys is not None:
        named = await _items_of(work, project, keys)
        said["items"] = sorted(set(named) & set(said.get("items", named)))
    until: datetime = min(said.pop("imported_to", work.now), work.now)
    states = said.pop("states", None) or STATES[kind]
    sample = _sample(said.pop("sample", None))
    return Selection(project=project, states=states, imported_to=until, sample=sample, **said)


def _sample(given: Mapping[str, Any] | None) -> Sample | None:
    if given is None:
        return None
    samples.clear(given.get("each"), given.get("quotas"))
    return Sample(**given)


async def _there(work: Work, sql: str, project: UUID, ids: Sequence[UUID] | None, what: str) -> None:
    if ids:
        found = await work.conn.fetch(sql, work.tenant, project, list(set(ids)))
        if len(found) < len(set(ids)):
            raise not_found(f"{what} of the project, each of those named")


async def _items_of(work: Work, project: UUID, external_keys: Sequence[str]) -> list[UUID]:
    indexes = {work.vault.index(work.tenant, "item", f"{project}|{key}") for key in external_keys}
    rows = await tasks.rows(work.conn, tasks.ITEMS_OF_KEYS, work.tenant, project, list(indexes))
    if len(rows) < len(indexes):
        raise not_found("an item under each of the external keys")
    return [row["item"] for row in rows]


# --- what is shown


async def _looked_at(work: Work, wanted: Selection) -> dict[str, Any]:
    if wanted.sample is None:
        return {**await _counted(work, wanted), "sample": None}
    imagined = BulkId(work.new_id())
    async with work.imagined():
        drawn = await _drawn(work, imagined, wanted)
        seen = await _counted(work, replace(wanted, drawn_for=imagined))
    return {**seen, "sample": _told(wanted, wanted.sample, drawn)}


async def _counted(work: Work, wanted: Selection) -> dict[str, Any]:
    by_state = await task_selection.count(work.conn, work.tenant, wanted)
    matched = sum(by_state.values())
    first = await task_selection.page(work.conn, work.tenant, wanted, None, FIRST)
    work.saw(results=[row["item"] for row in first])
    return {
        "matched": min(matched, COUNT_MAX),
        "at_least": matched > COUNT_MAX,
        "by_state": by_state,
        "leases": await task_selection.leases(work.conn, work.tenant, wanted),
        "first": listed(first),
    }


async def _drawn(work: Work, bulk: UUID, wanted: Selection) -> Drawn:
    drawn = await task_sample.draw(work.conn, work.tenant, bulk, wanted, SAMPLE_MAX + 1)
    samples.within(drawn.taken, SAMPLE_MAX)
    return drawn


def _told(wanted: Selection, sample: Sample, drawn: Drawn) -> dict[str, Any]:
    strata = samples.strata(drawn.matches, sample.each, sample.quotas)
    return {
        "by": sample.by,
        "seed": sample.seed,
        "imported_to": wanted.imported_to,
        "matched": drawn.matched,
        "taken": drawn.taken,
        "digest": drawn.digest,
        "strata_total": drawn.strata,
        "strata": [asdict(one) for one in strata],
    }


async def _shown(work: Work, bulk: UUID) -> Answer:
    (state,) = await work.load(bulks.BULK, [bulk])
    if isinstance(state, bulks.Unbegun):
        raise not_found("a bulk act")
    facts: Sequence[Recorded] = (await log.load(work.conn, work.tenant, [bulk]))[bulk]
    last = state.last if isinstance(state, bulks.Ended) else state
    ended = state if isinstance(state, bulks.Ended) else None
    why = {"": "done", "stopped": "stopped"}
    work.saw(subjects=[last.begun.by])
    body = {
        "id": bulk,
        "project": last.begun.project,
        "act": last.begun.act,
        "status": why.get(ended.why, "refused") if ended else "running",
        "refused_with": ended.why if ended and ended.why not in why else None,
        "by": {"kind": last.begun.by_kind, "id": last.begun.by},
        "begun_at": facts[0].at,
        "last_at": facts[-1].at,
        "changed": last.changed,
        "unchanged": last.unchanged,
        "refused": last.refused,
        "revoked": last.revoked,
        "sampled": _sampled(last.sampled),
    }
    return Answer(body)


def _sampled(drawn: BulkSampled | None) -> dict[str, Any] | None:
    return {name: getattr(drawn, name) for name in ("matched", "taken", "digest")} if drawn else None
