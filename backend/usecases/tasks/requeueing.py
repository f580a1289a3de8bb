"""Requeueing: items are opened again in their next generation, or taken back to where they stood, chunk by chunk."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any
from uuid import UUID

from pydantic_core import from_json

from backend.domain.tasks import lease as leases
from backend.domain.tasks import rework as domain
from backend.domain.tasks import task as tasks_domain
from backend.events.ids import AnnotatorId, ItemGroupId, ItemId, LaneId, ProjectId, ReworkId, TaskId, uuid8
from backend.events.projects import Conditions
from backend.events.rework import Again
from backend.readmodels import projects, task_selection, touched, touched_selection
from backend.readmodels import rework as rows
from backend.usecases.gold.doubting import doubt, trust_again
from backend.usecases.lanes import Wanted, lanes_for
from backend.usecases.projects.workflows import FirstStep, first_steps
from backend.usecases.tasks import iterating
from backend.usecases.tasks.beginning import deadline_of, joined
from backend.usecases.tasks.stages import ord_now
from backend.usecases.work import Work

CHUNK_ITEMS = 500
KEPT_AWAY_MAX = 50_000
"""How many rows of people kept away from items one transaction may write."""
JOB = "rework_run"
Row = dict[str, Any]


async def go_on(work: Work, row: Row) -> None:
    """The next chunk of a plan whose row is locked, forwards or back; a job does the rest."""
    (state,) = await work.load(domain.REWORK, [row["rework"]])
    match state:
        case domain.Planned() | domain.Running():
            more = await _requeue(work, row, state.last if isinstance(state, domain.Running) else None)
        case domain.Undone():
            more = await _take_back(work, row)
        case _:
            more = False
    await work.flush()
    if more:
        work.enqueue(JOB, str(row["rework"]), {"rework": str(row["rework"])})


# --- forwards


async def _requeue(work: Work, row: Row, last: ItemId | None) -> bool:
    """Open the next selected items again; returns whether there may be more. Fewer at once where many are kept away."""
    selection = touched_selection.read(row["selection"])
    asked = touched.asking(work.tenant, row["project"], row["planned_at"], selection)
    people = await touched.causes(work.conn, work.tenant, row["project"], selection)
    most = min(CHUNK_ITEMS, max(10, KEPT_AWAY_MAX // max(1, len(people))))
    found = await touched.page(work.conn, asked, last, most)
    if found:
        items = await rows.fetch(work.conn, rows.LOCK_ITEMS, work.tenant, found)
        held = await rows.fetch(work.conn, rows.ELSEWHERE, work.tenant, found, row["rework"])
        elsewhere = {one["item"] for one in held}
        free = [one for one in items if one["item"] not in elsewhere]
        command = domain.Requeue(
            items=tuple(Again(item=ItemId(one["item"]), generation=one["generation"] + 1) for one in free),
            keep_away=tuple(AnnotatorId(one) for one in people),
            skipped=tuple(ItemId(one) for one in sorted(elsewhere)),
        )
        await _replace(work, row, free)
        await doubt(work, [one["item"] for one in free])
        work.decide(domain.REWORK, row["rework"], command)
    if len(found) < most:
        work.decide(domain.REWORK, row["rework"], domain.Finish())
    return len(found) == most


async def _replace(work: Work, row: Row, items: Sequence[Row]) -> None:
    """The tasks of these items are closed, and new ones opened: one per item and first step of the workflow in force.
    Lanes come first: whoever opens lanes waits for who changes what work asks for, and holds no task meanwhile."""
    (project,) = await projects.find(work.conn, work.tenant, [row["project"]])
    steps = await first_steps(work, project)
    wanted = {(one["item"], step.step): _wanted(one, step) for one in items for step in steps}
    lanes = await lanes_for(work, project, set(wanted.values()))
    await close(work, [one["item"] for one in items], "rework")
    place = ord_now(work)
    waiting = await iterating.waiting(work, [one["item"] for one in items])
    held = []
    for one in items:
        for step in steps:
            lane = wanted[one["item"], step.step]
            command = _opening(work, row, one, step, (lane, lanes[lane]), place)
            work.decide(tasks_domain.TASK, command.task, command)
            held += [command.task] if one["item"] in waiting else []
            place += step.slots
    iterating.hold(work, held)


def _wanted(item: Row, step: FirstStep) -> Wanted:
    priority = item["priority"] if step.priority is None else step.priority
    return Wanted(
        step.stage, step.step, priority, joined(_conditions(item["needs"]), step.needs), item["edge_case"]
    )


def _opening(
    work: Work, row: Row, item: Row, step: FirstStep, lane: tuple[Wanted, LaneId], place: int
) -> tasks_domain.OpenTask:
    generation = item["generation"] + 1
    return tasks_domain.OpenTask(
        task=TaskId(uuid8(item["item"], "generation", str(generation), step.step)),
        item=ItemId(item["item"]),
        project=ProjectId(row["project"]),
        lane=lane[1],
        stage=step.stage,
        slots=step.slots,
        first_ord=place,
        step=step.step,
        priority=lane[0].priority,
        deadline=deadline_of(item["deadline"], step.deadline_seconds, work.now),
        generation=generation,
        group=ItemGroupId(item["item_group"]) if item["item_group"] else None,
        workflow_version=step.workflow_version,
        rework=ReworkId(row["rework"]),
    )


async def close(work: Work, items: Collection[UUID], code: str) -> None:
    """Want no answer to any task of these items any more: what is open or held is cancelled, leases are revoked. Drafts
    stay; what is sent all the same is kept as late. Slots first, so that no lease gives one back."""
    found = await rows.fetch(work.conn, rows.TASKS_OF, work.tenant, list(items))
    tasks, ending = await task_selection.keep_still(work.conn, work.tenant, [one["task"] for one in found])
    open_ = [one["task"] for one in tasks if one["state"] in ("open", "held")]
    for task, state in zip(open_, await work.load(tasks_domain.TASK, open_), strict=True):
        if isinstance(getattr(state, "before", state), tasks_domain.Open):
            work.decide(tasks_domain.TASK, task, tasks_domain.Cancel(code=code))
    await work.load(leases.LEASE, ending)
    for lease in ending:
        work.decide(leases.LEASE, lease, leases.Revoke(reason=code))


# --- back


async def _take_back(work: Work, row: Row) -> bool:
    """Take the next items back, or keep them; returns whether there may be more."""
    waiting = await rows.fetch(work.conn, rows.WAITING, work.tenant, row["rework"], CHUNK_ITEMS)
    if not waiting:
        return False
    items = [one["item"] for one in waiting]
    await rows.fetch(work.conn, rows.LOCK_ITEMS, work.tenant, items)
    of = await rows.fetch(work.conn, rows.TASKS_OF, work.tenant, items)
    await task_selection.keep_still(work.conn, work.tenant, [one["task"] for one in of])
    free = {
        one["item"] for one in await rows.fetch(work.conn, rows.UNTOUCHED, work.tenant, row["rework"], items)
    }
    await close(work, list(_among(items, free)), "rework_undone")
    await trust_again(work, list(_among(items, free)))
    command = domain.Undo(
        items=tuple(_among(items, free)), kept=tuple(one for one in items if one not in free)
    )
    work.decide(domain.REWORK, row["rework"], command)
    return len(waiting) == CHUNK_ITEMS


def _among(items: Sequence[UUID], those: Collection[UUID]) -> Iterator[ItemId]:
    return (ItemId(one) for one in items if one in those)


def _conditions(needs: str) -> Conditions:
    said = from_json(needs)
    groups = tuple(tuple(group) for group in said.get("any_of", ()))
    return Conditions(
        all_of=tuple(said.get("all_of", ())), any_of=groups, none_of=tuple(said.get("none_of", ()))
    )
