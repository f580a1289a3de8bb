"""A double review: of what an expert settled alone a share is answered again by a second one, who knows of no first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from backend.domain.decider import Decider
from backend.domain.errors import not_now
from backend.domain.review.escalation import same_expert
from backend.domain.review.sampling import draw_text, is_sampled
from backend.events import double_review as ev
from backend.events.ids import AnnotatorId, EscalationId, ItemId, LeaseId, ProjectId, SkillId, TaskId

PPM = 1_000_000

# --- state


@dataclass(frozen=True, slots=True)
class Undrawn:
    """No expert has settled it alone, or nothing is looked at twice."""


@dataclass(frozen=True, slots=True)
class Passed:
    """Drawn, and not to be looked at."""

    drawn: ev.DoubleReviewDrawn


@dataclass(frozen=True, slots=True)
class Waiting:
    """A second expert is waited for."""

    drawn: ev.DoubleReviewDrawn


@dataclass(frozen=True, slots=True)
class Differed:
    """The second said otherwise: a third one is waited for."""

    drawn: ev.DoubleReviewDrawn
    second: ev.DoubleReviewDiffered


@dataclass(frozen=True, slots=True)
class Closed:
    """It is known what stands; `under` are the leases that were answered."""

    drawn: ev.DoubleReviewDrawn
    under: frozenset[LeaseId]


DoubleReview: TypeAlias = Undrawn | Passed | Waiting | Differed | Closed

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """Draw the expert's word at this rate; `draw` is that of sampling.draw for the lease, 0..2**64-1."""

    escalation: EscalationId
    task: TaskId
    item: ItemId
    project: ProjectId
    expert: AnnotatorId
    lease: LeaseId
    answer_class: str | None
    period: int
    rate_ppm: int
    draw: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """How near one answer came to another, and whether that is near enough to be the same."""

    same: bool
    score_ppm: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAgain:
    """The second expert's answer, and how it compares with the first one's."""

    expert: AnnotatorId
    lease: LeaseId
    answer_class: str | None
    first: Likeness
    skill: SkillId
    plan_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HaveLastWord:
    """The third expert's answer, and how the others compare with it; `correctable`: the item's result is still what the
    first one said."""

    expert: AnnotatorId
    lease: LeaseId
    answer_class: str | None
    first: Likeness
    second: Likeness
    correctable: bool
    skill: SkillId
    plan_version: int


Command: TypeAlias = Draw | LookAgain | HaveLastWord
Event: TypeAlias = (
    ev.DoubleReviewDrawn | ev.DoubleReviewDiffered | ev.DoubleReviewClosed | ev.DoubleReviewScored
)

# --- decide


def decide(command: Command, review: DoubleReview) -> Sequence[Event]:
    """Read as a table: command, state, outcome. Nobody looks twice (`same_expert`). What is not listed is refused."""
    match command, review:
        case Draw(), Undrawn():
            return [_drawn(command)]
        case Draw(lease=lease), (Passed() | Waiting() | Differed() | Closed()) if lease == review.drawn.lease:
            return []

        case LookAgain(expert=who), Waiting(drawn) if who == drawn.expert:
            raise same_expert()
        case LookAgain(), Waiting(drawn):
            return _looked(command, drawn)
        case LookAgain(lease=lease), Differed(second=second) if lease == second.lease:
            return []

        case HaveLastWord(expert=who), Differed(drawn, second) if who in (drawn.expert, second.expert):
            raise same_expert()
        case HaveLastWord(), Differed(drawn, second):
            return _last_word(command, drawn, second)

        case ((LookAgain(lease=lease) | HaveLastWord(lease=lease)), Closed(under=under)) if lease in under:
            return []
        case _:
            raise not_now(command, review)


# --- evolve


