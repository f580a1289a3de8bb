"""What is held, cancelled and moved folds alike live and anew."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import asyncpg
import pytest_asyncio

from backend.events.store.database import open_pool, transaction
from backend.readmodels.rebuild import rebuild_check
from backend.usecases.tasks import steering
from backend.usecases.workforce import standing
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


async def test_what_happens_to_one_task_or_person_twice_running_folds_anew_in_its_order(
    world: World, sequencer: asyncpg.Pool
) -> None:
    project = await world.project("twice", plan={"overlap": 2})
    rows = await world.items(project, "a", "b")
    ann = await world.invite("ann")
    later: dict[str, Any] = {"deadline": None, "clear_deadline": False}
    for row in rows:
        for priority in (0, 3, 2, 1):
            await world.act(steering.task_prioritise, task=row["task"], priority=priority, **later)
    for days in (1, 2, 3):
        world.clock.moved += timedelta(hours=1)
        async with transaction(world.perform.pool, world.tenant) as conn:
            until = await world.clock.now(conn) + timedelta(days=days)
        await world.act(standing.annotator_pause, annotator=ann.subject.id, reason="leave", until=until)
    assert {row["priority"] for row in await world.rows("SELECT priority FROM task WHERE tenant = $1")} == {1}
    assert (await rebuild_check(world.perform.pool, sequencer, [world.tenant]))["differences"] == []
