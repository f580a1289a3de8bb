"""A review: one answer drawn or not, then one verdict by somebody else than its author."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from backend.domain.checks import PPM, one_of
from backend.domain.decider import Decider
from backend.domain.errors import Refusal, not_now
from backend.domain.review.sampling import draw_text, is_sampled
from backend.events import review as ev
from backend.events.base import Secret
from backend.events.ids import AnnotatorId, BulkId, ItemId, LeaseId, ProjectId, ReviewId, SkillId, TaskId
from backend.events.review import RegionVerdict

VERDICTS = ("accept", "correct", "reject")
LOOKED_AT = ("pilot", "audit", "normal", "tightened", "reduced", "discontinued", "rejected_lot")
"""Drawn for these reasons an answer is looked at for certain: production, the tenant or a lot waits for the outcome."""

# --- state


@dataclass(frozen=True, slots=True)
class Undrawn:
    """The draw has not been made."""


@dataclass(frozen=True, slots=True)
class NotSampled:
    """Drawn, and above the rate: nobody looks at this answer."""

    drawn: ev.ReviewDrawn


@dataclass(frozen=True, slots=True)
class Pending:
    """Drawn, under the rate, waiting for a reviewer."""

    drawn: ev.ReviewDrawn


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A reviewer has spoken."""

    reviewer: AnnotatorId
    author: AnnotatorId
    verdict: str
    correction_token: str | None
    regions: tuple[RegionVerdict, ...] = ()


Review: TypeAlias = Undrawn | NotSampled | Pending | Given

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """The draw (0..2**64-1, see sampling.draw) of one answer against the rate in force; `reason` says why that rate,
    and the rest what was believed of the answer, up to `basis_index` in the log."""

    review: ReviewId
    lease: LeaseId
    task: TaskId
    item: ItemId
    project: ProjectId
    author: AnnotatorId
    period: int
    rate_ppm: int
    draw: int
    reason: str = "fixed"
    answer_class: str | None = None
    risk_ppm: int | None = None
    threshold_ppm: int | None = None
    basis_index: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveVerdict:
    """accept, correct (with the correction and its keyed token) or reject; classes are keyed tokens. `bulk`: the act by
    which many are decided alike.

    `score_ppm` and `passed` are of the answer against the correction; what is accepted is right, what is rejected
    wrong, whatever they say. `regions` were looked up in the answer."""

    reviewer: AnnotatorId
    skill: SkillId
    verdict: str
    correction: Secret | None = None
    correction_token: str | None = None
    truth_class: str | None
    answer_class: str | None
    note: Secret | None = None
    score_ppm: int = 0
    passed: bool = False
    regions: tuple[RegionVerdict, ...] = ()
    plan_version: int = 0
    bulk: BulkId | None = None
    labels_shown: int = 0


Command: TypeAlias = Draw | GiveVerdict
Event: TypeAlias = ev.ReviewDrawn | ev.VerdictGiven

# --- refusals


def own_work() -> Refusal:
    """`own_work`: nobody reviews what they answered themselves."""
    return Refusal(
        "forbidden",
        "own_work",
        expected="a reviewer other than the author",
        found="the author",
        mend="leave this review to somebody else",
    )


def not_sampled() -> Refusal:
    """`not_sampled`: a verdict outside the sample would bias every estimate made from it."""
    return Refusal(
        "conflict",
        "not_sampled",
        expected="an answer that was drawn for review",
        found="one that was not",
        mend="pull a review instead of choosing one",
    )


def verdict_given(given: Given) -> Refusal:
    """`verdict_given`: the first verdict stands."""
    return Refusal(
        "conflict",
        "verdict_given",
        expected="a review without a verdict",
        found=f"the verdict {given.verdict}",
        mend="pull another review; open a dispute if you disagree",
    )


def inspection_required(reason: str) -> Refusal:
    """`inspection_required`: what is let through in bulk nobody has looked at, and here somebody has to."""
    return Refusal(
        "conflict",
        "inspection_required",
        expected="an answer that need not be looked at by itself",
        found=f"one drawn for the reason {reason}",
        mend="pull this review and judge it by itself, or leave it out",
    )


