"""What is held, cancelled and moved folds alike live and anew."""

from collections.abc import AsyncIterator

import asyncpg
import pytest_asyncio

from backend.events.store.database import open_pool
from backend.readmodels.rebuild import rebuild_check
from tests.support.steered import lived
from tests.support.world import World

OURS = {"task.held", "task.unheld", "task.cancelled", "task.moved", "lane.paused", "lane.resumed"}


@pytest_asyncio.fixture
async def sequencer(world: World) -> AsyncIterator[asyncpg.Pool]:
    """The role that sees all tenants and no keys."""
    pool = await open_pool(world.dsn("muster_sequencer"), size_max=2)
    yield pool
    await pool.close()


async def test_steered_work_folds_anew_to_what_is_live(world: World, sequencer: asyncpg.Pool) -> None:
    await lived(world)
    types = {row["type"] for row in await world.rows("SELECT DISTINCT type FROM event WHERE tenant = $1")}
    assert types >= OURS | {"bulk.begun", "bulk.sampled", "bulk.advanced", "bulk.ended", "task.slot_added"}
    for table in ("open_slot", "held_slot"):
        assert await world.rows(f"SELECT 1 FROM {table} WHERE tenant = $1"), f"nothing in {table} to compare"
    assert (await rebuild_check(world.perform.pool, sequencer, [world.tenant]))["differences"] == []
