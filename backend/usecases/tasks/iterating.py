"""Iterating: what comes into an iteration, by import or by hand; and what waits there until it is opened.

Whoever puts work into an iteration shares its row until they are through, and takes it before any lane, lease or task;
who opens or closes it takes the row alone. So nothing is left held behind an opening, and nothing comes in behind a
close.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal, not_found
from backend.domain.projects.iteration import HELD, closed
from backend.domain.tasks import item as items_domain
from backend.domain.tasks import task as tasks_domain
from backend.domain.tasks.incoming import wrong
from backend.events.ids import IterationId, uuid8
from backend.readmodels import iterations as rows
from backend.readmodels import task_selection, tasks
from backend.usecases.tasks.stages import announce_collected
from backend.usecases.work import Work

WHERE = "iteration"


def iteration_of(project: UUID, name: str) -> IterationId:
    """The id of the project's iteration of this name, whether or not there is one."""
    return IterationId(uuid8(project, "iteration", name))


async def named(work: Work, project: UUID, said: Iterable[str | None]) -> Mapping[str, UUID | Refusal]:
    """What each text means that an item was sent with, an id or a name: an iteration that takes it, or the refusal.
    They stay as they are until the transaction ends."""
    ids = {text: _id(project, text) for text in said if text is not None}
    if not ids:
        return {}
    found = await rows.fetch(work.conn, rows.TAKING, work.tenant, project, sorted(set(ids.values())))
    state = {row["iteration"]: row["state"] for row in found}
    return {text: _taken(state.get(one), one) for text, one in ids.items()}


def _id(project: UUID, text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return iteration_of(project, text)


def _taken(state: str | None, iteration: UUID) -> UUID | Refusal:
    if state is None:
        return wrong(
            "iteration_unknown", WHERE, "the id or name of an iteration of the project", "another text"
        )
    return closed(WHERE) if state == "closed" else iteration


async def planned(work: Work, project: UUID, iterations: Iterable[UUID | None]) -> set[UUID]:
    """Of these iterations of the project those that are not open yet; they stay so until the transaction ends."""
    ids = sorted(one for one in iterations if one is not None)
    found = await rows.fetch(work.conn, rows.TAKING, work.tenant, project, ids) if ids else []
    return {row["iteration"] for row in found if row["state"] == "planned"}


async def waiting(work: Work, items: Iterable[UUID]) -> set[UUID]:
    """Of these items those whose iteration is not open yet: what is opened of them is held. It stays so until the
    transaction ends."""
    found = await rows.fetch(work.conn, rows.WAITING, work.tenant, sorted(set(items)))
    return {row["item"] for row in found}


def hold(work: Work, opened: Iterable[UUID]) -> None:
    """Hold these tasks, just opened or loaded, until their iteration is opened."""
    for task in opened:
        work.decide(tasks_domain.TASK, task, tasks_domain.Hold(code=HELD))


async def place(work: Work, project: UUID, chosen: Sequence[UUID], iteration: UUID | None) -> set[UUID]:
    """Let the items of these tasks belong to this iteration of the project, or to none: every task of theirs is held or
    goes on as that iteration is. Returns those of the chosen tasks whose items belonged elsewhere; flushed.

    Raises not_found, and `iteration_closed`. What is held for another reason stays held for it.
    """
    holds = await _holds(work, project, iteration)
    items = sorted(
        {row["item"] for row in await tasks.by_ids(work.conn, tasks.TASKS_BY_ID, work.tenant, chosen)}
    )
    of_items = await tasks.by_ids(work.conn, tasks.TASKS_OF_ITEM, work.tenant, items)
    found, _ = await task_selection.keep_still(work.conn, work.tenant, [row["task"] for row in of_items])
    await work.load(items_domain.ITEM, items)
    command = items_domain.PlaceItem(iteration=IterationId(iteration) if iteration else None)
    moved = {item for item in items if work.decide(items_domain.ITEM, item, command)}
    theirs = [row for row in found if row["item"] in moved]
    if holds:
        open_ = [row["task"] for row in theirs if row["state"] == "open"]
        await work.load(tasks_domain.TASK, open_)
        hold(work, open_)
        await work.flush()
    else:
        await _let_go(work, [row["task"] for row in theirs if row["held_code"] == HELD])
    among = set(chosen)
    return {row["task"] for row in theirs if row["task"] in among}


async def _holds(work: Work, project: UUID, iteration: UUID | None) -> bool:
    """Whether what belongs there is held."""
    if iteration is None:
        return False
    found = await rows.fetch(work.conn, rows.TAKING, work.tenant, project, [iteration])
    if not found:
        raise not_found("an iteration of the project")
    if found[0]["state"] == "closed":
        raise closed()
    return bool(found[0]["state"] == "planned")


async def _let_go(work: Work, held: Sequence[UUID]) -> None:
    await work.load(tasks_domain.TASK, held)
    for task in held:
        work.decide(tasks_domain.TASK, task, tasks_domain.Unhold())
    await work.flush()
    await announce_collected(work, held)


async def known(work: Work, iteration: Any) -> UUID | None:
    """An iteration to put work into as an act names it; None is none. Raises not_found."""
    if iteration is not None and not await rows.fetch(work.conn, rows.THERE, work.tenant, iteration):
        raise not_found("an iteration")
    return iteration if iteration is None else UUID(str(iteration))
