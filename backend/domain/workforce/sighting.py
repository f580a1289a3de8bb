"""A sighting: what one person was seen with on one day becomes a fact, each address and device once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from backend.domain.decider import Decider
from backend.domain.errors import Refusal
from backend.events import sightings as ev
from backend.events.ids import AnnotatorId

SLOTS_A_DAY = 96
"""Quarters of an hour."""

Told: TypeAlias = frozenset[tuple[str, str]]
"""Address and device of what was told of this person and day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TellSighting:
    """The day is over; the fields are those of the event."""

    annotator: AnnotatorId
    day: datetime
    address: str
    network: str
    device: str
    weak: bool
    slots: tuple[int, ...]
    kept_until: datetime


def decide(command: TellSighting, told: Told) -> Sequence[ev.AnnotatorSeen]:
    """What was told of this address and device is told once: who comes late adds nothing."""
    if not command.slots or not all(0 <= slot < SLOTS_A_DAY for slot in command.slots):
        raise _no_slots(command)
    if (command.address, command.device) in told:
        return []
    return [
        ev.AnnotatorSeen(
            annotator=command.annotator,
            day=command.day,
            address=command.address,
            network=command.network,
            device=command.device,
            weak=command.weak,
            slots=tuple(sorted(set(command.slots))),
            kept_until=command.kept_until,
        )
    ]


def evolve(told: Told, event: ev.AnnotatorSeen) -> Told:
    """What is true after the event."""
    return told | {(event.address, event.device)}


def _no_slots(command: TellSighting) -> Refusal:
    return Refusal(
        "invalid",
        "sighting_invalid",
        expected=f"quarters of an hour of a day, 0 to {SLOTS_A_DAY - 1}, one at least",
        found=f"{len(command.slots)} of them, or others",
        mend="tell what was seen",
    )


SIGHTING: Decider[TellSighting, Told, ev.AnnotatorSeen] = Decider(frozenset(), decide, evolve)
"""One stream per person and day of UTC."""
