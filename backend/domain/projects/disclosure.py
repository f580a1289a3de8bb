"""Disclosure of a gold item: its truth is told, with an explanation, to whoever answered it; other words replace it."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.domain.decider import Decider
from backend.events import disputes as ev
from backend.events.base import Secret
from backend.events.ids import GoldId, ItemId, ProjectId

# --- state


@dataclass(frozen=True, slots=True)
class Disclosure:
    """The token of what is told; none: nothing is."""

    explanation_token: str = ""


# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclose:
    """Tell the truth (the gold item's ciphertext) and why it is right; the token is of these very words."""

    gold: GoldId
    project: ProjectId
    item: ItemId
    truth: Secret
    explanation: Secret
    explanation_token: str


# --- decide


def decide(command: Disclose, disclosure: Disclosure) -> Sequence[ev.GoldDisclosed]:
    """The same words again change nothing."""
    if command.explanation_token == disclosure.explanation_token:
        return []
    return [
        ev.GoldDisclosed(
            gold=command.gold,
            project=command.project,
            item=command.item,
            truth=command.truth,
            explanation=command.explanation,
            explanation_token=command.explanation_token,
        )
    ]


# --- evolve


def evolve(disclosure: Disclosure, event: ev.GoldDisclosed) -> Disclosure:
    """What is true after the event."""
    return Disclosure(event.explanation_token)


DISCLOSURE: Decider[Disclose, Disclosure, ev.GoldDisclosed] = Decider(Disclosure(), decide, evolve)
"""One stream per gold item, beside the item's own."""
