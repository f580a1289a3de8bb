"""What was done to many at once folds anew, one event after the other, to what is live."""

from collections.abc import AsyncIterator

import asyncpg
import pytest_asyncio

from backend.events.store.database import open_pool
from backend.readmodels.announcements import ANNOUNCEMENTS
from backend.readmodels.rebuild import rebuild_check
from tests.support.crowd import crowd
from tests.support.world import World


@pytest_asyncio.fixture
async def sequencer(world: World) -> AsyncIterator[asyncpg.Pool]:
    """The role that sees all tenants and no keys."""
    pool = await open_pool(world.dsn("muster_sequencer"), size_max=2)
    yield pool
    await pool.close()


async def test_a_crowd_folds_anew_to_what_is_live(world: World, sequencer: asyncpg.Pool) -> None:
    await crowd(world)
    types = {row["type"] for row in await world.rows("SELECT DISTINCT type FROM event WHERE tenant = $1")}
    assert set(ANNOUNCEMENTS.types) <= types
    found = await rebuild_check(world.perform.pool, sequencer, [world.tenant])
    assert found["differences"] == []
    assert found["projections"]["announcements"]["rows"] >= 3 + 3 + 6 + 1
