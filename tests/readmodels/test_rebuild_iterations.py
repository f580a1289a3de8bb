"""Iterations and what belongs to them fold alike live and anew."""

from backend.events.store.database import open_pool
from backend.readmodels.rebuild import rebuild_check
from tests.support.iterated import lived
from tests.support.world import World


async def test_a_rebuild_gives_iterations_and_their_items(world: World) -> None:
    await lived(world)
    types = {row["type"] for row in await world.rows("SELECT DISTINCT type FROM event WHERE tenant = $1")}
    assert types >= {"iteration.planned", "iteration.opened", "iteration.closed", "item.placed"}
    sequencer = await open_pool(world.dsn("muster_sequencer"), size_max=2)
    result = await rebuild_check(world.perform.pool, sequencer, [world.tenant])
    await sequencer.close()
    assert result["differences"] == []
    assert result["projections"]["iterations"]["rows"] == 7
