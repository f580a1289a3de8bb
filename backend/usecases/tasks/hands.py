"""Hands: who asks for work, and what each is being given while a batch is dealt."""

from dataclasses import dataclass, field
from typing import Any, TypeAlias
from uuid import UUID

from backend.domain.review.likeness import Label
from backend.domain.tasks.choice import Chosen
from backend.events.ids import GoldId, LeaseId
from backend.readmodels import claims
from backend.usecases.pulse import Place
from backend.usecases.tasks.quotas import Left
from backend.usecases.work import Work


@dataclass(frozen=True, slots=True)
class Ask:
    """One person asks for up to `most` leases, in one project or any, of these stages; `without` these projects."""

    work: Work
    project: UUID | None
    stages: tuple[str, ...]
    most: int
    without: frozenset[UUID] = frozenset()

    @property
    def annotator(self) -> UUID:
        """Who asks."""
        return self.work.me


Claimed: TypeAlias = dict[LeaseId, dict[str, Any] | None]
"""Leases of one person, in their order, each with the row that shows it; None: it was there before, look it up."""


@dataclass(frozen=True, slots=True)
class Golden:
    """Gold that waits for its turn: the how manieth of what the person is given it is, and as work of which lane."""

    turn: int
    gold: GoldId
    slot: claims.Slot
    place: Place
    why: Chosen


@dataclass(slots=True, eq=False)
class Hand:
    """What one person is being given while a batch is dealt; `apart`: their slots are looked for apart from others';
    `golden`: what is put between them, in this order, with the `labels` to be shown of its items."""

    ask: Ask
    person: claims.Person
    left: Left
    need: int
    places: dict[UUID, Place] = field(default_factory=dict)
    order: list[Chosen] = field(default_factory=list)
    apart: bool = False
    claimed: Claimed = field(default_factory=dict)
    took: list[tuple[UUID, UUID, int]] = field(default_factory=list)
    golden: list[Golden] = field(default_factory=list)
    labels: dict[UUID, list[Label]] = field(default_factory=dict)

    @property
    def here(self) -> Place:
        """Where this hand looks now."""
        return self.places[self.order[0].lane]

    @property
    def alone(self) -> bool:
        """Whether this hand looks alone: because it came to that, or only for what has waited here."""
        return self.apart or bool(self.order and self.here.after_seconds)

    @alone.setter
    def alone(self, apart: bool) -> None:
        self.apart = apart

    @property
    def needs_here(self) -> int:
        """How many more slots of this lane the person may get: what they will open only later must be little, and of
        real-time work nothing."""
        place = self.here
        allowed = self._prefetch_max(place) - len(self.claimed) - len(self.golden)
        return self.left.at_most(self.ask.annotator, place.project, min(self.need, max(0, allowed)))

    @property
    def full(self) -> bool:
        """Whether no lane in which the person looked would give more than they have."""
        most = max((self._prefetch_max(place) for place in self.places.values()), default=0)
        return 0 < most <= len(self.claimed)

    def _prefetch_max(self, place: Place) -> int:
        """How many leases a pull may bring from here, the first of which is opened at once."""
        return max(1, self.ask.work.pulse.settings_of(place.project).prefetch_max) if place.priority else 1
