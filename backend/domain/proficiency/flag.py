"""A flag: raised once while it is open, settled by a person, and raised again only on twice the evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias, assert_never

from backend.domain.checks import one_of
from backend.domain.decider import Decider
from backend.domain.errors import Refusal, not_found, not_now
from backend.events import flags as ev
from backend.events import proficiency as scores
from backend.events.base import Secret
from backend.events.ids import AnnotatorId, FlagId, ProjectId, SkillId

KINDS = (
    *("spammer", "too_fast", "too_even", "copying", "leak", "class_mix", "mix_drift"),
    *("simultaneous", "shared_device", "shared_address"),
)
DECISIONS = ("dismissed", "noted", "explained", "discounted")
MORE = 2
"""So many times the evidence that was settled raises a flag again."""

# --- state


@dataclass(frozen=True, slots=True)
class Unraised:
    """Nobody was ever suspected of this."""


@dataclass(frozen=True, slots=True)
class Open:
    """Waits for somebody's decision."""

    raised: ev.FlagRaised


@dataclass(frozen=True, slots=True)
class Settled:
    """Decided; `weightless`: whose answers weigh nothing by it, and since when."""

    raised: ev.FlagRaised
    decision: str
    weightless: Mapping[AnnotatorId, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Closed:
    """Nobody decided while there was somebody to decide about."""

    raised: ev.FlagRaised


Flag: TypeAlias = Unraised | Open | Settled | Closed

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class Raise:
    """A rule found something; the fields are those of the event."""

    flag: FlagId
    annotator: AnnotatorId
    other: AnnotatorId | None
    skill: SkillId
    project: ProjectId | None
    kind: str
    amount: int
    evidence: str
    threshold: str
    since: datetime
    basis_index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Settle:
    """Decide; with `discounted` the answers of `people` from `since` (None: from the first in the evidence) weigh
    nothing. Without people it is the one whom the flag is about; of a pair they are named."""

    flag: FlagId
    decision: str
    reason: Secret
    now: datetime
    since: datetime | None = None
    people: Sequence[AnnotatorId] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """Whom it is about is gone."""

    flag: FlagId
    because: str


Command: TypeAlias = Raise | Settle | Close
Event: TypeAlias = (
    ev.FlagRaised | ev.FlagSettled | ev.FlagClosed | scores.AnswersDiscounted | scores.AnswersRestored
)

# --- decide


def decide(command: Command, flag: Flag) -> Sequence[Event]:
    """Read as a table: command, state, outcome."""
    match command, flag:
        case Raise(), (Unraised() | Closed()):
            return [_raised(command)]
        case Raise(), (Open() | Settled(decision="discounted" | "explained")):
            return []
        case Raise(amount=amount), Settled(raised=before):
            return [_raised(command)] if amount >= MORE * before.amount else []

        case Close(flag=flag_id, because=because), Open(raised=now) if flag_id == now.flag:
            return [ev.FlagClosed(flag=flag_id, because=because)]
        case Close(), _:
            return []

        case Settle(), Unraised():
            raise not_found("a flag")
        case Settle(flag=asked), (Open(raised=now) | Settled(raised=now) | Closed(raised=now)) if (
            asked != now.flag
        ):
            raise _overtaken(now)
        case Settle(decision=decision), (Open(raised=raised) | Closed(raised=raised)):
            return _settled(command, decision, _weightless(command, raised), {}, raised)
        case Settle(decision=decision), Settled(raised=raised, decision=before, weightless=now):
            after = _weightless(command, raised)
            return (
                [] if (decision, after) == (before, now) else _settled(command, decision, after, now, raised)
            )
        case _:
            raise not_now(command, flag)


# --- evolve


def evolve(flag: Flag, event: Event) -> Flag:
    """What is true after the event."""
    match event:
        case ev.FlagRaised():
            return Open(event)
        case _ if isinstance(flag, Unraised):
            return flag
        case ev.FlagSettled(decision=decision):
            return Settled(flag.raised, decision, flag.weightless if isinstance(flag, Settled) else {})
        case ev.FlagClosed():
            return Closed(flag.raised)
        case _ if not isinstance(flag, Settled):
            return flag
        case scores.AnswersDiscounted(annotator=who, since=since):
            return Settled(flag.raised, flag.decision, {**flag.weightless, who: since})
        case scores.AnswersRestored(annotator=who):
            rest = {one: since for one, since in flag.weightless.items() if one != who}
            return Settled(flag.raised, flag.decision, rest)
        case _:
            assert_never(event)


# --- helpers


def _raised(command: Raise) -> ev.FlagRaised:
    one_of("kind_unknown", "kind", command.kind, KINDS)
    return ev.FlagRaised(
        flag=command.flag,
        annotator=command.annotator,
        other=command.other,
        skill=command.skill,
        project=command.project,
        kind=command.kind,
        amount=command.amount,
        evidence=command.evidence,
        threshold=command.threshold,
        since=command.since,
        basis_index=command.basis_index,
    )


def _weightless(command: Settle, raised: ev.FlagRaised) -> dict[AnnotatorId, datetime]:
    """Whose answers will weigh nothing, and since when."""
    one_of("decision_unknown", "decision", command.decision, DECISIONS)
    if command.decision != "discounted":
        return {}
    about = [one for one in (raised.annotator, raised.other) if one is not None]
    people = list(command.people) or about
    if (not command.people and len(about) > 1) or not set(people) <= set(about):
        raise _whose(about)
    since = command.since or raised.since
    if since > command.now:
        raise _not_yet(since, command.now)
    return dict.fromkeys(sorted(people), since)


def _settled(
    command: Settle,
    decision: str,
    after: Mapping[AnnotatorId, datetime],
    before: Mapping[AnnotatorId, datetime],
    raised: ev.FlagRaised,
) -> list[Event]:
    told: list[Event] = [ev.FlagSettled(flag=raised.flag, decision=decision, reason=command.reason)]
    told += [
        scores.AnswersRestored(annotator=who, skill=raised.skill, flag=raised.flag)
        for who in sorted(before.keys() - after.keys())
    ]
    told += [
        scores.AnswersDiscounted(annotator=who, skill=raised.skill, flag=raised.flag, since=since)
        for who, since in after.items()
        if before.get(who) != since
    ]
    return told


def _overtaken(now: ev.FlagRaised) -> Refusal:
    return Refusal(
        "conflict",
        "flag_overtaken",
        expected="the newest flag of its kind about this person",
        found=f"an earlier one; {now.flag} was raised since on more evidence",
        mend="settle the newest",
        extra={"flag": str(now.flag)},
    )


def _whose(about: Sequence[AnnotatorId]) -> Refusal:
    listed = " and ".join(str(one) for one in about)
    return Refusal(
        "invalid",
        "whose_unclear",
        expected=f"whose answers are discounted, of {listed}",
        found="nobody named of a pair, or somebody else",
        mend="name them in annotators: of a pair one may have been copied from",
    )


def _not_yet(since: datetime, now: datetime) -> Refusal:
    return Refusal(
        "invalid",
        "since_invalid",
        expected=f"a moment up to now ({now.isoformat()})",
        found=since.isoformat(),
        mend="send an earlier moment, or none: then it is the first answer of the evidence",
    )


FLAG: Decider[Command, Flag, Event] = Decider(Unraised(), decide, evolve)
"""One stream per person, skill, kind and second person; its id follows from them."""
