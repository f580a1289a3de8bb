"""An API key: issued once, refused for ever once revoked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, assert_never

from backend.domain.access.policy import TABLE, VENDOR_MANAGER
from backend.domain.checks import one_of
from backend.domain.decider import Decider
from backend.domain.errors import Refusal, not_found, not_now
from backend.events import access as ev
from backend.events.base import Secret
from backend.events.ids import KeyId, PrincipalId, TeamId, VendorId

KINDS = ("annotator", "user", "service")

# --- state


@dataclass(frozen=True, slots=True)
class Unknown:
    """No such key yet."""


@dataclass(frozen=True, slots=True)
class Live:
    """The key opens doors until it expires or is revoked."""

    created: ev.KeyCreated


@dataclass(frozen=True, slots=True)
class Revoked:
    """The key is refused."""

    key: KeyId


Key: TypeAlias = Unknown | Live | Revoked

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateKey:
    """Issue a key: `fingerprint` is HMAC-SHA256 of the secret, which nothing stores.

    With a vendor or a team it reaches only these people.
    """

    key: KeyId
    principal: PrincipalId
    principal_kind: str
    roles: tuple[str, ...]
    scopes: tuple[str, ...]
    fingerprint: bytes
    expires_at: datetime
    vendor: VendorId | None = None
    team: TeamId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeKey:
    """Refuse the key from now on."""

    reason: Secret


Command: TypeAlias = CreateKey | RevokeKey
Event: TypeAlias = ev.KeyCreated | ev.KeyRevoked

# --- decide


def decide(command: Command, key: Key) -> Sequence[Event]:
    """Read as a table: command, state, outcome. What is not listed is refused."""
    match command, key:
        case CreateKey(), Unknown():
            return [_created(command)]
        case CreateKey(), Live(created) if created == _created(command):
            return []
        case RevokeKey(reason=reason), Live(created):
            return [ev.KeyRevoked(key=created.key, reason=reason)]
        case RevokeKey(), Revoked():
            return []
        case RevokeKey(), Unknown():
            raise not_found("a key")
        case _:
            raise not_now(command, key)


# --- evolve


def evolve(key: Key, event: Event) -> Key:
    """What is true after the event."""
    match event:
        case ev.KeyCreated():
            return Live(event)
        case ev.KeyRevoked():
            return Revoked(event.key)
        case _:
            assert_never(event)


# --- helpers


def _created(command: CreateKey) -> ev.KeyCreated:
    one_of("principal_kind_unknown", "principal_kind", command.principal_kind, KINDS)
    for role in command.roles:
        one_of("role_unknown", "roles", role, TABLE)
    if VENDOR_MANAGER in command.roles and command.vendor is None:
        raise Refusal(
            "invalid",
            "vendor_required",
            expected="the vendor whose people the key manages",
            found="none",
            mend="send `vendor` with the role vendor_manager",
        )
    return ev.KeyCreated(
        key=command.key,
        principal=command.principal,
        principal_kind=command.principal_kind,
        roles=command.roles,
        scopes=command.scopes,
        fingerprint=command.fingerprint,
        expires_at=command.expires_at,
        vendor=command.vendor,
        team=command.team,
    )


KEY: Decider[Command, Key, Event] = Decider(Unknown(), decide, evolve)
"""One stream per key."""
