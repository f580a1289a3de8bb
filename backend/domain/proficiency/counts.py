"""What the evidence says of one person in one skill: plain counts, folded from events in any order."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, assert_never

from backend.events.ids import AnnotatorId, SkillId
from backend.events.review import VerdictGiven
from backend.events.tasks import GoldScored
from backend.events.training import ExamGoldAnswered

Evidence: TypeAlias = ExamGoldAnswered | GoldScored | VerdictGiven
Pair: TypeAlias = tuple[str, str]
"""(truth class, answer class)."""

EXAM, GOLD, REVIEW = "exam", "gold", "review"


@dataclass(frozen=True, slots=True)
class Counts:
    """`correct` of `total` answers were right; `confusion` counts (truth class, answer class) where both are known.

    `by_source` splits (correct, total) into exam, gold and review, so that a policy may weigh them differently.
    """

    correct: int = 0
    total: int = 0
    confusion: Mapping[Pair, int] = field(default_factory=dict)
    by_source: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def __add__(self, other: "Counts") -> "Counts":
        """The counts of both together."""
        sources = self.by_source.keys() | other.by_source.keys()
        return Counts(
            self.correct + other.correct,
            self.total + other.total,
            _sum(self.confusion, other.confusion),
            {name: _both(self.by_source.get(name), other.by_source.get(name)) for name in sorted(sources)},
        )


def about(fact: Evidence) -> tuple[AnnotatorId, SkillId]:
    """Whom and which skill a piece of evidence is about; a verdict is about the author, not the reviewer."""
    return (fact.author if isinstance(fact, VerdictGiven) else fact.annotator), fact.skill


def of(fact: Evidence) -> Counts:
    """One piece of evidence as counts. An accepted answer was right, a corrected or rejected one wrong."""
    match fact:
        case ExamGoldAnswered():
            return _one(EXAM, fact.correct, fact.truth_class, fact.answer_class)
        case GoldScored():
            return _one(GOLD, fact.correct, fact.truth_class, fact.answer_class)
        case VerdictGiven():
            return _one(REVIEW, fact.verdict == "accept", fact.truth_class, fact.answer_class)
        case _:
            assert_never(fact)


def fold(facts: Iterable[Evidence]) -> dict[tuple[AnnotatorId, SkillId], Counts]:
    """The counts of everybody in every skill that the evidence speaks of."""
    counts: dict[tuple[AnnotatorId, SkillId], Counts] = {}
    for fact in facts:
        key = about(fact)
        counts[key] = counts.get(key, Counts()) + of(fact)
    return counts


def pooled(counts: Iterable[Counts]) -> Counts:
    """Everybody's counts together: the pool that one person's are shrunk to."""
    total = Counts()
    for one in counts:
        total = total + one
    return total


def _one(source: str, correct: bool, truth: str | None, answer: str | None) -> Counts:
    pair = {(truth, answer): 1} if truth is not None and answer is not None else {}
    return Counts(int(correct), 1, pair, {source: (int(correct), 1)})


def _sum(one: Mapping[Pair, int], other: Mapping[Pair, int]) -> Mapping[Pair, int]:
    return {pair: one.get(pair, 0) + other.get(pair, 0) for pair in sorted(one.keys() | other.keys())}


def _both(one: tuple[int, int] | None, other: tuple[int, int] | None) -> tuple[int, int]:
    (k, n), (j, m) = one or (0, 0), other or (0, 0)
    return k + j, n + m