def evolve(review: DoubleReview, event: Event) -> DoubleReview:
    """What is true after the event."""
    match event, review:
        case ev.DoubleReviewDrawn(sampled=sampled), _:
            return Waiting(event) if sampled else Passed(event)
        case _, Undrawn():
            return review
        case ev.DoubleReviewDiffered(), _:
            return Differed(review.drawn, event)
        case ev.DoubleReviewClosed(lease=lease), _:
            second = (review.second.lease,) if isinstance(review, Differed) else ()
            return Closed(review.drawn, frozenset((lease, *second)))
        case ev.DoubleReviewScored(), _:
            return review
        case _:
            assert_never(event)


# --- helpers


def _drawn(command: Draw) -> ev.DoubleReviewDrawn:
    return ev.DoubleReviewDrawn(
        escalation=command.escalation,
        task=command.task,
        item=command.item,
        project=command.project,
        expert=command.expert,
        lease=command.lease,
        answer_class=command.answer_class,
        period=command.period,
        rate_ppm=command.rate_ppm,
        draw=draw_text(command.draw),
        sampled=is_sampled(command.draw, command.rate_ppm),
    )


def _looked(command: LookAgain, drawn: ev.DoubleReviewDrawn) -> Sequence[Event]:
    """Two who agree are evidence about both; where they differ nobody knows yet who is right."""
    if not command.first.same:
        differed = ev.DoubleReviewDiffered(
            escalation=drawn.escalation,
            project=drawn.project,
            expert=command.expert,
            lease=command.lease,
            answer_class=command.answer_class,
            score_ppm=command.first.score_ppm,
        )
        return [differed]
    second = (command.lease, command.expert, command.answer_class)
    return [
        _closed(command, drawn, "agreed"),
        _first_scored(command, drawn, command.answer_class),
        _scored(command, drawn, second, command.first, drawn.answer_class, PPM),
    ]


def _last_word(
    command: HaveLastWord, drawn: ev.DoubleReviewDrawn, second: ev.DoubleReviewDiffered
) -> Sequence[Event]:
    outcome = "first" if command.first.same else "second" if command.second.same else "third"
    theirs = (second.lease, second.expert, second.answer_class)
    return [
        _closed(command, drawn, outcome, corrected=command.correctable and outcome != "first"),
        _first_scored(command, drawn, command.answer_class),
        _scored(command, drawn, theirs, command.second, command.answer_class, PPM),
    ]


def _closed(
    command: LookAgain | HaveLastWord, drawn: ev.DoubleReviewDrawn, outcome: str, *, corrected: bool = False
) -> ev.DoubleReviewClosed:
    return ev.DoubleReviewClosed(
        escalation=drawn.escalation,
        project=drawn.project,
        expert=command.expert,
        lease=command.lease,
        outcome=outcome,
        corrected=corrected,
    )


def _first_scored(
    command: LookAgain | HaveLastWord, drawn: ev.DoubleReviewDrawn, truth_class: str | None
) -> ev.DoubleReviewScored:
    theirs = (drawn.lease, drawn.expert, drawn.answer_class)
    return _scored(command, drawn, theirs, command.first, truth_class, drawn.rate_ppm)


def _scored(
    command: LookAgain | HaveLastWord,
    drawn: ev.DoubleReviewDrawn,
    answer: tuple[LeaseId, AnnotatorId, str | None],
    like: Likeness,
    truth_class: str | None,
    rate_ppm: int,
) -> ev.DoubleReviewScored:
    lease, annotator, answer_class = answer
    return ev.DoubleReviewScored(
        escalation=drawn.escalation,
        lease=lease,
        annotator=annotator,
        skill=command.skill,
        project=drawn.project,
        correct=like.same,
        score_ppm=like.score_ppm,
        truth_class=truth_class,
        answer_class=answer_class,
        rate_ppm=rate_ppm,
        plan_version=command.plan_version,
    )


DOUBLE_REVIEW: Decider[Command, DoubleReview, Event] = Decider(Undrawn(), decide, evolve)
"""One stream per escalation; its id follows from the escalation's."""
