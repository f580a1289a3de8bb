"""A tenant: it exists once, under its own id."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from backend.domain.decider import Decider
from backend.events import access as ev
from backend.events.base import Secret

# --- state


@dataclass(frozen=True, slots=True)
class Unknown:
    """No such tenant yet."""


@dataclass(frozen=True, slots=True)
class Existing:
    """People, keys and projects may live in it."""


Tenant: TypeAlias = Unknown | Existing

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateTenant:
    """Make the tenant, under a name that is ciphertext."""

    name: Secret


# --- decide


def decide(command: CreateTenant, tenant: Tenant) -> Sequence[ev.TenantCreated]:
    """Read as a table: command, state, outcome."""
    match tenant:
        case Unknown():
            return [ev.TenantCreated(name=command.name)]
        case Existing():
            return []
        case _:
            assert_never(tenant)


# --- evolve


def evolve(tenant: Tenant, event: ev.TenantCreated) -> Tenant:
    """What is true after the event."""
    return Existing()


TENANT: Decider[CreateTenant, Tenant, ev.TenantCreated] = Decider(Unknown(), decide, evolve)
"""One stream per tenant, under the tenant's id."""
