"""Probable mislabels: how probably a result is wrong by its class and its confidence, and which are looked at first."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from backend.domain.checks import PPM, in_range
from backend.domain.decider import Decider
from backend.domain.errors import not_now
from backend.events import rework as ev
from backend.events.ids import ItemId, ProjectId, ReworkId

ITEMS_MAX = 1_000
"""Of one draw: each stands in its fact."""
STRENGTH = 8.0
"""What confidence says of a class weighs as much as so many answers of it that were held against a truth."""
LEAST = 1e-6

# --- state


@dataclass(frozen=True, slots=True)
class Undrawn:
    """Nothing was drawn for this plan."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """Drawn, once."""

    fact: ev.WorstDrawn


Draw = Undrawn | Drawn

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawWorst:
    """Keep what was drawn for a plan; the fields are those of the event."""

    rework: ReworkId
    project: ProjectId
    wanted: int
    seed: str
    classes: tuple[ev.SuspectClass, ...]
    items: tuple[ev.Suspect, ...]
    basis_index: int


# --- decide


def decide(command: DrawWorst, draw: Draw) -> Sequence[ev.WorstDrawn]:
    """Once for each plan. Refuses `sample_size_invalid` outside 1..ITEMS_MAX."""
    sized(command.wanted)
    said = ev.WorstDrawn(
        rework=command.rework,
        project=command.project,
        wanted=command.wanted,
        seed=command.seed,
        classes=command.classes,
        items=command.items,
        basis_index=command.basis_index,
    )
    match draw:
        case Undrawn():
            return [said]
        case Drawn(fact) if fact == said:
            return []
        case _:
            raise not_now(command, draw)


# --- evolve


def evolve(draw: Draw, event: ev.WorstDrawn) -> Draw:
    """What is true after the event."""
    return Drawn(event)


# --- helpers


def sized(wanted: int) -> None:
    """Refuse `sample_size_invalid` for a number outside 1..ITEMS_MAX."""
    in_range("sample_size_invalid", "n", wanted, 1, ITEMS_MAX)


def odds_factor(doubt: float, error: float, seen: float) -> float:
    """By what the odds of being wrong that confidence leaves (on average `doubt`, 0..1) are multiplied in a class of
    whose answers `error` (0..1) were wrong, of a weight of `seen`.

    The class's own odds over those that confidence says, its share shrunk to `doubt` with STRENGTH: a shift of the
    intercept, as in recalibration in the large (Cox, Biometrika 45:562-565, 1958). Nothing seen: 1.
    """
    share = (error * seen + doubt * STRENGTH) / (seen + STRENGTH)
    return _odds(share) / _odds(doubt)


def risk_ppm(confidence_ppm: int, factor: float) -> int:
    """How probably a result of this confidence is wrong, its odds multiplied by the factor of its class."""
    odds = _odds(1.0 - confidence_ppm / PPM) * factor
    return round(PPM * odds / (1.0 + odds))


def lot(seed: str, item: UUID) -> bytes:
    """An item's place among equals: SHA-256 of the seed's SHA-256 and the 16 bytes of its id."""
    return hashlib.sha256(hashlib.sha256(seed.encode()).digest() + item.bytes).digest()


def worst(suspects: Iterable[ev.Suspect], most: int, seed: str) -> tuple[ev.Suspect, ...]:
    """The most probably wrong ones first, equal ones by their lots."""
    return tuple(sorted(suspects, key=lambda one: (-one.risk_ppm, lot(seed, one.item)))[:most])


def suspect(item: UUID, result_class: str, confidence_ppm: int, factor: float) -> ev.Suspect:
    """An item with how probably it is wrong."""
    return ev.Suspect(
        item=ItemId(item),
        result_class=result_class,
        confidence_ppm=confidence_ppm,
        risk_ppm=risk_ppm(confidence_ppm, factor),
    )


def _odds(share: float) -> float:
    held = min(1.0 - LEAST, max(LEAST, share))
    return held / (1.0 - held)


MISLABEL_DRAW: Decider[DrawWorst, Draw, ev.WorstDrawn] = Decider(Undrawn(), decide, evolve)
"""One stream per plan."""
