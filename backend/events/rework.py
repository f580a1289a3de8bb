"""Rework: all that a person, a guideline, a model or a time window touched is found, and done again exactly once."""

from dataclasses import dataclass

from backend.events.base import Secret, event
from backend.events.ids import AnnotatorId, ItemId, ProjectId, ReworkId


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """An item, and the generation in which it is done again."""

    item: ItemId
    generation: int


@event("rework.planned")
class ReworkPlanned:
    """What is to be done again: the selection as canonical JSON text (ids, names, tokens and moments only), and what it
    found of answers submitted until then.

    `items` that `answers` of `people` touched, `decided` of which have a result; `minutes` is what it would cost. Why
    is ciphertext.
    """

    rework: ReworkId
    project: ProjectId
    selection: str
    items: int
    answers: int
    people: int
    decided: int
    minutes: int
    reason: Secret | None


@event("rework.requeued")
class ItemsRequeued:
    """These items were opened again; their results no longer stand, and the people to `keep_away` do not get them.

    `skipped` are items that another plan is having done again. Ids ascend from one such event of a plan to the next.
    """

    rework: ReworkId
    items: tuple[Again, ...]
    keep_away: tuple[AnnotatorId, ...]
    skipped: tuple[ItemId, ...]


@event("rework.executed")
class ReworkExecuted:
    """All that was selected is requeued."""

    rework: ReworkId
    requeued: int


@event("rework.undone")
class ReworkUndone:
    """What nobody has begun again yet is taken back: the former results of `items` stand again; `kept` items go on, as
    somebody has answered or holds them, or because they had no result before. Ids ascend as in requeueing."""

    rework: ReworkId
    items: tuple[ItemId, ...]
    kept: tuple[ItemId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspectClass:
    """A class (keyed token in the project; empty for results of none) with so many results that nobody looked at;
    `odds_ppm` is by what their odds of being wrong are multiplied."""

    result_class: str
    results: int
    odds_ppm: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """An item, how sure its result was, and how probably it was wrong by class and confidence."""

    item: ItemId
    result_class: str
    confidence_ppm: int
    risk_ppm: int


@event("rework.worst_drawn")
class WorstDrawn:
    """The `wanted` results most probably wrong of a project were chosen, to be done again under this plan; among equals
    the seed decides. They were chosen and not drawn by chance: what comes of them says nothing of the others.

    `basis_index` is up to where what is known of people was folded.
    """

    rework: ReworkId
    project: ProjectId
    wanted: int
    seed: str
    classes: tuple[SuspectClass, ...]
    items: tuple[Suspect, ...]
    basis_index: int
