"""Signatures rebuilt: the tokens and their ends follow from the log alone, whatever order things happened in."""

from collections.abc import AsyncIterator

import asyncpg
import pytest_asyncio

from backend.events.store.database import open_pool
from backend.readmodels.rebuild import check
from backend.usecases.workforce import standing
from tests.support.nda import DAY, asking, countersign, now, publish, revoke, sign, sweep
from tests.support.world import World


@pytest_asyncio.fixture
async def sessions(world: World) -> AsyncIterator[tuple[asyncpg.Connection, asyncpg.Connection]]:
    """Two sessions of the application's role."""
    pool = await open_pool(world.dsn("muster_app"), size_max=2)
    async with pool.acquire() as live, pool.acquire() as shadow:
        yield live, shadow
    await pool.close()


async def equal(world: World, sessions: tuple[asyncpg.Connection, asyncpg.Connection]) -> None:
    """What concerns signatures is rebuilt as it is."""
    found = await check(*sessions, world.tenant)
    for name in ("people", "agreements", "signatures", "queue"):
        assert [row for table in found.projections[name] for row in table.first] == [], name
    assert sum(table.rows for table in found.projections["signatures"]) > 0


async def test_a_rebuild_gives_the_same_rights_with_the_same_ends_at_every_step(
    world: World, sessions: tuple[asyncpg.Connection, asyncpg.Connection]
) -> None:
    nda, other = await publish(world, valid_days=30), await publish(world, "other", countersigned=True)
    await asking(world, nda)
    people = [await world.invite(f"p{n}") for n in range(5)]
    for who in people[:4]:
        await sign(world, who, nda)
        await sign(world, who, other)
    await countersign(world, people[0], other)
    second = await publish(
        world, "v2", nda, effective_at=await now(world) + DAY, resign_by=await now(world) + 3 * DAY
    )
    await sign(world, people[1], second)
    await sign(world, people[4], nda)
    await publish(world, "v3", nda, material=False, effective_at=await now(world) + 2 * DAY)
    await equal(world, sessions)
    await revoke(world, people[2], nda)
    await world.act(standing.annotator_erase, annotator=people[3].subject.id, reason="asked for it")
    newer = await publish(world, "more", other)
    await sign(world, people[0], newer)
    await equal(world, sessions)
    world.clock.moved += 3 * DAY
    await world.decide()
    await equal(world, sessions)
    world.clock.moved += 30 * DAY
    await sweep(world)
    await equal(world, sessions)
    kinds = "agreement.enforced signature.expired signature.revoked agreement.countersigned".split()
    assert all([await world.facts(kind) for kind in kinds])
