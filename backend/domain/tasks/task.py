"""A task: one stage of one item, open for answers until it is decided."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias, assert_never

from backend.domain.checks import in_range, one_of
from backend.domain.decider import Decider
from backend.domain.errors import Refusal, not_now
from backend.events import tasks as ev
from backend.events.base import Secret
from backend.events.ids import ItemGroupId, ItemId, LaneId, LeaseId, ProjectId, ReworkId, TaskId

STAGES = ("annotate", "review", "adjudicate", "expert", "custom")
"""The kinds of work."""
RANK = {"aggregate": 0, "review": 1, "expert": 2}
"""Who may overrule whom: the same rank or a higher one."""

# --- state


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What stays true of a task once it exists; slots are numbered 1..slots, `added` says what each extra is for."""

    task: TaskId
    item: ItemId
    project: ProjectId
    lane: LaneId
    stage: str
    step: str
    generation: int
    slots: int
    added: frozenset[tuple[str, LeaseId]] = frozenset()


@dataclass(frozen=True, slots=True)
class Unopened:
    """No such task yet."""


@dataclass(frozen=True, slots=True)
class Open:
    """Answers are wanted."""

    about: Opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """The item has a result; `by` is aggregate, review or expert."""

    about: Opened
    by: str
    result_token: str


Task: TypeAlias = Unopened | Open | Decided

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTask:
    """Open `slots` (1..50) places for answers in a lane."""

    task: TaskId
    item: ItemId
    project: ProjectId
    lane: LaneId
    stage: str
    slots: int
    first_ord: int
    subject: LeaseId | None = None
    step: str = ""
    priority: int = 2
    deadline: datetime | None = None
    generation: int = 1
    group: ItemGroupId | None = None
    workflow_version: int = 0
    rework: ReworkId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddSlot:
    """One more place, because of the answer of `cause`; asked twice for one reason and cause it is one place."""

    lane: LaneId
    ord: int
    reason: str
    cause: LeaseId


@dataclass(frozen=True, slots=True, kw_only=True)
class Decide:
    """The item's result; `result_token` is a keyed token of its plaintext, so that the same result is known."""

    result: Secret
    result_token: str
    confidence_ppm: int
    judgments: int
    basis_index: int
    by: str
    final: bool = True


Command: TypeAlias = OpenTask | AddSlot | Decide
Event: TypeAlias = ev.TaskOpened | ev.SlotAdded | ev.TaskDecided

# --- refusals


def overruled(by: str, present: str) -> Refusal:
    """`decided_above`: a result by a higher hand stands."""
    return Refusal(
        "conflict",
        "decided_above",
        expected=f"a decision by {present} or higher",
        found=f"a decision by {by}",
        mend="leave the result as it is, or escalate the item",
        extra={"by": present},
    )


# --- decide


def decide(command: Command, task: Task) -> Sequence[Event]:
    """Read as a table: command, state, outcome. What is not listed is refused."""
    match command, task:
        case OpenTask(), Unopened():
            return [_opened(command)]
        case OpenTask(), (Open(about) | Decided(about=about)) if _same(command, about):
            return []

        case AddSlot(reason=reason, cause=cause), (Open(about) | Decided(about=about)) if (
            reason,
            cause,
        ) in about.added:
            return []
        case AddSlot(), (Open(about) | Decided(about=about, by="aggregate" | "review")):
            return [_slot_added(command, about)]

        case Decide(by=by), Decided(by=present) if RANK.get(by, 0) < RANK[present]:
            raise overruled(by, present)
        case Decide(by=by, result_token=token), Decided(by=present, result_token=found) if (by, token) == (
            present,
            found,
        ):
            return []
        case Decide(), (Open(about) | Decided(about=about)):
            return [_decided(command, about)]
        case _:
            raise not_now(command, task)


# --- evolve


def evolve(task: Task, event: Event) -> Task:
    """What is true after the event."""
    match event, task:
        case ev.TaskOpened(), _:
            return Open(
                Opened(
                    task=event.task,
                    item=event.item,
                    project=event.project,
                    lane=event.lane,
                    stage=event.stage,
                    step=event.step,
                    generation=event.generation,
                    slots=event.slots,
                )
            )
        case _, Unopened():
            return task
        case ev.SlotAdded(), (Open(about) | Decided(about=about)):
            added = about.added | {(event.reason, event.cause)}
            return Open(replace(about, slots=event.slot, added=added))
        case ev.TaskDecided(), (Open(about) | Decided(about=about)):
            return Decided(about=about, by=event.by, result_token=event.result_token)
        case _:
            assert_never(event)


# --- helpers


def _same(command: OpenTask, about: Opened) -> bool:
    asked = (command.task, command.item, command.project, command.stage)
    return asked == (about.task, about.item, about.project, about.stage)


def _opened(command: OpenTask) -> ev.TaskOpened:
    in_range("slots_invalid", "slots", command.slots, 1, 50)
    one_of("stage_unknown", "stage", command.stage, STAGES)
    return ev.TaskOpened(
        task=command.task,
        item=command.item,
        project=command.project,
        lane=command.lane,
        stage=command.stage,
        slots=command.slots,
        first_ord=command.first_ord,
        subject=command.subject,
        step=command.step or command.stage,
        priority=command.priority,
        deadline=command.deadline,
        generation=command.generation,
        group=command.group,
        workflow_version=command.workflow_version,
        rework=command.rework,
    )


def _slot_added(command: AddSlot, about: Opened) -> ev.SlotAdded:
    return ev.SlotAdded(
        task=about.task,
        slot=about.slots + 1,
        lane=command.lane,
        ord=command.ord,
        reason=command.reason,
        cause=command.cause,
    )


def _decided(command: Decide, about: Opened) -> ev.TaskDecided:
    one_of("decided_by_unknown", "by", command.by, RANK)
    in_range("confidence_invalid", "confidence_ppm", command.confidence_ppm, 0, 1_000_000)
    return ev.TaskDecided(
        task=about.task,
        item=about.item,
        project=about.project,
        result=command.result,
        result_token=command.result_token,
        confidence_ppm=command.confidence_ppm,
        judgments=command.judgments,
        basis_index=command.basis_index,
        by=command.by,
        step=about.step,
        generation=about.generation,
        final=command.final,
    )


TASK: Decider[Command, Task, Event] = Decider(Unopened(), decide, evolve)
"""One stream per task."""
