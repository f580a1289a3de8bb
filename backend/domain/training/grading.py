"""Grading: what was answered against the mark, in whole numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.domain.checks import PPM, in_range
from backend.domain.training.refusals import answered_twice
from backend.events.ids import GoldId


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """One answered question, compared with its truth; `gold` is the gold item behind an exam's question."""

    gold: GoldId | None
    question: str
    correct: bool
    truth_class: str | None
    answer_class: str | None


def reaches(mark_ppm: int, graded: Sequence[Graded], asked: int) -> bool:
    """Whether the right answers are at least this share of `asked`; where nothing is asked, only a mark of 0 is."""
    correct = sum(one.correct for one in graded)
    return correct * PPM >= mark_ppm * asked if asked else mark_ppm == 0


def check(graded: Sequence[Graded], asked: int) -> None:
    """Refuse more answers than questions (`too_many_answers`) and two answers to one question (`answered_twice`)."""
    in_range("too_many_answers", "answered", len(graded), 0, asked)
    seen: set[str] = set()
    for one in graded:
        if one.question in seen:
            raise answered_twice(one.question)
        seen.add(one.question)