def correction_wrong(verdict: str, has_one: bool) -> Refusal:
    """`correction_required` or `correction_unexpected`: the verdict correct, and only it, carries a correction."""
    return Refusal(
        "invalid",
        "correction_unexpected" if has_one else "correction_required",
        expected="a correction with the verdict correct, and with no other",
        found=f"{verdict} {'with' if has_one else 'without'} a correction",
        mend="send the verdict correct together with the corrected answer",
    )


# --- decide


def decide(command: Command, review: Review) -> Sequence[Event]:
    """Read as a table: command, state, outcome. What is not listed is refused."""
    match command, review:
        case Draw(), Undrawn():
            return [_drawn(command)]
        case Draw(reason="rejected_lot", review=asked, lease=lease), NotSampled(known) if (asked, lease) == (
            known.review,
            known.lease,
        ):
            # The draw stays what it was; its lot was rejected, and now all of it is looked at.
            return [_drawn(command)]
        case Draw(review=asked, lease=lease), (NotSampled(known) | Pending(known)) if (asked, lease) == (
            known.review,
            known.lease,
        ):
            return []

        case GiveVerdict(reviewer=who), Pending(drawn) if who == drawn.author:
            raise own_work()
        case GiveVerdict(reviewer=who), Given(author=author) if who == author:
            raise own_work()
        case GiveVerdict(verdict="accept", bulk=bulk), Pending(drawn) if (
            bulk is not None and drawn.reason in LOOKED_AT
        ):
            raise inspection_required(drawn.reason)
        case GiveVerdict(), Pending(drawn):
            return [_given(command, drawn)]
        case GiveVerdict(), NotSampled():
            raise not_sampled()
        case GiveVerdict(), Given() if _same(command, review):
            return []
        case GiveVerdict(), Given():
            raise verdict_given(review)
        case _:
            raise not_now(command, review)


# --- evolve


def evolve(review: Review, event: Event) -> Review:
    """What is true after the event."""
    match event:
        case ev.ReviewDrawn():
            return Pending(event) if event.sampled else NotSampled(event)
        case ev.VerdictGiven():
            return Given(
                reviewer=event.reviewer,
                author=event.author,
                verdict=event.verdict,
                correction_token=event.correction_token,
                regions=event.regions,
            )
        case _:
            assert_never(event)


# --- helpers


def _same(command: GiveVerdict, given: Given) -> bool:
    asked = (command.reviewer, command.verdict, command.correction_token, command.regions)
    return asked == (given.reviewer, given.verdict, given.correction_token, given.regions)


def _drawn(command: Draw) -> ev.ReviewDrawn:
    return ev.ReviewDrawn(
        review=command.review,
        lease=command.lease,
        task=command.task,
        item=command.item,
        project=command.project,
        author=command.author,
        period=command.period,
        rate_ppm=command.rate_ppm,
        draw=draw_text(command.draw),
        sampled=is_sampled(command.draw, command.rate_ppm),
        reason=command.reason,
        answer_class=command.answer_class,
        risk_ppm=command.risk_ppm,
        threshold_ppm=command.threshold_ppm,
        basis_index=command.basis_index,
    )


def _given(command: GiveVerdict, drawn: ev.ReviewDrawn) -> ev.VerdictGiven:
    one_of("verdict_unknown", "verdict", command.verdict, VERDICTS)
    has_one = command.correction is not None and command.correction_token is not None
    if has_one != (command.verdict == "correct"):
        raise correction_wrong(command.verdict, has_one)
    score_ppm, passed = _worth(command)
    return ev.VerdictGiven(
        review=drawn.review,
        lease=drawn.lease,
        task=drawn.task,
        item=drawn.item,
        project=drawn.project,
        reviewer=command.reviewer,
        author=drawn.author,
        skill=command.skill,
        verdict=command.verdict,
        correction=command.correction,
        correction_token=command.correction_token,
        truth_class=command.truth_class,
        answer_class=command.answer_class,
        rate_ppm=drawn.rate_ppm,
        note=command.note,
        score_ppm=score_ppm,
        passed=passed,
        regions=command.regions,
        plan_version=command.plan_version,
        bulk=command.bulk,
        labels_shown=command.labels_shown,
    )


def _worth(command: GiveVerdict) -> tuple[int, bool]:
    match command.verdict:
        case "accept":
            return PPM, True
        case "reject":
            return 0, False
        case _:
            return command.score_ppm, command.passed


REVIEW: Decider[Command, Review, Event] = Decider(Undrawn(), decide, evolve)
"""One stream per review; its id follows from the lease."""
