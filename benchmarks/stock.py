"""Open slots by the million: seeded in bulk, counted, and put back when a run has taken too many of them."""

import hashlib
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from backend.events.store.database import transaction
from backend.usecases.vault import SealingKeys
from benchmarks.crowd import Crowd, gather
from benchmarks.pgbench import script
from benchmarks.place import Place

DRAINED_MAX = 0.10
TABLES = ("item", "task", "open_slot")
BATCH = 20_000
WAITED_US = 6 * 3_600_000_000

INDEXES = """
SELECT c.conname AS name, 'ALTER TABLE ' || t.relname || ' DROP CONSTRAINT ' || c.conname AS drop,
       'ALTER TABLE ' || t.relname || ' ADD CONSTRAINT ' || c.conname || ' ' || pg_get_constraintdef(c.oid) AS make
  FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
 WHERE c.contype IN ('p', 'u') AND t.relname = ANY($1) AND t.relnamespace = 'public'::regnamespace
UNION ALL
SELECT i.relname, 'DROP INDEX ' || i.relname, replace(pg_get_indexdef(i.oid), ' ON ONLY ', ' ON ')
  FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
 WHERE t.relname = ANY($1) AND t.relnamespace = 'public'::regnamespace
   AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.oid)
"""


@dataclass
class Stock:
    """A database with so many open slots in the lanes of its crowd."""

    place: Place
    database: str
    crowd: Crowd
    slots: int
    first_ord: int
    seeded_seconds: float
    gone: int = 0

    async def taken(self) -> int:
        """Leases there are: rows, not what callers believe."""
        conn = await asyncpg.connect(self.place.owner_dsn(self.database))
        try:
            return int(await conn.fetchval("SELECT count(*) FROM lease"))
        finally:
            await conn.close()

    async def room(self, drained_max: float = DRAINED_MAX) -> int:
        """How many may still be taken before this share is; put back first when more than half of that is gone."""
        allowed = int(self.slots * drained_max)
        if self.gone > allowed // 2:
            await self.restock()
        return allowed - self.gone

    async def restock(self) -> None:
        """All slots open again, no lease, nobody has met anything."""
        conn = await asyncpg.connect(self.place.owner_dsn(self.database))
        try:
            async with without_indexes(conn, ("open_slot",)):
                await conn.execute(filled(script("restock.sql"), self.crowd, self.slots, self.first_ord))
            await conn.execute("VACUUM ANALYZE open_slot")
            await conn.execute("CHECKPOINT")
        finally:
            await conn.close()
        self.place.forget_hints(self.database)
        self.gone = 0

    async def forget_leases(self) -> None:
        """No lease any more, though the slots stay taken: nobody holds hundreds of them, as nobody does in life."""
        await self.place.statement(self.database, "TRUNCATE lease")


def filled(sql: str, crowd: Crowd, slots: int, first_ord: int) -> str:
    """A seed script with its numbers in it."""
    named = {":tenant": crowd.tenant, ":slots": slots, ":lanes": len(crowd.lanes), ":first_ord": first_ord}
    for name, value in named.items():
        sql = sql.replace(name, str(value))
    return sql


async def stock(
    place: Place, name: str, *, lanes: int, people: int, slots: int, sealed_per_lane: int
) -> Stock:
    """A database under this name with so many slots, seeded once for all rows that ask for the same."""
    known: Stock | None = place.made.get(name)
    if known is not None:
        return known
    began = time.monotonic()
    await place.database(name)
    crowd = await gather(place, name, lanes, people)
    # A place is a time: they have waited for some hours, not for years.
    first_ord = time.time_ns() // 1_000 - WAITED_US
    await _seed(place, name, crowd, slots, first_ord, min(slots, sealed_per_lane * lanes))
    made = Stock(place, name, crowd, slots, first_ord, round(time.monotonic() - began, 1))
    await made.restock()
    place.made[name] = made
    return made


async def _seed(place: Place, database: str, crowd: Crowd, slots: int, first_ord: int, sealed: int) -> None:
    keys = await _keys(place, database, crowd)
    conn = await asyncpg.connect(place.owner_dsn(database))
    try:
        await conn.execute(
            "CREATE UNLOGGED TABLE bench_lane (no int PRIMARY KEY, lane uuid, project uuid);"
            "CREATE UNLOGGED TABLE bench_payload (i bigint PRIMARY KEY, payload bytea)"
        )
        rows = [(n, lane.lane, lane.project) for n, lane in enumerate(crowd.lanes)]
        await conn.copy_records_to_table("bench_lane", records=rows)
        for first in range(0, sealed, BATCH):
            batch = _payloads(keys, crowd, range(first, min(sealed, first + BATCH)))
            await conn.copy_records_to_table("bench_payload", records=batch)
        await conn.execute("ANALYZE bench_lane; ANALYZE bench_payload")
        async with without_indexes(conn, TABLES):
            await conn.execute(filled(script("seed.sql"), crowd, slots, first_ord))
        await conn.execute("DROP TABLE bench_payload")
        for table in ("item", "task"):
            await conn.execute(f"VACUUM ANALYZE {table}")
    finally:
        await conn.close()


@asynccontextmanager
async def without_indexes(conn: asyncpg.Connection, tables: Sequence[str]) -> AsyncIterator[None]:
    """Keys and indexes of these tables are made when the rows are there: sorted once instead of a search per row."""
    found = await conn.fetch(INDEXES, list(tables))
    await conn.execute("SET maintenance_work_mem = '512MB'")
    for one in found:
        await conn.execute(one["drop"])
    yield
    for one in found:
        await conn.execute(one["make"])


def bench_id(kind: str, i: int) -> UUID:
    """The id that `bench_id` in reference/seed.sql makes."""
    chance = hashlib.md5(f"{kind}{i}".encode(), usedforsecurity=False).hexdigest()
    return UUID(f"{1_700_000_000_000 + i // 16:012x}7{chance[13:16]}8{chance[17:]}")


async def _keys(place: Place, database: str, crowd: Crowd) -> SealingKeys:
    projects = sorted({lane.project for lane in crowd.lanes})
    async with (
        place.performing(database) as perform,
        transaction(perform.pool, crowd.tenant) as conn,
    ):
        return await perform.vault.keys(conn, crowd.tenant, [("project", one) for one in projects])


def _payloads(keys: SealingKeys, crowd: Crowd, numbers: Sequence[int]) -> list[tuple[int, bytes]]:
    """Payloads as the intake seals them; only these can be read in a pull."""
    sealed = []
    for i in numbers:
        project, item = crowd.lanes[i % len(crowd.lanes)].project, bench_id("item", i)
        payload = {"text": f"item {i}"}
        sealed.append((i, bytes(keys.seal_json("project", project, "item", item, "payload", payload))))
    return sealed
