"""After a migration the tables are folded anew from the log: whatever was in them before, they end alike."""

from collections.abc import AsyncIterator

import asyncpg
import pytest_asyncio

from backend.events.store.database import open_pool
from backend.readmodels.rebuild import rebuild_check
from backend.readmodels.refold import refold
from tests.support.history import live_through
from tests.support.world import World


@pytest_asyncio.fixture
async def sequencer(world: World) -> AsyncIterator[asyncpg.Pool]:
    """A pool of the role that sees every tenant."""
    pool = await open_pool(world.dsn("muster_sequencer"), size_max=2)
    yield pool
    await pool.close()


async def test_a_refold_mends_tables_of_another_release(world: World, sequencer: asyncpg.Pool) -> None:
    await live_through(world)
    await world.follow()
    async with world.perform.pool.acquire() as conn, conn.transaction():
        await conn.fetchval("SELECT set_config('app.tenant', $1, true)", str(world.tenant))
        for table in ("holding", "lane", "task", "proficiency"):
            await conn.execute(f"DELETE FROM {table}")
    assert await refold(world.perform.pool, sequencer, "another release") > 0
    await world.follow()
    checked = await rebuild_check(world.perform.pool, sequencer)
    assert [name for name, one in checked["projections"].items() if not one["equal"]] == []


async def test_tables_of_this_release_are_left_alone(world: World, sequencer: asyncpg.Pool) -> None:
    assert await refold(world.perform.pool, sequencer, "this release") > 0
    assert await refold(world.perform.pool, sequencer, "this release") == 0
