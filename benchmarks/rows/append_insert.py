"""append_vs_insert: events appended where the stream's head is checked, against plain inserts."""

import asyncio
import os
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from statistics import median
from typing import Any
from uuid import UUID

import asyncpg

from backend.events.base import Actor, Recorded
from backend.events.ids import SYSTEM_PRINCIPAL, LaneId, RequestId, uuid7
from backend.events.queue import LanePaused
from backend.events.store import log
from backend.events.store.database import open_pool, transaction
from backend.usecases.together import BATCH_MAX
from backend.wiring import FIRST_TENANT, POOL_SIZE_MAX
from benchmarks import pgbench
from benchmarks.cpu import Spent
from benchmarks.gathered import Gathered
from benchmarks.place import Place
from benchmarks.row import Row, alternating, rounded, row, shortened
from benchmarks.sizes import Sizes
from benchmarks.stock import without_indexes

NAME = "append_vs_insert"
DATABASE = "appending"
# One log begins empty, the other with a year behind it; a year is gone again when it was measured.
EMPTY, GROWN = "log_empty", "log_grown"
# As in the product, where what is pulled and what is submitted fly beside each other.
TOGETHER, FLIGHTS = BATCH_MAX // 2, 2
HOW = (
    f"callers append one event each; whoever waits shares a transaction of at most {TOGETHER}, {FLIGHTS} in flight; "
    "`ours_alone` has a transaction for every event"
)


def fact(stream: UUID, version: int) -> Recorded:
    """The next event of a lane's stream: small, as most are."""
    now, actor = datetime.now(UTC), Actor("system", SYSTEM_PRINCIPAL)
    request = RequestId(uuid7(time.time_ns() // 1_000_000, os.urandom(10)))
    return Recorded(FIRST_TENANT, stream, version, LanePaused(lane=LaneId(stream)), now, actor, request)


def appending(pool: asyncpg.Pool, most: int) -> Gathered[Recorded, None]:
    """Appends behind the versions that the callers know, at most `most` in a transaction."""

    async def transact(facts: Sequence[Recorded]) -> list[None]:
        async with transaction(pool, FIRST_TENANT) as conn:
            await log.append(conn, FIRST_TENANT, facts, [os.urandom(16) for _ in facts])
        return [None for _ in facts]

    return Gathered(transact, most, FLIGHTS)


async def measure(place: Place, sizes: Sizes) -> Row:
    """Events per second, one per caller and so many callers at once; pgbench with as many clients."""
    await place.database(DATABASE)
    seen: dict[str, Any] = {}

    async def ours(most: int = TOGETHER) -> float:
        spent, process = Spent(postgres=place.server_pid), time.process_time()
        appended, rate = await _appending(place, DATABASE, sizes, most)
        python = 1_000 * (time.process_time() - process) / max(1, appended)
        seen["ours" if most > 1 else "ours_alone"] = {
            "events_per_second": shortened(rate),
            "cpu_ms_per_event": {"python": shortened(python)} | spent.ms_per(appended),
        }
        return rate

    async def reference() -> float:
        await pgbench.prepare(place.owner_dsn(DATABASE), "insert_schema.sql")
        spent = Spent(postgres=place.server_pid)
        told = await pgbench.run(place.server, DATABASE, "insert.sql", sizes.appenders, sizes.seconds)
        cpu = spent.ms_per(round(told.tps * sizes.seconds))
        seen["reference"] = told.how | {"cpu_ms_per_insert": cpu}
        return told.tps

    mine, theirs = await alternating(sizes.rounds, ours, reference)
    await ours(1)
    seen["grown"] = await _beside_grown(place, sizes)
    return row(NAME, "events/s", mine, theirs, {"in_flight": sizes.appenders, "gathering": HOW, **seen})


async def _beside_grown(place: Place, sizes: Sizes) -> dict[str, Any]:
    """Whether a long log is slower to append to: events per second into an empty one (`before`) and a grown one."""
    await place.database(EMPTY)
    await place.database(GROWN)
    await _grow(place, sizes.log_events)

    async def rate(database: str) -> float:
        return (await _appending(place, database, sizes, TOGETHER))[1]

    afters, befores = await alternating(sizes.rounds, lambda: rate(GROWN), lambda: rate(EMPTY))
    for database in (EMPTY, GROWN):
        await place.drop(database)
    before, after = median(befores), median(afters)
    told = {"before": shortened(before), "after": shortened(after), "ratio": shortened(after / before)}
    return {
        "events": sizes.log_events,
        **told,
        "rounds": {"before": rounded(befores), "after": rounded(afters)},
    }


async def _grow(place: Place, events: int) -> None:
    """So many events of the same tenant that is measured: what it appends lies behind them in the same index."""
    sql = pgbench.script("grow_log.sql").replace(":events", str(events)).replace(":tenant", str(FIRST_TENANT))
    conn = await asyncpg.connect(place.owner_dsn(GROWN))
    try:
        async with without_indexes(conn, ("event",)):
            await conn.execute(sql)
        await conn.execute("VACUUM ANALYZE event")
        await conn.execute("CHECKPOINT")
    finally:
        await conn.close()


async def _appending(place: Place, database: str, sizes: Sizes, most: int) -> tuple[int, float]:
    """How many events were appended, and how many a second once it was warm; every caller has a stream of its own."""
    pool = await open_pool(place.addresses(database).app_dsn, size_max=POOL_SIZE_MAX)
    append = appending(pool, most)
    appended, stop = 0, False

    async def one() -> None:
        nonlocal appended
        stream, version = uuid7(time.time_ns() // 1_000_000, os.urandom(10)), 0
        while not stop:
            version += 1
            await append(fact(stream, version))
            appended += 1

    try:
        callers = [asyncio.create_task(one()) for _ in range(sizes.appenders)]
        await asyncio.sleep(sizes.warm_seconds)
        began, before = time.perf_counter(), appended
        await asyncio.sleep(sizes.seconds)
        rate = (appended - before) / (time.perf_counter() - began)
        stop = True
        await asyncio.gather(*callers)
    finally:
        await pool.close()
    return appended, rate
