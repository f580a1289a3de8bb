"""The leader's loops on a real database: sequenced, followed, expired, swept; without Redis; never two leaders."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import asyncpg

from backend.events.store.database import open_pool
from backend.events.store.sequencer import LEADER_LOCK
from backend.workers.broker import Waker, open_broker
from backend.workers.schedule import Schedule
from tests.support.world import World

NO_REDIS = "redis://127.0.0.1:1/0"
DEADLINE_SECONDS = 20.0


@asynccontextmanager
async def leading(world: World) -> AsyncIterator[None]:
    """A scheduler with no Redis in reach, for as long as the block runs."""
    sequencer = await open_pool(world.dsn("muster_sequencer"), size_max=4)
    stop = asyncio.Event()
    schedule = Schedule(world.perform, sequencer, Waker(open_broker(NO_REDIS)))
    running = asyncio.create_task(schedule.run(stop))
    try:
        yield
    finally:
        stop.set()
        await running
        await sequencer.close()


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    """Wait for other tasks' work to show in the database."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not await true():  # noqa: ASYNC110 (another connection's commit raises no event here)
            await asyncio.sleep(0.02)


async def test_without_redis_the_sweeper_decides_collected_tasks_itself(world: World) -> None:
    project = await world.project()
    await world.items(project, "a")
    ann = await world.invite("ann")
    (lease,) = (await world.pull(ann, project))["leases"]
    await world.submit(ann, lease["id"], "1")
    world.clock.moved += timedelta(seconds=3)

    async def decided() -> bool:
        return bool(await world.rows("SELECT 1 FROM result WHERE tenant = $1"))

    async with leading(world):
        await until(decided)


async def test_lapsed_leases_go_back_to_their_lane(world: World) -> None:
    project = await world.project()
    await world.items(project, "a")
    ann, ben = await world.invite("ann"), await world.invite("ben")
    await world.pull(ann, project)
    world.clock.moved += timedelta(hours=1)

    async def open_again() -> bool:
        return bool(await world.rows("SELECT 1 FROM open_slot WHERE tenant = $1"))

    async with leading(world):
        await until(open_again)
    assert len((await world.pull(ben, project))["leases"]) == 1


async def test_the_log_is_sequenced_and_followed_while_nobody_asks(world: World) -> None:
    await world.project()

    async def followed() -> bool:
        sql = """SELECT h.next_idx > 0 AND bool_and(s.next_idx = h.next_idx) AS done
                   FROM log_head h JOIN subscription s USING (tenant) WHERE h.tenant = $1 GROUP BY h.next_idx"""
        return any(row["done"] for row in await world.rows(sql))

    async with leading(world):
        await until(followed)


async def test_a_second_scheduler_waits_while_the_first_leads(world: World) -> None:
    other = await asyncpg.connect(world.dsn("muster_sequencer"))
    assert await other.fetchval("SELECT pg_try_advisory_lock($1)", LEADER_LOCK)
    async with leading(world):
        await world.project()
        tries = set()

        async def tried_twice() -> bool:
            sql = "SELECT query_start FROM pg_stat_activity WHERE query LIKE '%pg_try_advisory_lock%' AND pid <> $1"
            tries.update(row["query_start"] for row in await other.fetch(sql, other.get_server_pid()))
            return len(tries) >= 2

        await until(tried_twice)
        assert await other.fetchval("SELECT count(*) FROM event_log") == 0
        await other.fetchval("SELECT pg_advisory_unlock($1)", LEADER_LOCK)

        async def sequenced() -> bool:
            return bool(await other.fetchval("SELECT count(*) FROM event_log"))

        await until(sequenced)
    await other.close()


async def test_the_leader_makes_the_logs_next_year_before_it_begins(world: World) -> None:
    owner = await asyncpg.connect(world.dsn("muster_owner"))
    now = await world.clock.now(owner)
    world.clock.moved += timedelta(days=366 + 300)
    wanted = (now + timedelta(days=366 + 300 + 120)).year

    async def made() -> bool:
        return bool(await owner.fetchval("SELECT to_regclass($1) IS NOT NULL", f"event_{wanted}"))

    assert not await made()
    async with leading(world):
        await until(made)
    await owner.close()
