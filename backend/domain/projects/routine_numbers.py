"""What a routine asks of a period and what was found, from what was counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from backend.events.ids import AnnotatorId
from backend.events.routines import Numbers, Rule, Short

SHORT_MAX = 100
"""So many people are named in the fact; how many there are is in it too."""


@dataclass(frozen=True, slots=True)
class Work:
    """Somebody's answers in the project, and their answers to gold in its skill."""

    annotator: UUID
    answers: int
    gold: int


def of_gold(rule: Rule, people: Sequence[Work]) -> Numbers:
    """Per annotator: of those active so many have enough, and who has not, the shortest first. Per skill: all
    answers to gold together."""
    active = [one for one in people if one.answers >= max(1, rule.active_from)]
    answers = sum(one.answers for one in people)
    if rule.per == "skill":
        found = sum(one.gold for one in people)
        return Numbers(asked=rule.least, found=found, answers=answers, people=len(active))
    short = sorted(
        (one for one in active if one.gold < rule.least), key=lambda one: (one.gold, one.annotator)
    )
    return Numbers(
        asked=len(active),
        found=len(active) - len(short),
        answers=answers,
        people=len(active),
        short=tuple(Short(annotator=AnnotatorId(one.annotator), found=one.gold) for one in short[:SHORT_MAX]),
        short_people=len(short),
    )


def of_consensus(rule: Rule, answers: int, items: int, pairs: int, same: int) -> Numbers:
    """Items that several people answered, and how far they agree."""
    return Numbers(asked=rule.least, found=items, answers=answers, pairs=pairs, same=same)


def of_sampling(rule: Rule, answers: int, reviews: int) -> Numbers:
    """Reviews drawn by lot."""
    return Numbers(asked=rule.least, found=reviews, answers=answers)
