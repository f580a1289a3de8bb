"""Iterations: a project's items are worked on in batches, each with what it is to reach."""

from dataclasses import dataclass
from datetime import datetime

from backend.events.base import Secret, event
from backend.events.ids import ItemId, IterationId, ProjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """What an iteration is to reach: so many `items` decided, by `due` if one is said; at least so many of a million
    pairs of answers alike, and at least so many of a million reviewed answers accepted (None: not asked)."""

    items: int
    agreement_ppm: int | None = None
    accepted_ppm: int | None = None
    due: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """How far it is, in counts. Each of `items` is one of decided, leased, open, held and cancelled; `in_time` of those
    decided were so by `due`; `late` of the others are past it or past their own deadline. `same` of `pairs` of answers
    to one item are alike; `accepted` of `reviewed` answers were accepted."""

    items: int = 0
    decided: int = 0
    in_time: int = 0
    leased: int = 0
    open: int = 0
    held: int = 0
    cancelled: int = 0
    late: int = 0
    pairs: int = 0
    same: int = 0
    reviewed: int = 0
    accepted: int = 0


@event("iteration.planned")
class IterationPlanned:
    """A batch of the project's work under a readable name, unique in the project; what is in it is held until it is
    opened."""

    iteration: IterationId
    project: ProjectId
    name: str
    targets: Targets


@event("iteration.opened")
class IterationOpened:
    """What is in it is offered."""

    iteration: IterationId
    project: ProjectId


@event("iteration.closed")
class IterationClosed:
    """Nothing more comes into it. What it had `reached` then, which targets it missed, and why it was closed all the
    same (ciphertext)."""

    iteration: IterationId
    project: ProjectId
    reached: Reached
    unmet: tuple[str, ...]
    reason: Secret | None


@event("item.placed")
class ItemPlaced:
    """From now on it belongs to this iteration and no other; None: to none."""

    item: ItemId
    project: ProjectId
    iteration: IterationId | None
