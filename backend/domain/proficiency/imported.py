"""Scores from another system: counts that replace what the same system said before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from backend.domain.checks import in_range
from backend.domain.decider import Decider
from backend.events import proficiency as ev
from backend.events.ids import AnnotatorId, SkillId

ANSWERS_MAX = 10_000_000


@dataclass(frozen=True, slots=True)
class Nothing:
    """The system has said nothing yet."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What it said last."""

    correct: int
    total: int


Imported: TypeAlias = Nothing | Counted


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportScore:
    """`correct` of `total` answers were right there; `system` names where."""

    annotator: AnnotatorId
    skill: SkillId
    correct: int
    total: int
    system: str


def decide(command: ImportScore, imported: Imported) -> Sequence[ev.ScoreImported]:
    """The same numbers again are nothing; others replace them. Raises `score_invalid` (invalid)."""
    if imported == Counted(command.correct, command.total):
        return []
    in_range("score_invalid", "total", command.total, 1, ANSWERS_MAX)
    in_range("score_invalid", "correct", command.correct, 0, command.total)
    return [
        ev.ScoreImported(
            annotator=command.annotator,
            skill=command.skill,
            correct=command.correct,
            total=command.total,
            system=command.system,
        )
    ]


def evolve(imported: Imported, event: ev.ScoreImported) -> Imported:
    """What is true after the event."""
    return Counted(event.correct, event.total)


IMPORTED: Decider[ImportScore, Imported, ev.ScoreImported] = Decider(Nothing(), decide, evolve)
"""One stream per person, skill and system."""
