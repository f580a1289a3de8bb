"""Everything that can happen to a lease folds anew to what is live."""

from collections.abc import AsyncIterator

import asyncpg
import pytest_asyncio

from backend.events.store.database import open_pool
from backend.readmodels.handling import HANDLING
from backend.readmodels.rebuild import rebuild_check
from tests.support.following import settle
from tests.support.leases import lived
from tests.support.world import World

ENDS = {"lease.escalated"}
"""What other tests let happen."""


@pytest_asyncio.fixture
async def sequencer(world: World) -> AsyncIterator[asyncpg.Pool]:
    """The role that sees all tenants and no keys."""
    pool = await open_pool(world.dsn("muster_sequencer"), size_max=2)
    yield pool
    await pool.close()


async def test_the_life_of_leases_folds_anew_to_what_is_live(world: World, sequencer: asyncpg.Pool) -> None:
    await lived(world)
    types = {row["type"] for row in await world.rows("SELECT DISTINCT type FROM event WHERE tenant = $1")}
    wanted = {"lease.started", "lease.returned", *HANDLING.types} - ENDS
    assert wanted <= types, f"left out: {sorted(wanted - types)}"
    await settle(world)
    assert (await rebuild_check(world.perform.pool, sequencer, [world.tenant]))["differences"] == []
    (kept,) = await world.rows("SELECT count(*) AS n FROM handling WHERE tenant = $1")
    assert kept["n"] > 0
