"""Steering: managers hold tasks, let them go on, cancel them, re-class them; lanes are paused and resumed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal, not_found
from backend.domain.projects import lane as lanes
from backend.domain.projects import predicates
from backend.events import tasks as ev
from backend.events.ids import ProjectId
from backend.events.store import log
from backend.readmodels import projects, task_selection, tasks
from backend.readmodels.task_selection import Selection
from backend.usecases.proficiency.conditions import conditions_from
from backend.usecases.tasks.escalating import escalate
from backend.usecases.tasks.steering_acts import Act, Done, steer
from backend.usecases.work import Answer, Work

SHOWN = ("item", "stage", "step", "state", "held_code", "priority", "deadline", "generation", "lane")


async def the_project(work: Work, project: UUID) -> dict[str, Any]:
    """The project's row. Raises not_found."""
    rows = await projects.find(work.conn, work.tenant, [project])
    if not rows:
        raise not_found("a project")
    return rows[0]


async def _found(work: Work, task: UUID) -> dict[str, Any]:
    rows = await tasks.by_ids(work.conn, tasks.TASKS_BY_ID, work.tenant, [task])
    if not rows:
        raise not_found("a task")
    return rows[0]


async def _steer_one(work: Work, task: UUID, act: Act) -> Answer:
    """The act on one task, and how it stands then. Raises not_found, and what the rule refuses with."""
    found = await _found(work, task)
    done = await steer(work, await the_project(work, found["project"]), [task], act)
    for refusal in done.refused.values():
        raise refusal
    (row,) = await tasks.by_ids(work.conn, tasks.TASKS_BY_ID, work.tenant, [task])
    work.saw(results=[row["item"]])
    shown = {name: row[name] for name in SHOWN}
    return Answer({"id": task, **shown, "changed": bool(done.changed), "revoked": done.revoked})


async def task_hold(work: Work, *, task: UUID, code: str, note: str | None) -> Answer:
    """Offer a task to nobody until it is unheld; leases held go on, and what they give back waits with it."""
    work.require("task:steer")
    return await _steer_one(work, task, Act(kind="hold", code=code, note=note))


async def task_unhold(work: Work, *, task: UUID) -> Answer:
    """Offer a held task again."""
    work.require("task:steer")
    return await _steer_one(work, task, Act(kind="unhold"))


async def task_cancel(work: Work, *, task: UUID, code: str, note: str | None) -> Answer:
    """Want no answer to a task any more: open slots are void, leases are taken back in the same transaction. Other
    tasks of the item go on."""
    work.require("task:steer")
    return await _steer_one(work, task, Act(kind="cancel", code=code, note=note))


async def task_prioritise(
    work: Work, *, task: UUID, priority: int | None, deadline: datetime | None, clear_deadline: bool
) -> Answer:
    """Another class or deadline: what is open waits there from now on, leases held go on as they are."""
    work.require("task:steer")
    await _found(work, task)
    return await _steer_one(work, task, reclassed(priority, deadline, clear_deadline))


async def task_require(work: Work, *, task: UUID, conditions: dict[str, Any]) -> Answer:
    """Ask other people for it: beside what the project asks exactly these conditions, instead of those before."""
    work.require("task:steer")
    return await _steer_one(work, task, Act(kind="require", needs=await needs_from(work, conditions)))


async def item_cancel(work: Work, *, item: UUID, code: str, note: str | None) -> Answer:
    """Cancel every task of an item that is open or held, of whatever step; results that there are stand."""
    work.require("task:steer")
    found = await tasks.by_ids(work.conn, tasks.ITEMS, work.tenant, [item])
    if not found:
        raise not_found("an item")
    rows = await tasks.by_ids(work.conn, tasks.TASKS_OF_ITEM, work.tenant, [item])
    open_ = [row["task"] for row in rows if row["state"] in ("open", "held")]
    act = Act(kind="cancel", code=code, note=note)
    done = await steer(work, await the_project(work, found[0]["project"]), open_, act) if open_ else Done()
    work.saw(results=[item])
    return Answer({"id": item, "cancelled": done.changed, "revoked": done.revoked})


def reclassed(priority: int | None, deadline: datetime | None, clear_deadline: bool) -> Act:
    """The act of another class or deadline. Raises `reclass_unclear` where nothing, or two deadlines, are said."""
    if (priority, deadline, clear_deadline) == (None, None, False) or (deadline and clear_deadline):
        raise Refusal(
            "invalid",
            "reclass_unclear",
            expected="a priority, a deadline, or clear_deadline; a deadline is either said or cleared",
            found="none of them" if not clear_deadline else "a deadline and clear_deadline",
            mend="say what is to be so from now on",
        )
    return Act(kind="prioritise", priority=priority, deadline=deadline, clear_deadline=clear_deadline)


