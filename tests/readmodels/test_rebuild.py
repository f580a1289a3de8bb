"""A rebuild gives what is live, says where it does not, and lets the sequencer go on meanwhile."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest_asyncio

from backend.events.store.database import open_pool
from backend.readmodels.rebuild import rebuild_check
from backend.readmodels.registry import FOLLOWING, INLINE
from tests.support.following import settle
from tests.support.history import live_through
from tests.support.world import World


@pytest_asyncio.fixture
async def sequencer(world: World) -> AsyncIterator[asyncpg.Pool]:
    """The role that sees all tenants and no keys."""
    pool = await open_pool(world.dsn("muster_sequencer"), size_max=2)
    yield pool
    await pool.close()


async def checked(world: World, sequencer: asyncpg.Pool) -> dict[str, Any]:
    """What `muster rebuild --check --json` prints."""
    return await rebuild_check(world.perform.pool, sequencer)


async def test_a_rebuild_gives_what_is_live_after_everything_has_happened(
    world: World, sequencer: asyncpg.Pool
) -> None:
    await live_through(world)
    types = {row["type"] for row in await world.rows("SELECT DISTINCT type FROM event WHERE tenant = $1")}
    folded = {name for one in (*INLINE, *FOLLOWING) for name in one.types}
    assert folded <= types, f"the history leaves out {sorted(folded - types)}"
    unsequenced = await checked(world, sequencer)
    await settle(world)
    result = await checked(world, sequencer)
    (events,) = await world.rows("SELECT count(*) AS n FROM event WHERE tenant = $1")
    for found in (unsequenced, result):
        assert found["differences"] == []
        assert all(one["equal"] for one in found["projections"].values())
        assert found["events"] == events["n"]
    assert set(result["projections"]) == {one.name for one in (*INLINE, *FOLLOWING)}
    assert all(one["rows"] > 0 for one in result["projections"].values())
