"""A dispute: an author has an error looked at again, once, by somebody who had no part in finding it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, assert_never

from backend.domain.checks import one_of
from backend.domain.decider import Decider
from backend.domain.errors import Refusal, not_found
from backend.events import disputes as ev
from backend.events import proficiency as scores
from backend.events.base import Secret
from backend.events.ids import (
    AnnotatorId,
    DisputeId,
    GoldId,
    ItemId,
    LeaseId,
    PrincipalId,
    ProjectId,
    ReviewId,
    SkillId,
)

OUTCOMES = {"upheld": False, "reversed": True, "void": None}
"""What a dispute comes to -> how the answer counts after it."""

# --- state


@dataclass(frozen=True, slots=True)
class Undisputed:
    """Nobody disputes what was said of the answer."""


@dataclass(frozen=True, slots=True)
class Open:
    """Waits for somebody independent."""

    about: ev.DisputeOpened


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Somebody looks at it."""

    about: ev.DisputeOpened
    by: PrincipalId
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """Decided for good; `settled`: by what became of the key, and not by somebody who looked."""

    about: ev.DisputeOpened
    by: PrincipalId
    outcome: str
    settled: bool = False


Dispute: TypeAlias = Undisputed | Open | Taken | Resolved

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDispute:
    """Dispute an error that was released, not after `until`; the other fields are those of the event."""

    dispute: DisputeId
    lease: LeaseId
    annotator: AnnotatorId
    project: ProjectId
    item: ItemId
    generation: int
    skill: SkillId
    source: str
    gold: GoldId | None
    review: ReviewId | None
    judged_by: AnnotatorId | None
    keyed_by: PrincipalId | None
    released_at: datetime
    reason: Secret
    until: datetime
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """Look at it until then; `met`: the person has answered or judged the item, or holds it now."""

    by: PrincipalId
    met: bool
    until: datetime
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveBack:
    """Let somebody else look at it; without `by` only where the time is over."""

    by: PrincipalId | None
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolve:
    """Decide it. `truth` (ciphertext, with its class token) is what is right by the resolver's word; without one a
    reversal says that the answer (`answer_class`) is."""

    by: PrincipalId
    met: bool
    outcome: str
    reason: Secret
    truth: Secret | None
    truth_class: str | None
    answer_class: str | None
    gold_wrong: bool
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Settle:
    """What the answer was held against was found wrong, and it was scored anew: `outcome` is what came of that, so that
    nobody has to look. `by` said that the key is wrong."""

    by: PrincipalId
    outcome: str
    reason: Secret


Command: TypeAlias = OpenDispute | Take | GiveBack | Resolve | Settle
Event: TypeAlias = (
    ev.DisputeOpened | ev.DisputeTaken | ev.DisputeReturned | ev.DisputeResolved | scores.ScoreCorrected
)

# --- refusals


def nothing_to_dispute() -> Refusal:
    """`nothing_to_dispute`: the same for gold, reviewed work and what nobody judged, so that it tells nothing."""
    return Refusal(
        "conflict",
        "nothing_to_dispute",
        expected="an answer of yours that your feedback shows as an error",
        found="another one",
        mend="read your feedback: only errors in it can be disputed",
    )


def already_disputed() -> Refusal:
    """`already_disputed`: an answer is looked at again once."""
    return Refusal(
        "conflict",
        "already_disputed",
        expected="an error that was not disputed before",
        found="one that was",
        mend="read the dispute; there is one for each answer",
    )


def _too_late(until: datetime) -> Refusal:
    return Refusal(
        "conflict",
        "dispute_window_over",
        expected=f"a dispute before {until.isoformat()}",
        found="one after it",
        mend="tell a manager what is wrong",
        extra={"until": until.isoformat()},
    )


def not_independent() -> Refusal:
    """`not_independent`: who answered, judged or keyed the item decides nothing about it, whatever their role."""
    return Refusal(
        "forbidden",
        "not_independent",
        expected="somebody who neither answered nor judged this item and did not write its key",
        found="somebody who did, or who has it at hand",
        mend="leave it to somebody else",
    )


def _taken() -> Refusal:
    return Refusal(
        "conflict",
        "dispute_taken",
        expected="a dispute that nobody else looks at",
        found="one that somebody does",
        mend="pull another one",
    )


def _resolved(outcome: str) -> Refusal:
    return Refusal(
        "conflict",
        "dispute_resolved",
        expected="a dispute that is open",
        found=f"one that was decided: {outcome}",
        mend="read it; what was decided stands",
        extra={"outcome": outcome},
    )


def _unexpected(code: str, expected: str, found: str) -> Refusal:
    return Refusal("invalid", code, expected=expected, found=found, mend="leave it out")


# --- decide