async def needs_from(work: Work, given: dict[str, Any]) -> Any:
    """What tasks ask of people beside their project, as Conditions. Raises `condition_invalid` for an agreement or a
    course: those are asked for by projects, which follow their versions."""
    told = await conditions_from(work, given)
    for kind in predicates.VERSIONED:
        if predicates.named(told, kind):
            raise Refusal(
                "invalid",
                "condition_invalid",
                expected="skills, vendors, teams, origins, checks or compliance",
                found=f"an {kind}" if kind[0] in "aeiou" else f"a {kind}",
                mend=f"ask for the {kind} in the project's requirements",
            )
    return told


# --- poison


async def hold_poison(work: Work, row: dict[str, Any], project: dict[str, Any]) -> bool:
    """After a counted skip or abandonment, flushed: what is given back too often is held for a manager under the code
    `poison`, or goes to an expert where the project says so. `row` is the lease's; whether something happened.

    Counted is since a manager last let the task go on.
    """
    if row["gold"] is not None:
        return False
    if not await _given_back_often(work, row["task"], project["plan"].skips_max):
        return False
    if project["queue"].poison == "escalate" and row["stage"] == "annotate":
        await tasks.by_ids(work.conn, tasks.LOCK_TASKS, work.tenant, [row["task"]])
        await escalate(work, row, "skipped_often", None)
        return True
    return await hold_at_once(work, row, project, "poison")


async def hold_at_once(work: Work, row: dict[str, Any], project: dict[str, Any], code: str) -> bool:
    """Hold the task of the lease in `row` for this reason; whether it was not held already. Gold is never held."""
    if row["gold"] is not None:
        return False
    return bool((await steer(work, project, [row["task"]], Act(kind="hold", code=code))).changed)


async def _given_back_often(work: Work, task: UUID, most: int) -> bool:
    if await work.conn.fetchval(task_selection.SKIPS_SINCE, work.tenant, task, None) < most:
        return False
    facts = (await log.load(work.conn, work.tenant, [task]))[task]
    let_go = [fact.at for fact in facts if isinstance(fact.event, ev.TaskUnheld)]
    last = max(let_go, default=None)
    return bool(await work.conn.fetchval(task_selection.SKIPS_SINCE, work.tenant, task, last) >= most)


# --- finding tasks


async def task_list(
    work: Work,
    *,
    project: UUID,
    state: str | None,
    code: str | None,
    step: str | None,
    cursor: str | None,
    limit: int,
) -> Answer:
    """A project's tasks by id: all, or those in a state (open, held, cancelled, decided), held for a reason, of a
    step. `skips` counts what was skipped or abandoned."""
    work.require("task:read", project=ProjectId(project))
    await the_project(work, project)
    wanted = Selection(project=project, states=[state] if state else None, code=code, step=step)
    after = UUID(cursor) if cursor else None
    rows = await task_selection.page(work.conn, work.tenant, wanted, after, limit + 1)
    work.saw(results=[row["item"] for row in rows[:limit]])
    last = str(rows[limit - 1]["task"]) if len(rows) > limit else None
    return Answer({"data": listed(rows[:limit]), "next_cursor": last})


def listed(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Tasks as lists show them."""
    return [{"id": row["task"], **{n: v for n, v in row.items() if n != "task"}} for row in rows]


# --- lanes


async def _lane(work: Work, lane: UUID, command: lanes.Pause | lanes.Resume) -> Answer:
    (state,) = await work.load(lanes.LANE, [lane])
    if isinstance(state, lanes.Unopened):
        raise not_found("a lane")
    work.decide(lanes.LANE, lane, command)
    return Answer({"id": lane, "project": state.project, "paused": isinstance(command, lanes.Pause)})


async def lane_pause(work: Work, *, lane: UUID) -> Answer:
    """Serve nobody from a lane until it is resumed; leases held go on."""
    work.require("lane:pause")
    return await _lane(work, lane, lanes.Pause())


async def lane_resume(work: Work, *, lane: UUID) -> Answer:
    """Serve from the lane again."""
    work.require("lane:pause")
    return await _lane(work, lane, lanes.Resume())
