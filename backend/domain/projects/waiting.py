"""Waiting: which ring of a lane is open after so long, and by which ring somebody is served, and when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.domain.projects.requirement import Requirement


@dataclass(frozen=True, slots=True)
class Ring:
    """What is asked after so many seconds; ring 0 asks for everything at once."""

    ring: int
    after_seconds: int
    asked: Requirement


def ring_open(rings: Sequence[Ring], waited_s: float) -> Ring:
    """The last ring that is open for what has waited so long; `rings` begin with ring 0 and are in their order."""
    return [ring for ring in rings if ring.after_seconds <= waited_s or ring.ring == 0][-1]


def ring_for(rings: Iterable[Ring], held: Iterable[str]) -> Ring | None:
    """The first ring that serves the holder of these tokens; None: no ring does, however long it waits."""
    has = frozenset(held)
    return next((ring for ring in rings if not ring.asked.unmet(has)), None)


def opens_at(ring: Ring, since: datetime) -> datetime:
    """When the ring opens for what waits since then."""
    return since + timedelta(seconds=ring.after_seconds)