def decide(command: Command, dispute: Dispute) -> Sequence[Event]:
    """Read as a table: command, state, outcome."""
    match command, dispute:
        case OpenDispute(), Undisputed():
            if command.now >= command.until:
                raise _too_late(command.until)
            return [_opened(command)]
        case OpenDispute(), _:
            raise already_disputed()
        case _, Undisputed():
            raise not_found("a dispute")

        case ((Take(by=by, met=met) | Resolve(by=by, met=met)), (Open(about) | Taken(about=about))) if (
            met or by in (about.annotator, about.judged_by, about.keyed_by)
        ):
            raise not_independent()
        case Take(), Open(about):
            return [_looked_at(command, about)]
        case Take(by=by), Taken(by=holder) if by == holder:
            return []
        case Take(now=now), Taken(about=about, by=holder, until=until) if until <= now:
            return [_back(about, holder, "over"), _looked_at(command, about)]

        case GiveBack(by=by), Taken(about=about, by=holder) if by == holder:
            return [_back(about, holder, "given_back")]
        case GiveBack(by=None, now=now), Taken(about=about, by=holder, until=until) if until <= now:
            return [_back(about, holder, "over")]
        case GiveBack(), _:
            return []

        case Settle(), (Open(about) | Taken(about=about)):
            return [_settled(command, about)]
        case Settle(), Resolved():
            return []
        case Resolve(), Open(about):
            return _decided(command, about)
        case Resolve(by=by), Taken(about=about, by=holder) if by == holder:
            return _decided(command, about)
        case Resolve(), Resolved() if (command.by, command.outcome) == (dispute.by, dispute.outcome):
            return []
        case _, Taken():
            raise _taken()
        case _, Resolved(outcome=outcome):
            raise _resolved(outcome)
        case _:
            raise AssertionError(f"expected a command about a dispute, found {command!r}")


# --- evolve


def evolve(dispute: Dispute, event: Event) -> Dispute:
    """What is true after the event."""
    match event:
        case ev.DisputeOpened():
            return Open(event)
        case _ if isinstance(dispute, Undisputed):
            return dispute
        case ev.DisputeTaken(by=by, until=until):
            return Taken(about=dispute.about, by=by, until=until)
        case ev.DisputeReturned():
            return Open(dispute.about)
        case ev.DisputeResolved(by=by, outcome=outcome, settled=settled):
            return Resolved(about=dispute.about, by=by, outcome=outcome, settled=settled)
        case scores.ScoreCorrected():
            return dispute
        case _:
            assert_never(event)


# --- helpers


def _opened(command: OpenDispute) -> ev.DisputeOpened:
    return ev.DisputeOpened(
        dispute=command.dispute,
        lease=command.lease,
        annotator=command.annotator,
        project=command.project,
        item=command.item,
        generation=command.generation,
        skill=command.skill,
        source=command.source,
        gold=command.gold,
        review=command.review,
        judged_by=command.judged_by,
        keyed_by=command.keyed_by,
        released_at=command.released_at,
        reason=command.reason,
    )


def _looked_at(command: Take, about: ev.DisputeOpened) -> ev.DisputeTaken:
    return ev.DisputeTaken(
        dispute=about.dispute,
        by=command.by,
        item=about.item,
        generation=about.generation,
        until=command.until,
    )


def _back(about: ev.DisputeOpened, holder: PrincipalId, why: str) -> ev.DisputeReturned:
    return ev.DisputeReturned(dispute=about.dispute, by=holder, why=why)


def _settled(command: Settle, about: ev.DisputeOpened) -> ev.DisputeResolved:
    return ev.DisputeResolved(
        dispute=about.dispute,
        by=command.by,
        outcome=command.outcome,
        reason=command.reason,
        truth=None,
        gold_wrong=True,
        settled=True,
    )


def _decided(command: Resolve, about: ev.DisputeOpened) -> list[Event]:
    """The decision, and how the answer counts from now on where that is another way than before."""
    one_of("outcome_unknown", "outcome", command.outcome, OUTCOMES)
    if command.truth is not None and command.outcome == "upheld":
        raise _unexpected("truth_unexpected", "no truth where the judgement stands", "one")
    if command.gold_wrong and about.source != "gold":
        raise _unexpected("gold_wrong_unexpected", "gold_wrong of an answer to gold", "of a reviewed one")
    told: list[Event] = [
        ev.DisputeResolved(
            dispute=about.dispute,
            by=command.by,
            outcome=command.outcome,
            reason=command.reason,
            truth=command.truth,
            gold_wrong=command.gold_wrong,
        )
    ]
    if command.outcome == "upheld":
        return told
    counts = OUTCOMES[command.outcome]
    known = command.answer_class if command.truth is None and counts else command.truth_class
    return [
        *told,
        scores.ScoreCorrected(
            dispute=about.dispute,
            lease=about.lease,
            annotator=about.annotator,
            skill=about.skill,
            source=about.source,
            was=False,
            now=counts,
            truth_class=known,
            answer_class=command.answer_class,
        ),
    ]


DISPUTE: Decider[Command, Dispute, Event] = Decider(Undisputed(), decide, evolve)
"""One stream per answer that is disputed; its id follows from the lease."""
