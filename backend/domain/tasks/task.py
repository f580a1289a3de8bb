"""A task: one step of one item, open for answers until it is decided, held or cancelled by who steers the work."""

import re
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
RANK = {"model": -1, "aggregate": 0, "review": 1, "expert": 2}
"""Who may overrule whom: the same rank or a higher one."""
PRIORITIES = (0, 1, 2, 3)
"""Classes: 0 real time, 1 urgent, 2 normal, 3 backfill; lower goes first."""
DEADLINE = "deadline"
"""The code of a move up because the deadline is near."""
PROMOTIONS_MAX = len(PRIORITIES) - 1
"""So often a task is moved up because of its deadline in its life, whatever managers do in between."""
CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")

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
    priority: int
    deadline: datetime | None
    promotions: int = 0
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
    """The item has a result; `by` is one of RANK."""

    about: Opened
    by: str
    result_token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Offered to nobody; `before` goes on underneath: leases held are answered, and what they answer is decided."""

    before: "Open | Decided"
    code: str
    note: Secret | None

    @property
    def about(self) -> Opened:
        """What it is a task of."""
        return self.before.about


@dataclass(frozen=True, slots=True)
class Cancelled:
    """No answer is wanted any more."""

    about: Opened


Task: TypeAlias = Unopened | Open | Held | Cancelled | Decided

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
    """The item's result; keyed tokens of its plaintext, so that the same is known, and of its class if it is one."""

    result: Secret
    result_token: str
    confidence_ppm: int
    judgments: int
    basis_index: int
    by: str
    final: bool = True
    result_class: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Offer its slots to nobody until it is unheld; leases held go on. The first reason stands."""

    code: str
    note: Secret | None = None


@dataclass(frozen=True, slots=True)
class Unhold:
    """Offer its slots again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """Want no answer any more; who asks takes the leases away in the same breath."""

    code: str
    note: Secret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Let its open slots wait in this lane, with this class and deadline. For the code `deadline` at most
    PROMOTIONS_MAX times: what is beyond that changes nothing."""

    lane: LaneId
    priority: int
    deadline: datetime | None
    code: str


Command: TypeAlias = OpenTask | AddSlot | Decide | Hold | Unhold | Cancel | Move
Event: TypeAlias = (
    ev.TaskOpened
    | ev.SlotAdded
    | ev.TaskDecided
    | ev.TaskHeld
    | ev.TaskUnheld
    | ev.TaskCancelled
    | ev.TaskMoved
)

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
        case OpenTask(), (Open() | Held() | Cancelled() | Decided()) if _same(command, task.about):
            return []

        case ((AddSlot() | Decide()), Cancelled()):
            return []
        case AddSlot(), (Open() | Held() | Decided()) if (command.reason, command.cause) in task.about.added:
            return []
        # Held again in the same breath, so that nobody ever sees the new slot open.
        case AddSlot(), Held(before=before):
            return [*decide(command, before), _held(task.about, task.code, task.note)]
        case AddSlot(), (Open(about) | Decided(about=about, by="model" | "aggregate" | "review")):
            return [_slot_added(command, about)]

        case ((Decide() | Move()), Held(before=before)):
            return decide(command, before)
        case Decide(by=by), Decided(by=present) if RANK.get(by, 0) < RANK[present]:
            raise overruled(by, present)
        case Decide(by=by, result_token=token), Decided(by=present, result_token=found) if (by, token) == (
            present,
            found,
        ):
            return []
        case Decide(), (Open(about) | Decided(about=about)):
            return [_decided(command, about)]

        case Hold(code=code, note=note), Open(about):
            return [_held(about, code, note)]
        case Unhold(), Held():
            return [ev.TaskUnheld(task=task.about.task)]
        case Cancel(code=code, note=note), (Open() | Held(before=Open())):
            return [ev.TaskCancelled(task=task.about.task, code=_word(code), note=note)]
        case (Hold(), Held()) | (Unhold(), (Open() | Decided())) | (Cancel(), Cancelled()):
            return []

        case Move(code="deadline"), Open(about) if about.promotions >= PROMOTIONS_MAX:
            return []
        case Move(), Open(about) if (command.lane, command.priority, command.deadline) == (
            about.lane,
            about.priority,
            about.deadline,
        ):
            return []
        case Move(), Open(about):
            return [_moved(command, about)]
        case _:
            raise not_now(command, task)


# --- evolve


def evolve(task: Task, event: Event) -> Task:
    """What is true after the event."""
    match event, task:
        case ev.TaskOpened(), _:
            return Open(_about(event))
        case _, (Unopened() | Cancelled()):
            return task
        case ev.TaskHeld(code=code, note=note), (Open() | Held() | Decided()):
            return Held(before=_below(task), code=code, note=note)
        case ev.TaskUnheld(), (Open() | Held() | Decided()):
            return _below(task)
        case ev.TaskCancelled(), (Open() | Held() | Decided()):
            return Cancelled(task.about)
        case ((ev.SlotAdded() | ev.TaskDecided() | ev.TaskMoved()), Held(before=before)):
            return replace(task, before=_goes_on(before, event))
        case ((ev.SlotAdded() | ev.TaskDecided() | ev.TaskMoved()), (Open() | Decided())):
            return _goes_on(task, event)
        case _:
            assert_never(event)


# --- helpers


def _below(task: Open | Held | Decided) -> Open | Decided:
    return task.before if isinstance(task, Held) else task


def _goes_on(task: Open | Decided, event: ev.SlotAdded | ev.TaskDecided | ev.TaskMoved) -> Open | Decided:
    match event:
        case ev.SlotAdded():
            added = task.about.added | {(event.reason, event.cause)}
            return Open(replace(task.about, slots=event.slot, added=added))
        case ev.TaskDecided():
            return Decided(about=task.about, by=event.by, result_token=event.result_token)
        case ev.TaskMoved():
            promotions = task.about.promotions + (event.code == DEADLINE)
            moved = replace(task.about, lane=event.lane, priority=event.priority, deadline=event.deadline)
            return replace(task, about=replace(moved, promotions=promotions))


def _about(event: ev.TaskOpened) -> Opened:
    return Opened(
        task=event.task,
        item=event.item,
        project=event.project,
        lane=event.lane,
        stage=event.stage,
        step=event.step,
        generation=event.generation,
        slots=event.slots,
        priority=event.priority,
        deadline=event.deadline,
    )


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


def _word(code: str) -> str:
    if not CODE.fullmatch(code):
        raise Refusal(
            "invalid",
            "code_invalid",
            expected="a word of a-z, 0-9 and _, 40 characters at most",
            found=repr(code[:40]),
            mend="say why in a word, and the rest in the note",
        )
    return code


def _held(about: Opened, code: str, note: Secret | None) -> ev.TaskHeld:
    return ev.TaskHeld(task=about.task, code=_word(code), note=note)


def _moved(command: Move, about: Opened) -> ev.TaskMoved:
    in_range("priority_invalid", "priority", command.priority, PRIORITIES[0], PRIORITIES[-1])
    return ev.TaskMoved(
        task=about.task,
        lane=command.lane,
        priority=command.priority,
        deadline=command.deadline,
        code=_word(command.code),
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
        result_class=command.result_class,
    )


TASK: Decider[Command, Task, Event] = Decider(Unopened(), decide, evolve)
"""One stream per task."""
