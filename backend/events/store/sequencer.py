"""One leader gives every settled event its place: a gapless index per tenant, never changed afterwards."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

import asyncpg

LEADER_LOCK = 7_003_001

# Below the snapshot's xmin no transaction is running any more, so nothing can still appear there. Rows of an older
# epoch came with a restored dump: their transaction ids mean nothing here, and all of them are settled. No column of
# the answer may be called xid: ORDER BY would mean that one, and as text 1000 comes before 999.
SETTLED = """
SELECT tenant, stream, version, epoch, xid::text AS xid_text, seq
  FROM event
 WHERE (epoch, xid, seq) > ($1, $2::text::xid8, $3)
   AND (epoch < $4 OR xid < pg_snapshot_xmin(pg_current_snapshot()))
 ORDER BY epoch, xid, seq
 LIMIT $5
"""

PLACED = """
SELECT p.tenant, p.stream, p.version
  FROM unnest($1::uuid[], $2::uuid[], $3::int[]) AS p(tenant, stream, version)
  JOIN event_log l ON l.tenant = p.tenant AND l.stream = p.stream AND l.version = p.version
"""

PLACE = """
INSERT INTO event_log (tenant, idx, stream, version)
SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::int[])
"""

HEADS = "SELECT tenant, next_idx FROM log_head WHERE tenant = ANY($1::uuid[])"

ADVANCE_HEADS = """
INSERT INTO log_head (tenant, next_idx) SELECT * FROM unnest($1::uuid[], $2::bigint[])
ON CONFLICT (tenant) DO UPDATE SET next_idx = excluded.next_idx
"""

WATERMARK = "SELECT epoch, xid, seq FROM sequencer WHERE one = 1"
ADVANCE_WATERMARK = "UPDATE sequencer SET epoch = $1, xid = $2, seq = $3 WHERE one = 1"

Place = tuple[UUID, UUID, int]


@dataclass(frozen=True, slots=True)
class Settled:
    """A committed event that nothing can precede any more, except an earlier version of its own stream."""

    place: Place
    epoch: int
    xid: str
    seq: int

    @property
    def before(self) -> Place:
        """The place of the stream's previous version."""
        tenant, stream, version = self.place
        return tenant, stream, version - 1


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass did: events placed, and events held back because their predecessor has not settled."""

    placed: int
    held: int


async def sequence_once(conn: asyncpg.Connection, batch_max: int = 5_000) -> Pass:
    """Place what has settled, in one transaction. The caller holds LEADER_LOCK and bypasses row-level security."""
    async with conn.transaction():
        while (done := await _pass(conn, batch_max)) is None:
            batch_max *= 2
        return done


async def _pass(conn: asyncpg.Connection, batch_max: int) -> Pass | None:
    """One batch from the watermark on; None when all of it is placed or waits for something that lies beyond it."""
    mark = await conn.fetchrow(WATERMARK)
    epoch = await conn.fetchval("SELECT current_epoch()")
    rows = await conn.fetch(SETTLED, mark["epoch"], mark["xid"], mark["seq"], epoch, batch_max)
    settled = [
        Settled((r["tenant"], r["stream"], r["version"]), r["epoch"], r["xid_text"], r["seq"]) for r in rows
    ]
    if not settled:
        return Pass(0, 0)
    already = await _placed(conn, (s.place for s in settled))
    fresh = [s for s in settled if s.place not in already]
    known = already | await _placed(conn, (s.before for s in fresh if s.place[2] > 1))
    ready, held = in_stream_order(fresh, known)
    await _place(conn, ready)
    end = last_before_hold(settled, held)
    if end is not None:
        await conn.execute(ADVANCE_WATERMARK, end.epoch, end.xid, end.seq)
    elif not ready and len(rows) == batch_max:
        return None
    return Pass(len(ready), len(held))


def in_stream_order(fresh: list[Settled], known: set[Place]) -> tuple[list[Settled], list[Settled]]:
    """Split into those whose previous version is placed (in an order that keeps streams whole) and those held back.

    Transaction ids are taken at a transaction's first write, so version 2 may carry an older id than version 1.
    """
    ready: list[Settled] = []
    waiting: dict[Place, Settled] = {}
    for one in fresh:
        if one.place[2] > 1 and one.before not in known:
            waiting[one.before] = one
            continue
        follower: Settled | None = one
        while follower is not None:
            ready.append(follower)
            known.add(follower.place)
            follower = waiting.pop(follower.place, None)
    return ready, list(waiting.values())


def last_before_hold(settled: list[Settled], held: list[Settled]) -> Settled | None:
    """The watermark: the last event before which nothing waits. None when the very first one waits."""
    waiting = {s.place for s in held}
    end = None
    for one in settled:
        if one.place in waiting:
            return end
        end = one
    return end


async def _placed(conn: asyncpg.Connection, places: Iterable[Place]) -> set[Place]:
    wanted = list(places)
    if not wanted:
        return set()
    tenants, streams, versions = zip(*wanted, strict=True)
    return {tuple(row) for row in await conn.fetch(PLACED, tenants, streams, versions)}


async def _place(conn: asyncpg.Connection, ready: list[Settled]) -> None:
    if not ready:
        return
    tenants = list({s.place[0] for s in ready})
    heads = {row["tenant"]: row["next_idx"] for row in await conn.fetch(HEADS, tenants)}
    rows = []
    for one in ready:
        tenant, stream, version = one.place
        index = heads.get(tenant, 0)
        heads[tenant] = index + 1
        rows.append((tenant, index, stream, version))
    await conn.execute(PLACE, *map(list, zip(*rows, strict=True)))
    await conn.execute(ADVANCE_HEADS, list(heads), list(heads.values()))
