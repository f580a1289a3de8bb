"""Rework: all that a person, a guideline, a model or a time window touched is found, and done again exactly once."""

from backend.events.base import Secret, event
from backend.events.ids import ItemId, ProjectId, ReworkId


@event("rework.planned")
class ReworkPlanned:
    """What is to be done again: the selection as canonical JSON text (ids and moments only), how many items it found,
    and what it would cost. Why is ciphertext."""

    rework: ReworkId
    project: ProjectId
    selection: str
    items: int
    answers: int
    minutes: int
    reason: Secret | None


@event("rework.requeued")
class ItemsRequeued:
    """These items were opened again, each in its next generation; their results no longer stand."""

    rework: ReworkId
    items: tuple[ItemId, ...]


@event("rework.executed")
class ReworkExecuted:
    """All that was selected is requeued."""

    rework: ReworkId
    requeued: int


@event("rework.undone")
class ReworkUndone:
    """What nobody has answered again yet is taken back: these items' former results stand again."""

    rework: ReworkId
    items: tuple[ItemId, ...]
    kept: int
