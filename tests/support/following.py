"""What the leader does in its own time, done at once: events get their places, projections follow."""

import asyncio
from collections.abc import Sequence

import asyncpg

from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.database import transaction
from backend.events.store.sequencer import sequence_once
from backend.events.store.subscription import advance_once
from backend.readmodels.projection import Projection, project
from backend.readmodels.registry import FOLLOWING
from tests.support.world import World

UNPLACED = """
SELECT count(*) FROM event e WHERE NOT EXISTS (
  SELECT 1 FROM event_log l WHERE (l.tenant, l.stream, l.version) = (e.tenant, e.stream, e.version))
"""


async def sequence_all(sequencer: asyncpg.Connection, batch_max: int = 5_000) -> None:
    """Give every event its place; repeated while anything on this server (an autovacuum) holds the horizon back."""
    async with asyncio.timeout(30):
        while await sequencer.fetchval(UNPLACED):
            await sequence_once(sequencer, batch_max)


async def follow(pool: asyncpg.Pool, tenant: TenantId, projection: Projection) -> None:
    """Bring one following projection of one tenant up to the end of the log."""

    async def fold(conn: asyncpg.Connection, of: TenantId, facts: Sequence[Recorded]) -> None:
        await project((projection,), conn, of, facts)

    moved = -1
    while moved:
        async with transaction(pool, tenant) as conn:
            moved = await advance_once(conn, tenant, projection.name, projection.types, fold)


async def settle(world: World) -> None:
    """Sequence everything and let every following projection catch up."""
    sequencer = await asyncpg.connect(world.dsn("muster_sequencer"))
    await sequence_all(sequencer)
    await sequencer.close()
    for projection in FOLLOWING:
        await follow(world.perform.pool, world.tenant, projection)
