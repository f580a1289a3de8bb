"""Subscriptions: read the log by index, write the checkpoint in the transaction of the handler's own writes."""

from collections.abc import Awaitable, Callable, Sequence

import asyncpg

from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.codec import decode

Handler = Callable[[asyncpg.Connection, TenantId, Sequence[Recorded]], Awaitable[None]]

READ = """
SELECT l.idx, e.body
  FROM event_log l JOIN event e ON e.tenant = l.tenant AND e.stream = l.stream AND e.version = l.version
 WHERE l.tenant = $1 AND l.idx >= $2 AND e.type = ANY($4::text[])
   AND l.idx < $3
 ORDER BY l.idx
"""

BEGIN = """
INSERT INTO subscription (tenant, name, next_idx) VALUES ($1, $2, 0) ON CONFLICT DO NOTHING
"""
LOCK = "SELECT next_idx FROM subscription WHERE tenant = $1 AND name = $2 FOR UPDATE SKIP LOCKED"
HEAD = "SELECT next_idx FROM log_head WHERE tenant = $1"
ADVANCE = "UPDATE subscription SET next_idx = $3 WHERE tenant = $1 AND name = $2"


async def read(
    conn: asyncpg.Connection, tenant: TenantId, first: int, end: int, types: Sequence[str]
) -> list[Recorded]:
    """Events of these types with first <= index < end, in order."""
    return [
        decode(row["body"], row["idx"]) for row in await conn.fetch(READ, tenant, first, end, list(types))
    ]


async def advance_once(
    conn: asyncpg.Connection,
    tenant: TenantId,
    name: str,
    types: Sequence[str],
    handler: Handler,
    batch_max: int = 500,
) -> int:
    """Handle the next batch inside the caller's transaction; returns how far the checkpoint moved.

    0 means that nothing is waiting, or that another process has this subscription in hand.
    """
    place = await conn.fetchval(LOCK, tenant, name)
    if place is None:
        await conn.execute(BEGIN, tenant, name)
        place = await conn.fetchval(LOCK, tenant, name)
    if place is None:
        return 0
    head = await conn.fetchval(HEAD, tenant) or 0
    end = min(head, place + batch_max)
    if end <= place:
        return 0
    facts = await read(conn, tenant, place, end, types)
    if facts:
        await handler(conn, tenant, facts)
    await conn.execute(ADVANCE, tenant, name, end)
    return int(end - place)
