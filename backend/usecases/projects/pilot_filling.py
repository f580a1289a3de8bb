"""Filling a pilot project piece by piece: production is put aside, what was drawn is copied; and closing it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from backend.domain.projects import pilot_project as domain
from backend.domain.projects import predicates
from backend.events.ids import ItemId, uuid8
from backend.events.pilot_projects import CopiedItem, PilotProjectBegun
from backend.readmodels import intake as intakes
from backend.readmodels import pilot_projects, pilots, task_sample, task_selection, tasks
from backend.readmodels.task_selection import Selection
from backend.usecases.projects.settings_copied import row_of
from backend.usecases.tasks.importing import take_in
from backend.usecases.tasks.iterating import place
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work

FILL, CLOSE = "pilot_project_fill", "pilot_project_close"
PIECE = 100
Row = dict[str, Any]


def enqueue(work: Work, trial: UUID, phase: str, after: UUID | None) -> None:
    """The next piece: `hold` puts production aside, then `copy` copies what was drawn."""
    args = {"trial": str(trial), "phase": phase, "after": str(after) if after else ""}
    work.enqueue(FILL, f"{trial}|{phase}|{args['after']}", args)


def enqueue_closing(work: Work, trial: UUID, after: UUID | None) -> None:
    """The next piece of what is still open in a pilot project that is over."""
    args = {"trial": str(trial), "after": str(after) if after else ""}
    work.enqueue(CLOSE, f"{trial}|{args['after']}", args)


async def pilot_project_fill(work: Work, *, trial: UUID, phase: str, after: UUID | None) -> Answer:
    """One piece. What comes into the project while it is put aside is found too, because ids only grow."""
    work.require("task:steer")
    (state,) = await work.load(domain.PILOT_PROJECT, [_stream(trial)])
    if not isinstance(state, domain.Running) or state.filled:
        return Answer({"trial": trial, "done": 0})
    begun = state.begun
    page = await task_selection.ids(work.conn, work.tenant, _there(begun, phase), after, PIECE)
    await (_hold if phase == "hold" else _copy)(work, begun, page)
    if len(page) == PIECE:
        enqueue(work, trial, phase, page[-1])
    elif phase == "hold":
        enqueue(work, trial, "copy", None)
    else:
        work.decide(domain.PILOT_PROJECT, _stream(trial), domain.Fill())
        await task_sample.forget(work.conn, work.tenant, trial)
    return Answer({"trial": trial, "done": len(page)})


def _there(begun: PilotProjectBegun, phase: str) -> Selection:
    """Of what was drawn all, however it stands by now: the draw was written down."""
    if phase == "hold":
        return Selection(project=begun.project, states=["open", "held"])
    return Selection(project=begun.project, drawn_for=begun.trial)


async def _hold(work: Work, begun: PilotProjectBegun, page: Sequence[UUID]) -> None:
    if rest := await pilots.in_no_iteration(work.conn, work.tenant, page):
        await place(work, begun.project, rest, begun.rest)


async def _copy(work: Work, begun: PilotProjectBegun, page: Sequence[UUID]) -> None:
    """The items of these tasks, under keys of the trial's own. An item of several tasks is copied once."""
    opened = await tasks.by_ids(work.conn, tasks.TASKS_BY_ID, work.tenant, page)
    wanted = sorted({row["item"] for row in opened})
    items = await tasks.by_ids(work.conn, tasks.ITEMS, work.tenant, wanted)
    given = await _given(work, items)
    readable = [(row, one) for row, one in zip(items, given, strict=True) if one is not None]
    taken = await take_in(work, await row_of(work, begun.trial), [one for _, one in readable])
    copies = [
        CopiedItem(item=ItemId(one.item), origin=row["item"])
        for (row, _), one in zip(readable, taken, strict=True)
        if one.status == "created" and one.item is not None
    ]
    refused = len(items) - len(readable) + sum(one.status == "refused" for one in taken)
    refused += await _taken_by_others(
        work, begun.trial, [one.item for one in taken if one.status == "exists"]
    )
    command = domain.Copy(copies=tuple(copies), refused=refused)
    work.decide(domain.PILOT_PROJECT, _stream(begun.trial), command)
    work.saw("external_key", "payload", results=[row["item"] for row in items])
    await work.flush()


async def _taken_by_others(work: Work, trial: UUID, there: Sequence[UUID | None]) -> int:
    """Of items whose key was known in the trial so many as somebody sent there by hand; the others were copied with an
    earlier task of theirs."""
    items = [one for one in there if one is not None]
    return len(items) - await pilot_projects.copied_among(work.conn, work.tenant, trial, items)


async def _given(work: Work, items: Sequence[Row]) -> list[Row | None]:
    """Each item as it would be sent; None for one whose content was erased."""
    places = [
        Sealed("project", row["project"], "item", row["item"], field, row[field])
        for row in items
        for field in ("external_key", "payload")
    ]
    clear = iter(await work.open(places))
    return [_as_sent(row, next(clear), next(clear)) for row in items]


def _as_sent(row: Row, external_key: Any, payload: Any) -> Row | None:
    """What of it was a name and is a token by now (the group) stays one: equal where it was equal."""
    if external_key is None:
        return None
    return {
        "external_key": external_key,
        "payload": payload,
        "tags": list(row["tags"]),
        "edge_case": row["edge_case"],
        "priority": row["priority"],
        "deadline": row["deadline"],
        "needs": predicates.shown(intakes.conditions_of(row["needs"])),
        "group": None if row["item_group"] is None else str(row["item_group"]),
        "iteration": "pilot",
    }


async def pilot_project_close(work: Work, *, trial: UUID, after: UUID | None) -> Answer:
    """One piece of putting aside what nobody answered before the pilot project was over. Leases go on."""
    work.require("task:steer")
    (state,) = await work.load(domain.PILOT_PROJECT, [_stream(trial)])
    if not isinstance(state, domain.Promoted | domain.Ended):
        return Answer({"trial": trial, "done": 0})
    there = Selection(project=trial, states=["open"])
    page = await task_selection.ids(work.conn, work.tenant, there, after, PIECE)
    if page:
        await place(work, trial, page, state.begun.beyond)
    if len(page) == PIECE:
        enqueue_closing(work, trial, page[-1])
    return Answer({"trial": trial, "done": len(page)})


def _stream(trial: UUID) -> UUID:
    return uuid8(trial, "pilot-project")
