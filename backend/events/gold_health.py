"""Health of gold: which signs take an item out by themselves, and what a person put back."""

from backend.events.base import event
from backend.events.ids import GoldId, ItemId, ProjectId


@event("gold.health_rule_set")
class GoldHealthRuleSet:
    """From now on an item with one of the signs in `retire` is retired by itself, once `answers_min` people answered
    it, at most so many percent of the gold that is asked in a day; other signs are only shown."""

    project: ProjectId
    version: int
    retire: tuple[str, ...]
    answers_min: int
    daily_percent: int


@event("gold.put_back")
class GoldPutBack:
    """A person has an item asked again that a sign (`why`) had retired. What was answered before this is no evidence
    of a sign any more."""

    gold: GoldId
    project: ProjectId
    item: ItemId
    why: str
