"""After a migration the tables are folded anew from the log: whatever was in them before, they end alike."""

from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.leases import LeaseClaimed
from backend.events.store.codec import decode
from backend.events.store.database import open_pool
from backend.readmodels import refold as module
from backend.readmodels.projection import project as fold_all
from backend.readmodels.queue import BAND
from backend.readmodels.rebuild import fold_inline, rebuild_check, shadows
from backend.readmodels.refold import refold
from backend.readmodels.registry import INLINE
from backend.usecases.proficiency.skills import skill_define
from backend.usecases.tasks import giving_back
from tests.support.history import live_through
from tests.support.notes import append, note
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


async def test_a_log_of_before_the_return_band_leaves_no_slot_open_that_is_held(world: World) -> None:
    """There a slot went back to the place it had, and so the next claim names that place."""
    project, ann = await world.project(), await world.invite("ann")
    await world.items(project, "a")
    for _ in range(2):
        (lease,) = (await world.pull(ann, project))["leases"]
        await world.act(giving_back.lease_release, ann, lease=lease["id"], reason="", code="")
    await world.pull(ann, project)
    rows = await world.rows("SELECT body FROM event WHERE tenant = $1 ORDER BY seq")
    facts = [as_of_then(decode(row["body"])) for row in rows]
    async with world.perform.pool.acquire() as shadow, shadows(shadow):
        await fold_all(INLINE, shadow, world.tenant, facts)
        held = "SELECT (SELECT count(*) FROM lease) AS leases, (SELECT count(*) FROM open_slot) AS slots"
        assert dict(await shadow.fetchrow(held)) == {"leases": 1, "slots": 0}


def as_of_then(fact: Recorded) -> Recorded:
    """The fact as the release before wrote it: the slot's first place."""
    if isinstance(fact.event, LeaseClaimed) and fact.event.ord < 0:
        return replace(fact, event=replace(fact.event, ord=fact.event.ord + BAND))
    return fact


async def test_what_is_written_while_it_folds_is_in_the_tables_too(
    world: World, sequencer: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An old release may still write: behind what was folded, or, begun before and committed after, in front of it."""
    await defined(world, "first")
    folds = 0

    async def fold_and_then(live: asyncpg.Connection, shadow: asyncpg.Connection, tenant: TenantId) -> int:
        nonlocal folds
        done = await fold_inline(live, shadow, tenant)
        folds += 1
        if folds == 1:
            await early.commit()
            await world.perform.pool.release(held)
        if folds == 2:
            await defined(world, "behind")
        return done

    monkeypatch.setattr(module, "fold_inline", fold_and_then)
    held = await world.perform.pool.acquire()
    early = held.transaction()
    await early.start()
    await held.fetchval("SELECT set_config('app.tenant', $1, true)", str(world.tenant))
    skill = note(world.tenant, uuid4(), 1)
    await append(held, world.tenant, [skill])
    await fold_all(INLINE, held, world.tenant, [skill])
    await defined(world, "overtakes it")
    assert await refold(world.perform.pool, sequencer, "another release") > 0
    assert folds == 2
    names = {row["name"] for row in await world.rows("SELECT name FROM skill WHERE tenant = $1")}
    assert names >= {"first", "version 1", "overtakes it", "behind"}
    await world.follow()
    assert (await rebuild_check(world.perform.pool, sequencer, [world.tenant]))["differences"] == []


async def defined(world: World, name: str) -> None:
    await world.act(skill_define, name=name, kind="domain")
