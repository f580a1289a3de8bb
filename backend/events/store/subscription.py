"""Subscriptions: read the log by index, write the checkpoint in the transaction of the handler's own writes."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

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
INSERT INTO subscription (tenant, name, next_idx) SELECT $1, name, 0 FROM unnest($2::text[]) AS n(name)
ON CONFLICT DO NOTHING
"""
LOCK = """
SELECT s.name, s.next_idx, coalesce((SELECT h.next_idx FROM log_head h WHERE h.tenant = $1), 0) AS head
  FROM subscription s WHERE s.tenant = $1 AND s.name = ANY($2::text[]) FOR UPDATE OF s SKIP LOCKED
"""
ADVANCE = "UPDATE subscription SET next_idx = $3 WHERE tenant = $1 AND name = ANY($2::text[])"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Of all subscriptions asked for, those furthest behind go on together: `names`, over first <= index < end.

    `head` is the log's end. `met`: at `end` stand those that were ahead, so from there on all can go on together.
    """

    names: tuple[str, ...]
    first: int
    end: int
    head: int
    met: bool

    @property
    def empty(self) -> bool:
        """Nothing is new to them."""
        return self.end == self.first


async def read(
    conn: asyncpg.Connection, tenant: TenantId, first: int, end: int, types: Sequence[str]
) -> list[Recorded]:
    """Events of these types with first <= index < end, in order."""
    return [
        decode(row["body"], row["idx"]) for row in await conn.fetch(READ, tenant, first, end, list(types))
    ]


async def furthest_behind(
    conn: asyncpg.Connection, tenant: TenantId, names: Sequence[str], batch_max: int
) -> Stretch | None:
    """The next at most `batch_max` indexes of the subscriptions furthest behind, up to where the next ones stand;
    empty at the log's end. They are locked until the transaction ends. None when all of them are in other hands."""
    rows = await conn.fetch(LOCK, tenant, names)
    if len(rows) < len(names):
        await conn.execute(BEGIN, tenant, names)
        rows = await conn.fetch(LOCK, tenant, names)
    if not rows:
        return None
    places: dict[str, int] = {row["name"]: row["next_idx"] for row in rows}
    head, first = int(rows[0]["head"]), min(places.values())
    behind = tuple(name for name in names if places.get(name) == first)
    goal = min((place for place in places.values() if place > first), default=head)
    end = max(first, min(goal, head, first + batch_max))
    return Stretch(behind, first, end, head, met=len(behind) < len(places) and end == goal)


async def passed(conn: asyncpg.Connection, tenant: TenantId, stretch: Stretch) -> None:
    """Move the checkpoints to the stretch's end, in the transaction of what was made of its events."""
    await conn.execute(ADVANCE, tenant, stretch.names, stretch.end)


async def advance_once(
    conn: asyncpg.Connection,
    tenant: TenantId,
    name: str,
    types: Sequence[str],
    handler: Handler,
    batch_max: int = 500,
) -> int:
    """Handle the next batch of one subscription inside the caller's transaction; returns how far it moved.

    0 means that nothing is waiting, or that another process has this subscription in hand.
    """
    stretch = await furthest_behind(conn, tenant, [name], batch_max)
    if stretch is None or stretch.empty:
        return 0
    facts = await read(conn, tenant, stretch.first, stretch.end, types)
    if facts:
        await handler(conn, tenant, facts)
    await passed(conn, tenant, stretch)
    return stretch.end - stretch.first
