"""Limits of healthy work: the tenant's defaults, what a person or a project has instead, and what holds in the end."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from backend.domain.checks import in_range
from backend.domain.decider import Decider
from backend.domain.errors import Refusal
from backend.events import availability as ev
from backend.events.ids import AnnotatorId, ProjectId

HINT_MINUTES = 50
"""After so many minutes of continuous work a break is suggested (Rzeszotarski and others, 2013)."""
IDLE_SECONDS = 180
"""Of a silence under a lease, so much counts as work."""

RANGES = {
    "continuous_minutes": (1, 1_440),
    "break_minutes": (1, 240),
    "day_minutes": (1, 1_440),
    "week_minutes": (1, 10_080),
    "rest_minutes": (0, 1_200),
}
"""What each limit may be; the highest is as good as none."""
CAPACITY = (1, 20)
CAPACITY_DEFAULT = 3
NO_LIMITS = ev.WorkLimits()

# --- state


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What is set for one holder: the tenant, a person or a project. None: taken from the next wider one."""

    limits: ev.WorkLimits = NO_LIMITS
    open_leases_max: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Effective:
    """The limits that hold for a person: every one is known. Minutes, but `idle_seconds`."""

    hint_minutes: int = HINT_MINUTES
    continuous_minutes: int = 110
    break_minutes: int = 10
    day_minutes: int = 480
    week_minutes: int = 2_400
    rest_minutes: int = 660
    idle_seconds: int = IDLE_SECONDS


DEFAULTS = Effective()

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateLimits:
    """Replace all limits of one holder; neither person nor project is the tenant."""

    annotator: AnnotatorId | None
    project: ProjectId | None
    limits: ev.WorkLimits
    open_leases_max: int | None


Command: TypeAlias = UpdateLimits

# --- refusals


def _invalid(expected: str, found: str) -> Refusal:
    mend = "send limits of one holder, and those that it can have"
    return Refusal("invalid", "limits_invalid", expected=expected, found=found, mend=mend)


# --- decide


def decide(command: UpdateLimits, limits: Limits) -> Sequence[ev.LimitsUpdated]:
    """Limits within their ranges replace those before; the same ones are no event."""
    if limits == Limits(limits=command.limits, open_leases_max=command.open_leases_max):
        return []
    _check(command)
    return [
        ev.LimitsUpdated(
            annotator=command.annotator,
            project=command.project,
            limits=command.limits,
            open_leases_max=command.open_leases_max,
        )
    ]


def evolve(limits: Limits, event: ev.LimitsUpdated) -> Limits:
    """What is true after the event."""
    return Limits(limits=event.limits, open_leases_max=event.open_leases_max)


# --- helpers


def _check(command: UpdateLimits) -> None:
    if command.annotator is not None and command.project is not None:
        raise _invalid("a person or a project", "both")
    if command.project is not None and command.open_leases_max is not None:
        raise _invalid("capacity of the tenant or of a person", "capacity of a project")
    if command.project is not None and command.limits.rest_minutes is not None:
        raise _invalid("rest of the tenant or of a person", "rest of a project")
    for name, (lowest, highest) in RANGES.items():
        found = getattr(command.limits, name)
        if found is not None:
            in_range("limits_invalid", name, found, lowest, highest)
    if command.open_leases_max is not None:
        in_range("limits_invalid", "open_leases_max", command.open_leases_max, *CAPACITY)


LIMITS: Decider[UpdateLimits, Limits, ev.LimitsUpdated] = Decider(Limits(), decide, evolve)
"""One stream per holder."""


def effective(tenant: ev.WorkLimits, person: ev.WorkLimits) -> Effective:
    """What holds for a person: their own, else the tenant's, else the product's default."""

    def first(name: str, default: int) -> int:
        found = getattr(person, name)
        found = getattr(tenant, name) if found is None else found
        return default if found is None else int(found)

    return Effective(**{name: first(name, getattr(DEFAULTS, name)) for name in RANGES})
