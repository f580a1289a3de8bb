"""Arriving: an answer on its way in, and everything known about the lease it comes under."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from backend.usecases.work import Work


@dataclass(frozen=True, slots=True)
class Sent:
    """One person's answer under one lease; `unsure`: they find the case ambiguous. `explanation`: an expert's words to
    it."""

    work: Work
    lease: UUID
    answer: Any
    client_seconds: int | None
    unsure: bool = False
    explanation: str | None = None

    @property
    def annotator(self) -> UUID:
        """Who answers."""
        return self.work.me


@dataclass(frozen=True, slots=True)
class Place:
    """Everything known about a lease when its answer arrives; `row` is one of leases.to_answer."""

    sent: Sent
    row: dict[str, Any]
    token: str
    answer_class: str | None

    @property
    def collects(self) -> bool:
        """Whether the answer counts towards its task's result."""
        return self.row["stage"] != "expert" and self.row["gold"] is None
