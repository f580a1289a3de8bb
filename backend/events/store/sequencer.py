"""One leader gives every settled event its place: a gapless index per tenant, never changed afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

LEADER_LOCK = 7_003_001

# Below the snapshot's xmin no transaction is running any more, so nothing can still appear there. Rows of an older
# epoch came with a restored dump: their transaction ids mean nothing here, and all of them are settled. What is asked
# for once (the watermark, the epoch) is a subquery of its own: its answer leads into the index. `head` is the last
# version of the stream that has a place, up to this one.
SETTLED = """
SELECT e.tenant, e.stream, e.version,
       (SELECT l.version FROM event_log l
         WHERE l.tenant = e.tenant AND l.stream = e.stream AND l.version <= e.version
         ORDER BY l.version DESC LIMIT 1) AS head
  FROM event e
 WHERE (e.epoch, e.xid, e.seq) > ((SELECT epoch FROM sequencer WHERE one = 1),
                                  (SELECT xid::xid8 FROM sequencer WHERE one = 1),
                                  (SELECT seq FROM sequencer WHERE one = 1))
   AND (e.epoch, e.xid) < ((SELECT current_epoch()), pg_snapshot_xmin(pg_current_snapshot()))
 ORDER BY e.epoch, e.xid, e.seq
 LIMIT $1
"""

# Places, heads and watermark change in one statement, so in one transaction. `nth` counts from 0 within a tenant; the
# watermark moves to the event that $5 to $7 name.
PLACE = """
WITH placed AS (
  INSERT INTO event_log (tenant, idx, stream, version)
  SELECT n.tenant, coalesce(h.next_idx, 0) + n.nth, n.stream, n.version
    FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::int[]) AS n(tenant, nth, stream, version)
    LEFT JOIN log_head h ON h.tenant = n.tenant
), ahead AS (
  INSERT INTO log_head AS h (tenant, next_idx)
  SELECT n.tenant, count(*) FROM unnest($1::uuid[]) AS n(tenant) GROUP BY n.tenant
  ON CONFLICT (tenant) DO UPDATE SET next_idx = h.next_idx + excluded.next_idx
)
UPDATE sequencer s SET epoch = e.epoch, xid = e.xid::text, seq = e.seq
  FROM event e WHERE s.one = 1 AND e.tenant = $5 AND e.stream = $6 AND e.version = $7
"""

Place = tuple[UUID, UUID, int]
"""Tenant, stream and version of a committed event."""


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass did: events placed, and events held back because their predecessor has not settled."""

    placed: int
    held: int


async def sequence_once(conn: asyncpg.Connection, batch_max: int = 5_000) -> Pass:
    """Place what has settled. The caller holds LEADER_LOCK and bypasses row-level security.

    Two statements, the second one all that is written; while nothing is new, only the first.
    """
    while (done := await _pass(conn, batch_max)) is None:
        batch_max *= 2
    return done


async def _pass(conn: asyncpg.Connection, batch_max: int) -> Pass | None:
    """One batch from the watermark on; None when all of it is placed or waits for something that lies beyond it."""
    settled: list[Place] = []
    fresh: list[Place] = []
    known: set[Place] = set()
    for tenant, stream, version, head in await conn.fetch(SETTLED, batch_max):
        place = (tenant, stream, version)
        settled.append(place)
        if head != version:
            fresh.append(place)
        if head is not None:
            known.add((tenant, stream, head))
    ready, held = in_stream_order(fresh, known)
    end = last_before_hold(settled, held)
    if ready or end is not None:
        await _place(conn, ready, end)
    elif len(settled) == batch_max:
        return None
    return Pass(len(ready), len(held))


def in_stream_order(fresh: Sequence[Place], known: set[Place]) -> tuple[list[Place], list[Place]]:
    """Split into those whose previous version is placed (in an order that keeps streams whole) and those held back.

    Transaction ids are taken at a transaction's first write, so version 2 may carry an older id than version 1.
    """
    ready: list[Place] = []
    waiting: dict[Place, Place] = {}
    for one in fresh:
        tenant, stream, version = one
        if version > 1 and (before := (tenant, stream, version - 1)) not in known:
            waiting[before] = one
            continue
        follower: Place | None = one
        while follower is not None:
            ready.append(follower)
            known.add(follower)
            follower = waiting.pop(follower, None) if waiting else None
    return ready, list(waiting.values())


def last_before_hold(settled: Sequence[Place], held: Sequence[Place]) -> Place | None:
    """The watermark: the last event before which nothing waits. None when the very first one waits."""
    waiting = set(held)
    first = (
        next((at for at, one in enumerate(settled) if one in waiting), len(settled)) if held else len(settled)
    )
    return settled[first - 1] if first else None


async def _place(conn: asyncpg.Connection, ready: Sequence[Place], end: Place | None) -> None:
    counts: dict[UUID, int] = {}
    nths = []
    for tenant, _, _ in ready:
        nths.append(nth := counts.get(tenant, 0))
        counts[tenant] = nth + 1
    tenants, streams, versions = zip(*ready, strict=True) if ready else ((), (), ())
    await conn.execute(PLACE, tenants, nths, streams, versions, *(end or (None, None, None)))
