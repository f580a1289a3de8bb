"""An escalation: an item waits for an expert, and one expert's answer stands for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from backend.domain.checks import one_of
from backend.domain.decider import Decider
from backend.domain.errors import Refusal, not_now
from backend.events import review as ev
from backend.events.base import Secret
from backend.events.ids import AnnotatorId, EscalationId, ItemId, LeaseId, ProjectId, TaskId

REASONS = ("low_confidence", "annotator_flagged", "rework_limit", "skipped_often")

# --- state


@dataclass(frozen=True, slots=True)
class Unopened:
    """No such escalation yet."""


@dataclass(frozen=True, slots=True)
class Open:
    """Waiting for an expert."""

    opened: ev.EscalationOpened


@dataclass(frozen=True, slots=True)
class Resolved:
    """An expert answered under this lease."""

    opened: ev.EscalationOpened
    expert: AnnotatorId
    lease: LeaseId


Escalation: TypeAlias = Unopened | Open | Resolved

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenEscalation:
    """Send an item to the experts: low_confidence, annotator_flagged, rework_limit or skipped_often."""

    escalation: EscalationId
    task: TaskId
    item: ItemId
    project: ProjectId
    reason: str
    raised_by: AnnotatorId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolve:
    """The expert's answer, given under `lease`."""

    expert: AnnotatorId
    lease: LeaseId
    answer: Secret
    answer_class: str | None


Command: TypeAlias = OpenEscalation | Resolve
Event: TypeAlias = ev.EscalationOpened | ev.EscalationResolved

# --- refusals


def resolved() -> Refusal:
    """`escalation_resolved`: another expert's answer stands."""
    return Refusal(
        "conflict",
        "escalation_resolved",
        expected="an escalation that is open",
        found="one that another answer resolved",
        mend="pull again; open a dispute if you disagree",
    )


# --- decide


def decide(command: Command, escalation: Escalation) -> Sequence[Event]:
    """Read as a table: command, state, outcome. What is not listed is refused."""
    match command, escalation:
        case OpenEscalation(), Unopened():
            one_of("reason_unknown", "reason", command.reason, REASONS)
            return [
                ev.EscalationOpened(
                    escalation=command.escalation,
                    task=command.task,
                    item=command.item,
                    project=command.project,
                    reason=command.reason,
                    raised_by=command.raised_by,
                )
            ]
        case OpenEscalation(escalation=asked, task=task), (Open(known) | Resolved(known)) if (
            asked,
            task,
        ) == (
            known.escalation,
            known.task,
        ):
            return []
        case Resolve(), Open(known):
            return [
                ev.EscalationResolved(
                    escalation=known.escalation,
                    task=known.task,
                    item=known.item,
                    project=known.project,
                    expert=command.expert,
                    lease=command.lease,
                    answer=command.answer,
                    answer_class=command.answer_class,
                )
            ]
        case Resolve(expert=who, lease=lease), Resolved(_, expert, under) if (who, lease) == (expert, under):
            return []
        case Resolve(), Resolved():
            raise resolved()
        case _:
            raise not_now(command, escalation)


# --- evolve


def evolve(escalation: Escalation, event: Event) -> Escalation:
    """What is true after the event."""
    match event, escalation:
        case ev.EscalationOpened(), _:
            return Open(event)
        case ev.EscalationResolved(), (Open(opened) | Resolved(opened)):
            return Resolved(opened, event.expert, event.lease)
        case ev.EscalationResolved(), Unopened():
            return escalation
        case _:
            assert_never(event)


ESCALATION: Decider[Command, Escalation, Event] = Decider(Unopened(), decide, evolve)
"""One stream per escalation; its id follows from the task."""
