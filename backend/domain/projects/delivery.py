"""A delivery: decided items held against the targets; what falls short is held back until somebody says why not."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from backend.domain.checks import one_of
from backend.domain.decider import Decider
from backend.domain.errors import Refusal, not_found, not_now
from backend.domain.projects.pilot import OUTCOMES
from backend.events import pilots as ev
from backend.events.base import Secret
from backend.events.ids import DeliveryId, ItemId, IterationId, ProjectId

ITEMS_MAX = 50_000
"""They are listed in one fact: a larger lot is several deliveries."""

# --- state


@dataclass(frozen=True, slots=True)
class Unprepared:
    """No such delivery."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """It fell short, or nobody can tell yet."""

    prepared: ev.DeliveryPrepared


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """It may be fetched."""

    prepared: ev.DeliveryPrepared


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """It is not delivered."""

    prepared: ev.DeliveryPrepared


Delivery: TypeAlias = Unprepared | Held | Released | Withdrawn

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepare:
    """Put these items together; the fields are those of the event. What meets the targets is released at once."""

    delivery: DeliveryId
    project: ProjectId
    number: int
    iteration: IterationId | None
    items: tuple[ItemId, ...]
    targets_version: int
    outcome: str
    measured: str
    basis_index: int
    diversity: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Let it go although it falls short."""

    reason: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw:
    """Do not deliver it."""

    reason: Secret


Command: TypeAlias = Prepare | Release | Withdraw
Event: TypeAlias = ev.DeliveryPrepared | ev.DeliveryReleased | ev.DeliveryWithdrawn

# --- refusals


def held(outcome: str, missed: str | None = None) -> Refusal:
    """`delivery_held`: it does not meet the targets; `missed` says what diversity it lacks."""
    return Refusal(
        "conflict",
        "delivery_held",
        expected="a delivery that was released",
        found=f"one that is held: its targets are {outcome.replace('_', ' ')}"
        + (f"; {missed}" if missed else ""),
        mend="read what it misses, have more of it reviewed or done again, or release it with a reason",
        extra={"outcome": outcome},
    )


# --- decide


def decide(command: Command, delivery: Delivery) -> Sequence[Event]:
    """Read as a table: command, state, outcome. What is not listed is refused."""
    match command, delivery:
        case Prepare(), Unprepared():
            return _prepared(command)
        case Release(reason=reason), Held(prepared=one):
            return [ev.DeliveryReleased(delivery=one.delivery, project=one.project, reason=reason)]
        case Release(), Released():
            return []
        case Withdraw(reason=reason), Held(prepared=one):
            return [ev.DeliveryWithdrawn(delivery=one.delivery, project=one.project, reason=reason)]
        case Withdraw(), Withdrawn():
            return []
        case ((Release() | Withdraw()), Unprepared()):
            raise not_found("a delivery")
        case _:
            raise not_now(command, delivery)


# --- evolve


def evolve(delivery: Delivery, event: Event) -> Delivery:
    """What is true after the event."""
    match event, delivery:
        case ev.DeliveryPrepared(), _:
            return Held(prepared=event)
        case _, Unprepared():
            return delivery
        case ev.DeliveryReleased(), (Held(prepared=one) | Released(prepared=one) | Withdrawn(prepared=one)):
            return Released(prepared=one)
        case ev.DeliveryWithdrawn(), (Held(prepared=one) | Released(prepared=one) | Withdrawn(prepared=one)):
            return Withdrawn(prepared=one)
        case _:
            assert_never(event)


# --- helpers


def _prepared(command: Prepare) -> Sequence[Event]:
    one_of("outcome_unknown", "outcome", command.outcome, OUTCOMES)
    if not 0 < len(command.items) <= ITEMS_MAX:
        raise Refusal(
            "conflict",
            "delivery_empty" if not command.items else "delivery_too_large",
            expected=f"1..{ITEMS_MAX} decided items that are in no delivery yet",
            found=f"{len(command.items)}",
            mend="wait until items are decided, or deliver an iteration at a time",
        )
    prepared = ev.DeliveryPrepared(
        delivery=command.delivery,
        project=command.project,
        number=command.number,
        iteration=command.iteration,
        items=command.items,
        targets_version=command.targets_version,
        outcome=command.outcome,
        measured=command.measured,
        basis_index=command.basis_index,
        diversity=command.diversity,
    )
    if command.outcome != "met":
        return [prepared]
    return [
        prepared,
        ev.DeliveryReleased(delivery=command.delivery, project=command.project, reason=None),
    ]


DELIVERY: Decider[Command, Delivery, Event] = Decider(Unprepared(), decide, evolve)
"""One stream per delivery; its id follows from project and number."""
