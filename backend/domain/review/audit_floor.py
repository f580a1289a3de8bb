"""The audit floor: the share of answers that is reviewed in every project of a tenant, whatever its plan says."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.domain.checks import PPM, in_range
from backend.domain.decider import Decider
from backend.domain.review.control import FLOOR_PPM
from backend.events import review as ev

# --- state


@dataclass(frozen=True, slots=True)
class Floor:
    """The floor in force, and its version; version 0: nothing was ever said."""

    floor_ppm: int = FLOOR_PPM
    version: int = 0


# --- commands


@dataclass(frozen=True, slots=True)
class SetFloor:
    """Let this share (parts per million) of all answers be reviewed at least; 0 switches the audit off."""

    floor_ppm: int


# --- decide


def decide(command: SetFloor, floor: Floor) -> Sequence[ev.AuditFloorSet]:
    """Another floor is the next version. Refuses `rate_invalid` outside 0..1,000,000."""
    in_range("rate_invalid", "floor_ppm", command.floor_ppm, 0, PPM)
    if command.floor_ppm == floor.floor_ppm:
        return []
    return [ev.AuditFloorSet(version=floor.version + 1, floor_ppm=command.floor_ppm)]


# --- evolve


def evolve(floor: Floor, event: ev.AuditFloorSet) -> Floor:
    """What is true after the event."""
    return Floor(event.floor_ppm, event.version)


AUDIT_FLOOR: Decider[SetFloor, Floor, ev.AuditFloorSet] = Decider(Floor(), decide, evolve)
"""One stream per tenant."""
