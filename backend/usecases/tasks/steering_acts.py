"""What can be done to tasks from outside their work: each decided by the same rule as alone, under the same locks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from backend.domain.errors import Refusal
from backend.domain.tasks import lease as leases
from backend.domain.tasks import task as tasks_domain
from backend.events.base import Secret
from backend.events.ids import LaneId
from backend.events.projects import Conditions
from backend.events.store.log import AppendConflict
from backend.readmodels import lanes as lane_rows
from backend.readmodels import task_selection
from backend.readmodels import tasks as task_rows
from backend.usecases.lanes import Wanted, lanes_for
from backend.usecases.models.round_opening import catch_up
from backend.usecases.tasks.iterating import place
from backend.usecases.tasks.onward import fell_away
from backend.usecases.tasks.stages import announce_collected
from backend.usecases.work import Work

Kind = Literal["hold", "unhold", "cancel", "prioritise", "require", "promote", "to_iteration"]
REVOKED = "task_cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What to do, and why: a word, and a note in the manager's own words. Of `priority`, `deadline` and `needs` what is
    None stays as it is; `clear_deadline` takes the deadline away. `iteration`: where to, None out of any."""

    kind: Kind
    code: str = "manager"
    note: str | None = None
    priority: int | None = None
    deadline: datetime | None = None
    clear_deadline: bool = False
    needs: Conditions | None = None
    iteration: UUID | None = None


@dataclass(slots=True)
class Done:
    """Which tasks changed, which were so already, which were refused and why, and which leases were taken back."""

    changed: list[UUID] = field(default_factory=list)
    unchanged: list[UUID] = field(default_factory=list)
    refused: dict[UUID, Refusal] = field(default_factory=dict)
    revoked: list[UUID] = field(default_factory=list)


async def steer(work: Work, project: dict[str, Any], ids: Sequence[UUID], act: Act) -> Done:
    """Do the act to these tasks of the project, flushed; a refusal of one stops nobody else.

    Raises `too_many_lanes` where a move would need more lanes than the project may have.
    """
    if act.kind == "to_iteration":
        moved = await place(work, project["project"], ids, act.iteration)
        await catch_up(work, project, moved)
        return Done(changed=sorted(moved), unchanged=[one for one in ids if one not in moved])
    lanes = await _lanes(work, project, ids, act)
    rows, held = await task_selection.keep_still(work.conn, work.tenant, ids)
    await work.load(tasks_domain.TASK, [row["task"] for row in rows])
    commands = await _commands(work, project, rows, act, lanes)
    done = Done()
    for row, command in zip(rows, commands, strict=True):
        try:
            events = work.decide(tasks_domain.TASK, row["task"], command)
            (done.changed if events else done.unchanged).append(row["task"])
        except Refusal as refusal:
            done.refused[row["task"]] = refusal
    if act.kind == "cancel":
        await _take_back(work, done, held)
    await work.flush()
    if act.kind == "cancel":
        await fell_away(work, project, done.changed)
    if act.kind == "unhold":
        await announce_collected(work, done.changed)
        await catch_up(work, project, done.changed)
    return done


async def _take_back(work: Work, done: Done, held: Sequence[UUID]) -> None:
    """Leases of what is cancelled end in the same transaction; answers sent under them are kept as late."""
    cancelled = set(done.changed)
    rows = await task_rows.by_ids(work.conn, task_rows.LEASES_BY_ID, work.tenant, held)
    done.revoked = sorted(row["lease"] for row in rows if row["task"] in cancelled)
    work.saw(subjects=[row["annotator"] for row in rows if row["task"] in cancelled])
    await work.load(leases.LEASE, done.revoked)
    for lease in done.revoked:
        work.decide(leases.LEASE, lease, leases.Revoke(reason=REVOKED))


# --- where tasks wait


@dataclass(frozen=True, slots=True)
class Lanes:
    """The lanes that there were (by id), and those that the act needs, opened."""

    known: Mapping[UUID, dict[str, Any]]
    wanted: Mapping[Wanted, LaneId]


def _priority(row: Mapping[str, Any], act: Act) -> int:
    if act.kind == "promote":
        return int(row["priority"]) - 1
    return int(row["priority"]) if act.priority is None else act.priority


def _wanted(row: Mapping[str, Any], act: Act, known: Mapping[UUID, dict[str, Any]]) -> Wanted:
    lane = known[row["lane"]]
    needs = lane["needs"] if act.needs is None else act.needs
    return Wanted(lane["stage"], lane["step"], _priority(row, act), needs, lane["edge_case"])


async def _lanes(work: Work, project: dict[str, Any], ids: Sequence[UUID], act: Act) -> Lanes:
    """Before tasks are locked: whoever opens lanes waits for who changes what work asks for, as everywhere."""
    if act.kind not in ("prioritise", "require", "promote"):
        return Lanes({}, {})
    rows = await task_rows.by_ids(work.conn, task_rows.TASKS_BY_ID, work.tenant, ids)
    listed = await lane_rows.of_projects(work.conn, work.tenant, [project["project"]])
    known = {row["lane"]: row for row in listed}
    # What is decided or cancelled waits nowhere, and opens no lane.
    moving = [row for row in rows if row["state"] in ("open", "held")]
    wanted = {_wanted(row, act, known) for row in moving if not _settled(row, act)}
    return Lanes(known, await lanes_for(work, project, wanted) if wanted else {})


def _settled(row: Mapping[str, Any], act: Act) -> bool:
    """Whether the class is out of range: then the rule refuses, and no lane is opened for it."""
    return _priority(row, act) not in tasks_domain.PRIORITIES


# --- commands


async def _commands(
    work: Work, project: dict[str, Any], rows: Sequence[dict[str, Any]], act: Act, lanes: Lanes
) -> list[tasks_domain.Command]:
    match act.kind:
        case "hold":
            notes = await _notes(work, project, rows, act.note)
            return [tasks_domain.Hold(code=act.code, note=note) for note in notes]
        case "unhold":
            return [tasks_domain.Unhold() for _ in rows]
        case "cancel":
            notes = await _notes(work, project, rows, act.note)
            return [tasks_domain.Cancel(code=act.code, note=note) for note in notes]
        case _:
            return [_move(row, act, lanes) for row in rows]


def _move(row: dict[str, Any], act: Act, lanes: Lanes) -> tasks_domain.Move:
    codes = {"promote": tasks_domain.DEADLINE, "prioritise": "reprioritised", "require": "required"}
    lane = row["lane"]
    if row["state"] in ("open", "held") and not _settled(row, act):
        if lane not in lanes.known or (to := _wanted(row, act, lanes.known)) not in lanes.wanted:
            # It was moved between two looks: decide again.
            raise AppendConflict({row["task"]})
        lane = lanes.wanted[to]
    deadline = None if act.clear_deadline else act.deadline or row["deadline"]
    return tasks_domain.Move(
        lane=LaneId(lane), priority=_priority(row, act), deadline=deadline, code=codes[act.kind]
    )


async def _notes(
    work: Work, project: dict[str, Any], rows: Sequence[dict[str, Any]], note: str | None
) -> list[Secret | None]:
    """The note as ciphertext of each task: free text may hold a name."""
    if not note:
        return [None for _ in rows]
    about = project["project"]
    keys = await work.keys(("project", about))
    return [keys.seal_json("project", about, "task", row["task"], "note", note) for row in rows]
