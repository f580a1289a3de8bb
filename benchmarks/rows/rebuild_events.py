"""rebuild_events: folding the log into every projection, against merely reading and decoding it."""

import asyncio
import json
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from backend.events.store.codec import decode
from backend.events.store.database import open_pool
from backend.platform.postgres import EmbeddedPostgres
from backend.readmodels import rebuild
from backend.readmodels.registry import FOLLOWING
from backend.wiring import FIRST_TENANT, RUNNING
from benchmarks.cpu import Spent
from benchmarks.place import Place
from benchmarks.row import Row, alternating, row
from benchmarks.server import client, instance, workplace
from benchmarks.sizes import Sizes

NAME = "rebuild_events"
PEOPLE = 8
SETTLE_SECONDS = 60
FOLLOWED = """
SELECT (SELECT next_idx FROM log_head WHERE tenant = $1) AS head, count(*) AS n,
       (SELECT count(*) FROM job WHERE tenant = $1 AND state = 'due' AND due_at <= now()) AS due,
       (SELECT min(next_idx) FROM subscription WHERE tenant = $1) AS followed
  FROM event WHERE tenant = $1
"""


async def measure(_place: Place, sizes: Sizes) -> Row:
    """Events per second folded, and read and decoded, of a log that real work left behind."""
    async with instance(keep=True) as server:
        data = server.data
        place = await workplace(server.connection, PEOPLE, sizes.rebuild_items)
        await client(
            {
                "url": server.connection.url,
                "mode": "cycle",
                "ca_file": str(server.connection.ca_file),
                "keys": place.keys,
                "project": place.project,
                "seconds": 3_600,
                "warm_seconds": 0,
            }
        )
        await _settled(data)
    # Alone with its database, as `muster rebuild --check` is when no instance runs.
    try:
        return await _measure(data, sizes)
    finally:
        shutil.rmtree(data, ignore_errors=True)


async def _measure(data: Path, sizes: Sizes) -> Row:
    server = EmbeddedPostgres(data / "postgres")
    await asyncio.to_thread(server.start)
    spent: dict[str, dict[str, float]] = {}
    try:
        async with _connections(server) as (live, shadow):
            events = int(await live.fetchval("SELECT count(*) FROM event"))

            async def rate(name: str, act: Callable[[], Awaitable[int]]) -> float:
                cpu, process, began = (
                    Spent(postgres=server.child.pid),
                    time.process_time(),
                    time.perf_counter(),
                )
                done = await act()
                seconds = time.perf_counter() - began
                python = 1e6 * (time.process_time() - process) / max(1, done)
                spent[name] = {"python_us_per_event": round(python, 1)}
                spent[name]["postgres_us_per_event"] = round(1_000 * cpu.ms_per(done)["postgres"], 1)
                return done / seconds

            ours, reference = await alternating(
                sizes.rounds,
                lambda: rate("ours", lambda: _fold(live, shadow)),
                lambda: rate("reference", lambda: _read(live)),
            )
    finally:
        await asyncio.to_thread(server.discard)
    return row(NAME, "events/s", ours, reference, {"events": events, "cpu": spent})


@asynccontextmanager
async def _connections(
    server: EmbeddedPostgres,
) -> AsyncIterator[tuple[asyncpg.Connection, asyncpg.Connection]]:
    pool = await open_pool(server.dsn("muster_app"), size_max=2)
    try:
        async with pool.acquire() as live, pool.acquire() as shadow:
            await live.fetchval("SELECT set_config('app.tenant', $1, false)", str(FIRST_TENANT))
            yield live, shadow
    finally:
        await pool.close()


async def _fold(live: asyncpg.Connection, shadow: asyncpg.Connection) -> int:
    """What a rebuild does, without the comparison; how many events."""
    async with rebuild.snapshot(live, FIRST_TENANT), rebuild.shadows(shadow):
        events = await rebuild.fold_inline(live, shadow, FIRST_TENANT)
        for one in FOLLOWING:
            await rebuild.fold_following(live, shadow, FIRST_TENANT, one)
    return events


async def _read(live: asyncpg.Connection) -> int:
    """The same events in the same order and chunks, decoded and let go; how many."""
    done = 0
    async with rebuild.snapshot(live, FIRST_TENANT):
        cursor = await live.cursor(rebuild.EVENTS, FIRST_TENANT)
        while rows := await cursor.fetch(rebuild.CHUNK_EVENTS):
            done += len([decode(row["body"]) for row in rows])
    return done


async def _settled(data: Path) -> None:
    """Block until every event has its place, was followed, and no job is due."""
    where = json.loads((data / RUNNING).read_text())
    conn = await asyncpg.connect(where["app_dsn"])
    try:
        await conn.fetchval("SELECT set_config('app.tenant', $1, false)", str(FIRST_TENANT))
        async with asyncio.timeout(SETTLE_SECONDS):
            while True:
                found = await conn.fetchrow(FOLLOWED, FIRST_TENANT)
                if found["head"] == found["n"] == found["followed"] and not found["due"]:
                    return
                await asyncio.sleep(0.2)
    finally:
        await conn.close()
