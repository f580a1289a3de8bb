"""What training makes of its events is what a rebuild makes of them."""

import random
from collections.abc import AsyncIterator

import asyncpg
import pytest_asyncio

from backend.events.store.codec import decode
from backend.events.store.database import open_pool
from backend.readmodels.rebuild import rebuild_check
from tests.readmodels.test_rebuild import PLACED, folded, merged
from tests.support.following import settle
from tests.support.school import train
from tests.support.world import World


@pytest_asyncio.fixture
async def sequencer(world: World) -> AsyncIterator[asyncpg.Pool]:
    """The role that sees all tenants and no keys."""
    pool = await open_pool(world.dsn("muster_sequencer"), size_max=2)
    yield pool
    await pool.close()


async def test_enrolments_guidelines_and_what_is_held_are_folded_from_events_alone(
    world: World, sequencer: asyncpg.Pool
) -> None:
    await train(world)
    checked = await rebuild_check(world.perform.pool, sequencer)
    assert checked["differences"] == []
    for name in ("training", "guidelines", "people", "queue"):
        assert checked["projections"][name]["equal"] and checked["projections"][name]["rows"] > 0
    (open_one,) = await world.rows(
        "SELECT open_until FROM enrolment WHERE tenant = $1 AND open_until IS NOT NULL"
    )
    assert open_one["open_until"] is not None


async def test_enrolments_do_not_depend_on_how_independent_streams_interleave(world: World) -> None:
    marks = []
    for here in ("", "other "):
        marks.append((await world.rows("SELECT count(*) AS n FROM event WHERE tenant = $1"))[0]["n"])
        await train(world, here)
    await settle(world)
    rows = await world.rows(PLACED)
    facts = [decode(row["body"], row["idx"]) for row in rows]
    common, first, second = facts[: marks[0]], facts[marks[0] : marks[1]], facts[marks[1] :]
    async with world.perform.pool.acquire() as shadow:
        expected = await folded(shadow, world, facts, 10_000)
        for seed in range(3):
            chance = random.Random(seed)
            shuffled = [*common, *merged(chance, first, second)]
            assert await folded(shadow, world, shuffled, chance.randint(1, 20)) == expected
