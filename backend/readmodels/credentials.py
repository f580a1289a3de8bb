"""Credentials: which key is whose, with which roles and scopes, for whose people, until when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
from sqlalchemy import Boolean, Column, Index, LargeBinary, Text
from sqlalchemy.dialects.postgresql import ARRAY

from backend.events import access, workforce
from backend.events.base import Recorded
from backend.events.ids import KeyId, TenantId
from backend.events.store.schema import instant, ref, tenant_table
from backend.readmodels.projection import Projection, execute

credential = tenant_table(
    "credential",
    Column("key", Text, primary_key=True),
    ref("principal"),
    Column("principal_kind", Text, nullable=False),
    Column("roles", ARRAY(Text), nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("expires_at", instant(), nullable=False),
    Column("revoked", Boolean, nullable=False),
    ref("vendor", nullable=True),
    ref("team", nullable=True),
    Index("credential_key", "key", unique=True),
    Index("credential_principal", "tenant", "principal"),
    # Whoever presents a key id may see that one row: the tenant is only known afterwards.
    info={"policy": "key = current_setting('app.key', true)"},
)

ISSUED = """
INSERT INTO credential (tenant, key, principal, principal_kind, roles, scopes, fingerprint, expires_at, revoked,
                        vendor, team)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, false, $9, $10)
"""
INVITED = """
INSERT INTO credential (tenant, key, principal, principal_kind, roles, scopes, fingerprint, expires_at, revoked)
SELECT $1, k, a, 'annotator', '{annotator}', '{annotator:claim}', f, u, false
  FROM unnest($2::text[], $3::uuid[], $4::bytea[], $5::timestamptz[]) n(k, a, f, u)
"""
REVOKED = "UPDATE credential SET revoked = true WHERE tenant = $1 AND key = ANY($2::text[])"
OLD_CLAIM = """
UPDATE credential SET revoked = true WHERE tenant = $1 AND principal = $2 AND scopes = '{annotator:claim}'
"""
LEFT = "UPDATE credential SET revoked = true WHERE tenant = $1 AND principal = ANY($2::uuid[])"
FIND = """
SELECT c.*, c.expires_at <= $2::timestamptz AS expired
  FROM (SELECT set_config('app.key', array_to_string($1::text[], ','), true)) s, credential c
 WHERE c.key = ANY($1::text[])
"""


async def _issued(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: access.KeyCreated = fact.event
        row = (e.key, e.principal, e.principal_kind, e.roles, e.scopes, e.fingerprint, e.expires_at)
        await conn.execute(ISSUED, tenant, *row, e.vendor, e.team)


_new_claim = execute(INVITED, "claim_key", "annotator", "claim_fingerprint", "claim_until")


async def _reinvited(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    """The new claim token instead of all older ones."""
    for fact in facts:
        await conn.execute(OLD_CLAIM, tenant, fact.event.annotator)
        await _new_claim(conn, tenant, [fact])


CREDENTIALS = Projection(
    "credentials",
    (credential,),
    {
        access.KeyCreated: _issued,
        access.KeyRevoked: execute(REVOKED, "key"),
        workforce.AnnotatorInvited: _new_claim,
        workforce.AnnotatorReinvited: _reinvited,
        workforce.AnnotatorOffboarded: execute(LEFT, "annotator"),
        workforce.AnnotatorErased: execute(LEFT, "annotator"),
    },
)


@dataclass(frozen=True, slots=True)
class Credential:
    """A key as the door needs it."""

    tenant: TenantId
    key: KeyId
    principal: UUID
    principal_kind: str
    roles: tuple[str, ...]
    scopes: tuple[str, ...]
    fingerprint: bytes
    expires_at: datetime
    expired: bool
    revoked: bool
    vendor: UUID | None
    team: UUID | None


async def find(conn: asyncpg.Connection, keys: Sequence[KeyId], now: datetime) -> dict[KeyId, Credential]:
    """The rows of presented key ids, whatever their tenants; in a transaction, because the setting is local to it."""
    names = "tenant key principal principal_kind fingerprint expires_at expired revoked vendor team".split()
    return {
        row["key"]: Credential(
            **{n: row[n] for n in names}, roles=tuple(row["roles"]), scopes=tuple(row["scopes"])
        )
        for row in await conn.fetch(FIND, list(keys), now)
    }
