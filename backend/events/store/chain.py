"""Chains: the whole past of a few streams as evidence, each event with its place and the hash of its bytes."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from backend.events.base import Recorded
from backend.events.ids import StreamId, TenantId
from backend.events.store.codec import decode

CHAIN = """
SELECT e.body, l.idx
  FROM event e LEFT JOIN event_log l ON l.tenant = e.tenant AND l.stream = e.stream AND l.version = e.version
 WHERE e.tenant = $1 AND e.stream = ANY($2::uuid[])
 ORDER BY e.epoch, e.seq
"""


@dataclass(frozen=True, slots=True)
class Link:
    """An event, with its index where it has one yet, and SHA-256 (hex) over its bytes as they are kept."""

    fact: Recorded
    sha256: str


async def chain(conn: asyncpg.Connection, tenant: TenantId, streams: Sequence[StreamId]) -> list[Link]:
    """Every event of these streams in the order in which they were written."""
    rows = await conn.fetch(CHAIN, tenant, list(streams))
    return [Link(decode(row["body"], row["idx"]), hashlib.sha256(row["body"]).hexdigest()) for row in rows]
