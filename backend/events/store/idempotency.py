"""Answered requests: the same key gives the same outcome, written in the transaction of what it answered."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from backend.events.ids import TenantId

FIND = """
SELECT fingerprint, outcome FROM idempotency WHERE tenant = $1 AND principal = $2 AND idempotency_key = $3
"""
# A second request with the same key waits here until the first has committed, then finds its row.
TAKE = """
INSERT INTO idempotency (tenant, principal, idempotency_key, fingerprint, outcome, at)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING 1
"""
FORGET = "DELETE FROM idempotency WHERE at < $1"


@dataclass(frozen=True, slots=True)
class Answered:
    """What a key was answered with; `outcome` is ciphertext."""

    fingerprint: bytes
    outcome: bytes


async def find(conn: asyncpg.Connection, tenant: TenantId, principal: UUID, key: str) -> Answered | None:
    """The kept outcome of this principal's key, if any."""
    row = await conn.fetchrow(FIND, tenant, principal, key)
    return Answered(row["fingerprint"], row["outcome"]) if row else None


async def keep(
    conn: asyncpg.Connection, tenant: TenantId, principal: UUID, key: str, answered: Answered, at: datetime
) -> bool:
    """Keep an outcome; False: the same key was answered meanwhile, so roll back and find it."""
    taken = await conn.fetchval(TAKE, tenant, principal, key, answered.fingerprint, answered.outcome, at)
    return taken is not None
