"""Retraining: one person in one skill: from a fall to the course that was passed, or to the recovery."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from backend.domain.checks import PPM
from backend.domain.decider import Decider
from backend.domain.errors import not_now
from backend.events import retraining as ev
from backend.events.ids import AnnotatorId, CourseId, SkillId

RECOVERED_ABOVE = 0.10
"""The estimate has recovered when it is this part of the way from what is asked to 1: at the line itself every piece of
evidence would end an episode or begin one."""
NEW_MIN = 10
"""So many new live pieces of evidence after an episode before the next one may begin for a low estimate."""

# --- state


@dataclass(frozen=True, slots=True)
class Steady:
    """Nothing is asked; evidence below `basis` has had its consequence."""

    basis: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Learning:
    """The course is to be passed; below `below_ppm` the person stays here."""

    course: CourseId
    below_ppm: int
    why: str


Retraining: TypeAlias = Steady | Learning

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What the skill says: the course, and below which 20 % quantile it is needed (0: never for that)."""

    course: CourseId
    below_ppm: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The estimate on `total` live answers below `basis_index`, `fresh` of them since the last episode; `closed`: a
    rule closes the skill on it. `rule`: None where the skill has none (any more)."""

    annotator: AnnotatorId
    skill: SkillId
    rule: Rule | None
    closed: bool
    lower_ppm: int
    correct: int
    total: int
    fresh: int
    basis_index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """The person passed this course; evidence below `basis_index` was from before."""

    annotator: AnnotatorId
    skill: SkillId
    course: CourseId
    basis_index: int


Command: TypeAlias = Look | Pass
Event: TypeAlias = ev.RetrainingBegun | ev.RetrainingEnded

# --- decide


def decide(command: Command, state: Retraining) -> Sequence[Event]:
    """Read as a table: command, state, outcome. One episode begins once, whatever is looked at meanwhile."""
    match command, state:
        case Look(rule=Rule() as rule, closed=True), Steady(basis=basis) if command.basis_index > basis:
            return [_begun(command, rule, "closed")]
        case Look(rule=Rule() as rule), Steady() if _low(command, rule):
            return [_begun(command, rule, "below")]
        case Look(closed=False), Learning(why="below") if command.lower_ppm >= _recovered(state.below_ppm):
            return [_ended(command, state.course, "recovered")]
        case Look(), _:
            return []
        case Pass(course=course), Learning() if course == state.course:
            return [_ended(command, course, "passed")]
        case Pass(), _:
            return []
        case _:
            raise not_now(command, state)


# --- evolve


def evolve(state: Retraining, event: Event) -> Retraining:
    """What is true after the event."""
    match event:
        case ev.RetrainingBegun():
            return Learning(course=event.course, below_ppm=event.below_ppm, why=event.why)
        case ev.RetrainingEnded():
            return Steady(event.basis_index)
        case _:
            assert_never(event)


# --- helpers


def _low(command: Look, rule: Rule) -> bool:
    """Below what is asked, on ten live answers at least of which ten came since the last episode."""
    return command.lower_ppm < rule.below_ppm and min(command.total, command.fresh) >= NEW_MIN


def _recovered(below_ppm: int) -> int:
    return below_ppm + round(RECOVERED_ABOVE * (PPM - below_ppm))


def _begun(command: Look, rule: Rule, why: str) -> ev.RetrainingBegun:
    return ev.RetrainingBegun(
        annotator=command.annotator,
        skill=command.skill,
        course=rule.course,
        why=why,
        lower_ppm=command.lower_ppm,
        below_ppm=rule.below_ppm,
        correct=command.correct,
        total=command.total,
        basis_index=command.basis_index,
    )


def _ended(command: Command, course: CourseId, why: str) -> ev.RetrainingEnded:
    return ev.RetrainingEnded(
        annotator=command.annotator,
        skill=command.skill,
        course=course,
        why=why,
        basis_index=command.basis_index,
    )


RETRAINING: Decider[Command, Retraining, Event] = Decider(Steady(), decide, evolve)
"""One stream per person and skill; its id follows from them."""
