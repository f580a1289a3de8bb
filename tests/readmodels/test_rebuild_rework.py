"""What was done again and taken back is folded anew as it was."""

from backend.events.store.database import open_pool
from backend.readmodels.rebuild import rebuild_check
from tests.support import redoing
from tests.support.world import World


async def test_a_rebuild_gives_plans_their_items_and_who_is_kept_away(world: World) -> None:
    await redoing.lived(world)
    sequencer = await open_pool(world.dsn("muster_sequencer"), size_max=2)
    result = await rebuild_check(world.perform.pool, sequencer)
    await sequencer.close()
    assert result["differences"] == []
    assert result["projections"]["rework"]["rows"] > 4
    states = await world.rows("SELECT DISTINCT state FROM rework_item WHERE tenant = $1")
    assert {row["state"] for row in states} >= {"requeued", "redone", "kept", "taken_back"}
