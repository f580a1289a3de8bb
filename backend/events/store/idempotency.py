"""Answered requests: the same key gives the same outcome, written in the transaction of what it answered."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from backend.events.ids import TenantId
from backend.events.store import journal

FIND = """
SELECT i.principal, i.idempotency_key, i.fingerprint, i.outcome
  FROM unnest($2::uuid[], $3::text[]) n(principal, idempotency_key)
  JOIN idempotency i ON i.tenant = $1 AND i.principal = n.principal AND i.idempotency_key = n.idempotency_key
"""
# With the access entries of the same requests, in one statement. A second request with the same key waits here until
# the first has committed, then finds its row.
KEEP = f"""
WITH entry AS ({journal.ENTRIES}
), ref AS ({journal.REFERENCES}
)
INSERT INTO idempotency (tenant, principal, idempotency_key, fingerprint, outcome, at)
SELECT $1, n.principal, n.idempotency_key, n.fingerprint, n.outcome, $14
  FROM unnest($10::uuid[], $11::text[], $12::bytea[], $13::bytea[]) n(principal, idempotency_key, fingerprint, outcome)
 ORDER BY n.principal, n.idempotency_key
ON CONFLICT DO NOTHING RETURNING principal, idempotency_key
"""
FORGET = "DELETE FROM idempotency WHERE at < $1"


Key = tuple[UUID, str]
"""Whose key it is, and the key."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What a key was answered with; `outcome` is ciphertext."""

    fingerprint: bytes
    outcome: bytes


async def find(conn: asyncpg.Connection, tenant: TenantId, keys: Sequence[Key]) -> dict[Key, Answered]:
    """The kept outcomes of those of these keys that were answered."""
    if not keys:
        return {}
    rows = await conn.fetch(FIND, tenant, [who for who, _ in keys], [key for _, key in keys])
    return {(r["principal"], r["idempotency_key"]): Answered(r["fingerprint"], r["outcome"]) for r in rows}


async def keep(
    conn: asyncpg.Connection,
    answered: Mapping[Key, Answered],
    at: datetime,
    entries: Sequence[journal.Entry],
    salts: Iterable[bytes],
) -> set[Key]:
    """Keep outcomes, and write the requests' access entries; returns those whose key was answered meanwhile by somebody
    else: roll back and find theirs."""
    who, keys = [who for who, _ in answered], [key for _, key in answered]
    given = [one.fingerprint for one in answered.values()], [one.outcome for one in answered.values()]
    rows = await conn.fetch(KEEP, *journal.arguments(entries, salts), who, keys, *given, at)
    return answered.keys() - {(row["principal"], row["idempotency_key"]) for row in rows}
