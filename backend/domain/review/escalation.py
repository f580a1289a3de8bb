"""An escalation: an item waits for an expert, in time or late; an expert's answer stands, or a second one's."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, TypeAlias, assert_never

from backend.domain.checks import one_of
from backend.domain.decider import Decider
from backend.domain.errors import Refusal, not_now
from backend.events import review as ev
from backend.events.base import Secret
from backend.events.ids import AnnotatorId, EscalationId, ItemId, LeaseId, ProjectId, SkillId, TaskId

REASONS = (
    "low_confidence",
    "annotator_flagged",
    "rework_limit",
    "skipped_often",
    "expert_conflict",
    "watched_class",
    "model_unsure",
    "drift",
)
What = Literal["start", "due"]
"""What has to happen in time: that somebody begins, that it is resolved."""

# --- state


@dataclass(frozen=True, slots=True)
class Unopened:
    """No such escalation yet."""


@dataclass(frozen=True, slots=True)
class Open:
    """Waiting for an expert; `missed` was told."""

    opened: ev.EscalationOpened
    missed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Contested:
    """The first expert answered unlike everybody before: waiting for a second one."""

    opened: ev.EscalationOpened
    first: AnnotatorId
    under: LeaseId
    missed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Resolved:
    """The last word was given by this expert under this lease; `contested`: who had answered first, and under which."""

    opened: ev.EscalationOpened
    expert: AnnotatorId
    lease: LeaseId
    contested: tuple[AnnotatorId, LeaseId] | None = None


Escalation: TypeAlias = Unopened | Open | Contested | Resolved

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenEscalation:
    """Send an item to the experts for one of REASONS; `code` says more, in a word of the project's."""

    escalation: EscalationId
    task: TaskId
    item: ItemId
    project: ProjectId
    reason: str
    raised_by: AnnotatorId | None
    code: str = ""
    start_by: datetime | None = None
    due_by: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """An answer from before, compared with the expert's: `score_ppm`, and whether it is near enough to be the same.

    What does not count (rejected, or a reviewer's correction) is compared all the same, but is no evidence.
    """

    lease: LeaseId
    annotator: AnnotatorId
    answer_class: str | None
    same: bool
    score_ppm: int
    counts: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolve:
    """The expert's answer, given under `lease`, and what everybody before had said. With `experts_max` above 1 a first
    expert who agrees with none of them does not have the last word."""

    expert: AnnotatorId
    lease: LeaseId
    answer: Secret
    answer_class: str | None
    skill: SkillId
    plan_version: int
    experts_max: int = 1
    before: tuple[Compared, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TellMissed:
    """What should have happened by now, and has not."""

    what: What
    now: datetime


Command: TypeAlias = OpenEscalation | Resolve | TellMissed
Event: TypeAlias = (
    ev.EscalationOpened
    | ev.EscalationMissed
    | ev.EscalationContested
    | ev.EscalationResolved
    | ev.AdjudicationScored
)

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


def same_expert() -> Refusal:
    """`same_expert`: nobody is the second opinion on their own."""
    return Refusal(
        "conflict",
        "same_expert",
        expected="an expert who has not answered this item",
        found="the one whose answer is contested",
        mend="leave it to another expert",
    )


# --- decide


def decide(command: Command, escalation: Escalation) -> Sequence[Event]:
    """Read as a table: command, state, outcome. What is not listed is refused."""
    match command, escalation:
        case OpenEscalation(), Unopened():
            one_of("reason_unknown", "reason", command.reason, REASONS)
            return [_opened(command)]
        case OpenEscalation(), (Open() | Contested() | Resolved()) if _same(command, escalation.opened):
            return []

        case Resolve(experts_max=most, before=before), Open(known) if most > 1 and _conflict(before):
            return [_contested(command, known)]
        case Resolve(), Open(known):
            return _resolved(command, known)
        case Resolve(expert=who, lease=lease), Contested(_, first, under) if (who, lease) == (first, under):
            return []
        case Resolve(expert=who), Contested(first=first) if who == first:
            raise same_expert()
        case Resolve(), Contested(known):
            return _resolved(command, known)
        case Resolve(expert=who, lease=lease), Resolved(_, last, under, before_it) if (who, lease) in (
            (last, under),
            before_it,
        ):
            return []
        case Resolve(), Resolved():
            raise resolved()

        case TellMissed(what=what), (Open() | Contested()) if what in escalation.missed:
            return []
        case TellMissed(what="start"), Contested():
            return []
        case TellMissed(), (Open(known) | Contested(known)):
            return _missed(command, known)
        case TellMissed(), Resolved():
            return []
        case _:
            raise not_now(command, escalation)


# --- evolve


def evolve(escalation: Escalation, event: Event) -> Escalation:
    """What is true after the event."""
    match event, escalation:
        case ev.EscalationOpened(), _:
            return Open(event)
        case _, Unopened():
            return escalation
        case ev.EscalationMissed(what=what), (Open() | Contested()):
            return replace(escalation, missed=escalation.missed | {what})
        case ev.EscalationContested(expert=who, lease=lease), Open(opened, missed):
            return Contested(opened, who, lease, missed)
        case ev.EscalationResolved(expert=who, lease=lease), (Open() | Contested() | Resolved()):
            return Resolved(escalation.opened, who, lease, _first(escalation))
        case ((ev.EscalationMissed() | ev.EscalationContested() | ev.AdjudicationScored()), _):
            return escalation
        case _:
            assert_never(event)


# --- helpers


def ambiguous(unsure: int, answers: int) -> bool:
    """Whether so many of an item's answers were flagged unsure that an expert is to look: at least two and at least
    half of them."""
    return unsure >= 2 and 2 * unsure >= answers


def _conflict(before: Sequence[Compared]) -> bool:
    """Where nobody has answered there is nothing to disagree with."""
    return bool(before) and not any(one.same for one in before)


def _same(command: OpenEscalation, known: ev.EscalationOpened) -> bool:
    return (command.escalation, command.task) == (known.escalation, known.task)


def _first(escalation: Open | Contested | Resolved) -> tuple[AnnotatorId, LeaseId] | None:
    match escalation:
        case Open():
            return None
        case Contested(first=who, under=under):
            return who, under
        case Resolved(contested=contested):
            return contested


def _opened(command: OpenEscalation) -> ev.EscalationOpened:
    return ev.EscalationOpened(
        escalation=command.escalation,
        task=command.task,
        item=command.item,
        project=command.project,
        reason=command.reason,
        raised_by=command.raised_by,
        code=command.code,
        start_by=command.start_by,
        due_by=command.due_by,
    )


def _contested(command: Resolve, known: ev.EscalationOpened) -> ev.EscalationContested:
    return ev.EscalationContested(
        escalation=known.escalation,
        task=known.task,
        project=known.project,
        expert=command.expert,
        lease=command.lease,
        answer=command.answer,
        answer_class=command.answer_class,
    )


def _resolved(command: Resolve, known: ev.EscalationOpened) -> Sequence[Event]:
    """The answer stands, and every answer that counted is measured by it."""
    stands = ev.EscalationResolved(
        escalation=known.escalation,
        task=known.task,
        item=known.item,
        project=known.project,
        expert=command.expert,
        lease=command.lease,
        answer=command.answer,
        answer_class=command.answer_class,
    )
    return [stands, *(_scored(command, known, one) for one in command.before if one.counts)]


def _scored(command: Resolve, known: ev.EscalationOpened, one: Compared) -> ev.AdjudicationScored:
    return ev.AdjudicationScored(
        escalation=known.escalation,
        lease=one.lease,
        annotator=one.annotator,
        skill=command.skill,
        project=known.project,
        correct=one.same,
        score_ppm=one.score_ppm,
        truth_class=command.answer_class,
        answer_class=one.answer_class,
        plan_version=command.plan_version,
    )


def _missed(command: TellMissed, known: ev.EscalationOpened) -> Sequence[ev.EscalationMissed]:
    by = known.start_by if command.what == "start" else known.due_by
    if by is None or command.now < by:
        return []
    told = ev.EscalationMissed(
        escalation=known.escalation, task=known.task, project=known.project, what=command.what
    )
    return [told]


ESCALATION: Decider[Command, Escalation, Event] = Decider(Unopened(), decide, evolve)
"""One stream per escalation; its id follows from the task."""
