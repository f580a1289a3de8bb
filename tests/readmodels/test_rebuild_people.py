"""People, vendors and credentials fold alike live and anew, also when records and moves happen at once."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest_asyncio

from backend.events.store.database import open_pool
from backend.readmodels.credentials import CREDENTIALS
from backend.readmodels.people import PEOPLE
from backend.readmodels.rebuild import rebuild_check
from backend.readmodels.vendors import VENDORS
from backend.usecases.workforce import compliance, standing
from tests.support import people as way
from tests.support.careers import careers
from tests.support.world import World

OURS = (CREDENTIALS, PEOPLE, VENDORS)
ELSEWHERE = {"annotator.erased", "key.revoked", "guideline.acknowledged"}
"""What other tests let happen."""


@pytest_asyncio.fixture
async def sequencer(world: World) -> AsyncIterator[asyncpg.Pool]:
    """The role that sees all tenants and no keys."""
    pool = await open_pool(world.dsn("muster_sequencer"), size_max=2)
    yield pool
    await pool.close()


async def test_careers_fold_anew_to_what_is_live(world: World, sequencer: asyncpg.Pool) -> None:
    await careers(world)
    types = {row["type"] for row in await world.rows("SELECT DISTINCT type FROM event WHERE tenant = $1")}
    folded = {name for one in OURS for name in one.types}
    assert folded - ELSEWHERE <= types, f"the careers leave out {sorted(folded - ELSEWHERE - types)}"
    assert (await rebuild_check(world.perform.pool, sequencer, [world.tenant]))["differences"] == []


async def test_records_moves_and_invitations_at_once_miss_nobody(
    world: World, sequencer: asyncpg.Pool
) -> None:
    works, other = await way.vendor(world), await way.vendor(world, "Others")
    people = [(await way.join(world, f"p{n}", vendor=works)).subject.id for n in range(4)]
    about = {"evidence": "x", "annotator": None, "until": None}
    place = {"origin": None, "team": None}
    await asyncio.gather(
        *(world.act(standing.annotator_move, annotator=one, vendor=other, **place) for one in people[:2]),
        world.act(compliance.compliance_record, kind="hipaa", vendor=works, **about),
        world.act(compliance.compliance_record, kind="soc2", vendor=other, **about),
        *(way.join(world, f"new{n}", vendor=vendor) for n, vendor in enumerate((works, other))),
    )
    rows = await world.rows("SELECT annotator, vendor FROM person WHERE tenant = $1")
    kinds = {works: ["compliance:hipaa"], other: ["compliance:soc2"]}
    assert len(rows) == 6
    for row in rows:
        assert await way.tokens(world, row["annotator"], "compliance") == kinds[row["vendor"]]
    assert (await rebuild_check(world.perform.pool, sequencer, [world.tenant]))["differences"] == []
