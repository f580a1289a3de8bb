"""The vault: what a use case needs of keys. It seals and opens values, makes tokens, and takes chance."""

import hashlib
import hmac
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
from pydantic_core import from_json, to_json

from backend.events.base import Secret
from backend.events.ids import ProjectId, TenantId, uuid8_of
from backend.events.store.datakeys import DataKeys, Wanted
from backend.events.store.envelope import Context, KeyDestroyed, Scope, key_id_of, open_, seal
from backend.events.store.keyring import KeyProvider

TOKEN_HEX = 32


@dataclass(frozen=True, slots=True)
class Sealed:
    """A ciphertext and the place it belongs to."""

    scope: Scope
    scope_id: UUID
    record_type: str
    record_id: UUID
    field: str
    envelope: bytes


class Vault:
    """One per process; data keys are cached inside."""

    def __init__(self, provider: KeyProvider) -> None:
        self.provider = provider
        self.data_keys = DataKeys(provider)

    async def keys(
        self, conn: asyncpg.Connection, tenant: TenantId, wanted: Iterable[Wanted]
    ) -> "SealingKeys":
        """The current keys of these scopes, made where missing."""
        return SealingKeys(tenant, await self.data_keys.ensure(conn, tenant, wanted))

    async def open_json(self, conn: asyncpg.Connection, tenant: TenantId, values: list[Sealed]) -> list[Any]:
        """The values in clear, None where their key was destroyed (erased). Raises EnvelopeBroken when tampered."""
        ids = {key_id_of(one.envelope) for one in values}
        keys = await self.data_keys.by_id(conn, tenant, ids) if ids else {}
        clear = []
        for one in values:
            place = Context(tenant, one.scope, one.scope_id, one.record_type, one.record_id, one.field)
            try:
                clear.append(from_json(open_(keys[key_id_of(one.envelope)], place, one.envelope)))
            except KeyDestroyed:
                clear.append(None)
        return clear

    def token(self, tenant: TenantId, purpose: str, value: str) -> str:
        """A keyed token of a value: equal values have equal tokens, and nobody without the key can guess one."""
        key = self.provider.derive(purpose, tenant)
        return hmac.digest(key, value.encode(), hashlib.sha256).hex()[:TOKEN_HEX]

    def index(self, tenant: TenantId, purpose: str, value: str) -> bytes:
        """A blind index of 16 bytes, unique within its purpose."""
        return bytes.fromhex(self.token(tenant, purpose, value))

    def pepper(self) -> bytes:
        """The key of every API key's fingerprint."""
        return self.provider.derive("api-key", None)

    def delegation_key(self) -> bytes:
        """The key that signs tokens with which a front-end acts for a person."""
        return self.provider.derive("delegation", None)

    def draw_key(self, tenant: TenantId, project: ProjectId, period: int) -> bytes:
        """The review draw's key of one period: committed by its hash, disclosed when the period closes."""
        return hmac.digest(
            self.provider.derive("review-draw", tenant), f"{project}|{period}".encode(), hashlib.sha256
        )

    def handle(self, tenant: TenantId, lease: UUID, what: str) -> UUID:
        """An id that means something under one lease only."""
        digest = hmac.digest(
            self.provider.derive("handle", tenant), f"{lease}|{what}".encode(), hashlib.sha256
        )
        return uuid8_of(digest)


@dataclass(frozen=True, slots=True)
class SealingKeys:
    """Current data keys by scope."""

    tenant: TenantId
    keys: Mapping[Wanted, Any]

    def seal_json(
        self, scope: Scope, scope_id: UUID, record_type: str, record_id: UUID, field: str, value: Any
    ) -> Secret:
        """The value as a ciphertext envelope bound to its place. Raises KeyDestroyed after an erasure."""
        place = Context(self.tenant, scope, scope_id, record_type, record_id, field)
        return Secret(seal(self.keys[scope, scope_id], place, to_json(value), os.urandom(24)))
