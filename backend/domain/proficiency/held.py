"""What one person holds in one skill: a level from each source that gave one, and whether a rule has closed it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeAlias, assert_never

from backend.domain.checks import in_range, one_of
from backend.domain.decider import Decider
from backend.domain.errors import Refusal, not_now
from backend.events import proficiency as ev
from backend.events.base import Secret
from backend.events.ids import AnnotatorId, DisputeId, KeyCaseId, SkillId

LEVEL_MAX = 10
SOURCES = ("exam", "gold", "course", "import", "manager")
LOST_WHY = ("withdrawn", "course_lapsed", "evidence")

# --- state


@dataclass(frozen=True, slots=True)
class Grade:
    """A level, 1..10, and when it ends (None: never)."""

    level: int
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Open:
    """Source -> what it gave. Evidence below the index `judged` is what a rule has judged already."""

    held: Mapping[str, Grade] = field(default_factory=dict)
    judged: int = 0


@dataclass(frozen=True, slots=True)
class Closed:
    """The same, but no new work in this skill until somebody has looked at the evidence. `before`: what had been judged
    before that."""

    held: Mapping[str, Grade] = field(default_factory=dict)
    judged: int = 0
    before: int = 0


Held: TypeAlias = Open | Closed

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Give a level; it replaces what the same source gave before, a higher level too."""

    annotator: AnnotatorId
    skill: SkillId
    level: int
    until: datetime | None
    now: datetime
    source: str
    evidence: str
    reason: Secret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lose:
    """What this source gave does not count any more; `why` is withdrawn, course_lapsed or evidence.

    `elsewhere`: another stream says that it gave something (an attempt at an exam).
    """

    annotator: AnnotatorId
    skill: SkillId
    source: str
    why: str
    reason: Secret | None = None
    elsewhere: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapse:
    """Note that what this source gave has ended, if it has."""

    annotator: AnnotatorId
    skill: SkillId
    source: str
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """By rule: the accuracy is below the floor, this sure, on this live evidence."""

    annotator: AnnotatorId
    skill: SkillId
    floor_ppm: int
    probability_ppm: int
    correct: int
    total: int
    basis_index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """By rule: the sum that errors raise reached its bound, for a fall from the target; all in millionths."""

    annotator: AnnotatorId
    skill: SkillId
    target_ppm: int
    state_ppm: int
    bound_ppm: int
    basis_index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopen:
    """Somebody looked at the evidence."""

    annotator: AnnotatorId
    skill: SkillId
    reason: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """By rule: with the evidence as these disputes, and these findings that a key of gold was wrong, have corrected it
    the skill would not have been closed; the numbers are those of the evidence from `fresh_from` on."""

    annotator: AnnotatorId
    skill: SkillId
    disputes: tuple[DisputeId, ...]
    floor_ppm: int
    probability_ppm: int
    correct: int
    total: int
    fresh_from: int
    basis_index: int
    key_cases: tuple[KeyCaseId, ...] = ()


Command: TypeAlias = Grant | Lose | Lapse | Close | Alarm | Reopen | Undo
Event: TypeAlias = (
    ev.SkillGranted
    | ev.SkillLost
    | ev.SkillClosed
    | ev.DriftAlarmed
    | ev.SkillReopened
    | ev.SkillClosingUndone
)

# --- refusals


def _check_grant(command: Grant) -> None:
    in_range("level_invalid", "level", command.level, 1, LEVEL_MAX)
    one_of("skill_source_unknown", "source", command.source, SOURCES)
    if command.until is not None and command.until <= command.now:
        raise Refusal(
            "invalid",
            "until_past",
            expected="an end in the future, or none",
            found=command.until.isoformat(),
            mend="send a later moment",
        )


# --- decide


