"""What the leader does in its own time, done at once: events get their places, projections follow."""

import asyncio

import asyncpg

from backend.events.store.sequencer import sequence_once
from backend.readmodels.registry import FOLLOWING
from backend.workers.subscriptions import follow
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


async def settle(world: World) -> None:
    """Sequence everything and let every following projection catch up."""
    sequencer = await asyncpg.connect(world.dsn("muster_sequencer"))
    await sequence_all(sequencer)
    await sequencer.close()
    await follow(world.perform.pool, world.tenant, *FOLLOWING)
