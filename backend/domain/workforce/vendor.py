"""A vendor: an outside provider with its own people, who all stop when it is suspended."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from backend.domain.decider import Decider
from backend.domain.errors import not_found, not_now
from backend.events import vendors as ev
from backend.events.base import Secret
from backend.events.ids import VendorId

# --- state


@dataclass(frozen=True, slots=True)
class Unknown:
    """No such vendor yet."""


@dataclass(frozen=True, slots=True)
class Working:
    """The vendor's people may work."""

    registered: ev.VendorRegistered


@dataclass(frozen=True, slots=True)
class Suspended:
    """The vendor's people are stopped."""

    registered: ev.VendorRegistered


Vendor: TypeAlias = Unknown | Working | Suspended

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterVendor:
    """Make a vendor known; the name is ciphertext."""

    vendor: VendorId
    name: Secret
    name_index: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspendVendor:
    """Stop all of its people."""

    reason: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class ReinstateVendor:
    """End the suspension."""

    reason: Secret


Command: TypeAlias = RegisterVendor | SuspendVendor | ReinstateVendor
Event: TypeAlias = ev.VendorRegistered | ev.VendorSuspended | ev.VendorReinstated

# --- decide


def decide(command: Command, vendor: Vendor) -> Sequence[Event]:
    """Read as a table: command, state, outcome. What is not listed is refused."""
    match command, vendor:
        case RegisterVendor(), Unknown():
            return [_registered(command)]
        case RegisterVendor(), (Working(known) | Suspended(known)) if known == _registered(command):
            return []
        case SuspendVendor(reason=reason), Working(known):
            return [ev.VendorSuspended(vendor=known.vendor, reason=reason)]
        case SuspendVendor(), Suspended():
            return []
        case ReinstateVendor(reason=reason), Suspended(known):
            return [ev.VendorReinstated(vendor=known.vendor, reason=reason)]
        case ReinstateVendor(), Working():
            return []
        case _, Unknown():
            raise not_found("a vendor")
        case _:
            raise not_now(command, vendor)


# --- evolve


def evolve(vendor: Vendor, event: Event) -> Vendor:
    """What is true after the event."""
    match event:
        case ev.VendorRegistered():
            return Working(event)
        case ev.VendorSuspended():
            return vendor if isinstance(vendor, Unknown) else Suspended(vendor.registered)
        case ev.VendorReinstated():
            return vendor if isinstance(vendor, Unknown) else Working(vendor.registered)
        case _:
            assert_never(event)


# --- helpers


def _registered(command: RegisterVendor) -> ev.VendorRegistered:
    return ev.VendorRegistered(vendor=command.vendor, name=command.name, name_index=command.name_index)


VENDOR: Decider[Command, Vendor, Event] = Decider(Unknown(), decide, evolve)
"""One stream per vendor."""