def decide(command: Command, held: Held) -> Sequence[Event]:
    """Read as a table: command, state, outcome."""
    match command, held:
        case Grant(), _ if held.held.get(command.source) == Grade(command.level, command.until):
            return []
        case Grant(), _:
            _check_grant(command)
            return [_granted(command)]

        case Lose(source=source, why=why), _:
            one_of("skill_source_unknown", "source", source, SOURCES)
            one_of("skill_lost_why_unknown", "why", why, LOST_WHY)
            return [_lost(command, why, command.reason)] if source in held.held or command.elsewhere else []

        case Lapse(source=source, now=now), _:
            grade = held.held.get(source)
            over = grade is not None and grade.until is not None and grade.until <= now
            return [_lost(command, "expired", None)] if over else []

        case Close() | Alarm(), _ if isinstance(held, Closed) or command.basis_index <= held.judged:
            return []
        case Close(), Open():
            return [_closed(command), *_not_by_record(command, held)]
        case Alarm(), Open():
            return [_alarmed(command), *_not_by_record(command, held)]

        case Reopen() | Undo(), Open():
            return []
        case Reopen(annotator=who, skill=skill, reason=reason), Closed():
            return [ev.SkillReopened(annotator=who, skill=skill, reason=reason)]
        case Undo(), Closed():
            return [_undone(command)] if command.disputes or command.key_cases else []
        case _:
            raise not_now(command, held)


# --- evolve


def evolve(held: Held, event: Event) -> Held:
    """What is true after the event."""
    match event:
        case ev.SkillGranted():
            return replace(held, held={**held.held, event.source: Grade(event.level, event.until)})
        case ev.SkillLost():
            return replace(held, held={s: g for s, g in held.held.items() if s != event.source})
        case ev.SkillClosed() | ev.DriftAlarmed():
            return Closed(held.held, max(held.judged, event.basis_index), held.judged)
        case ev.SkillReopened():
            return Open(held.held, held.judged)
        case ev.SkillClosingUndone():
            return Open(held.held, held.before if isinstance(held, Closed) else held.judged)
        case _:
            assert_never(event)


# --- helpers


def _granted(command: Grant) -> ev.SkillGranted:
    return ev.SkillGranted(
        annotator=command.annotator,
        skill=command.skill,
        level=command.level,
        until=command.until,
        source=command.source,
        evidence=command.evidence,
        reason=command.reason,
    )


def _lost(command: Lose | Lapse, why: str, reason: Secret | None) -> ev.SkillLost:
    return ev.SkillLost(
        annotator=command.annotator, skill=command.skill, source=command.source, why=why, reason=reason
    )


def _closed(command: Close) -> ev.SkillClosed:
    return ev.SkillClosed(
        annotator=command.annotator,
        skill=command.skill,
        floor_ppm=command.floor_ppm,
        probability_ppm=command.probability_ppm,
        correct=command.correct,
        total=command.total,
        basis_index=command.basis_index,
    )


def _alarmed(command: Alarm) -> ev.DriftAlarmed:
    return ev.DriftAlarmed(
        annotator=command.annotator,
        skill=command.skill,
        target_ppm=command.target_ppm,
        state_ppm=command.state_ppm,
        bound_ppm=command.bound_ppm,
        basis_index=command.basis_index,
    )


def _undone(command: Undo) -> ev.SkillClosingUndone:
    return ev.SkillClosingUndone(
        annotator=command.annotator,
        skill=command.skill,
        disputes=command.disputes,
        floor_ppm=command.floor_ppm,
        probability_ppm=command.probability_ppm,
        correct=command.correct,
        total=command.total,
        fresh_from=command.fresh_from,
        basis_index=command.basis_index,
        key_cases=command.key_cases,
    )


def _not_by_record(command: Close | Alarm, held: Held) -> Sequence[ev.SkillLost]:
    """A level that the record gave goes with the record; other sources keep theirs, behind the closed door."""
    if "gold" not in held.held:
        return []
    return [
        ev.SkillLost(
            annotator=command.annotator, skill=command.skill, source="gold", why="evidence", reason=None
        )
    ]


HELD: Decider[Command, Held, Event] = Decider(Open(), decide, evolve)
"""One stream per person and skill; its id follows from them."""
