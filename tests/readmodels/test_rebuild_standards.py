"""Vendors' standards, what fell below them and the worst that were drawn are folded anew as they were."""

from backend.events.store.database import open_pool
from backend.readmodels.rebuild import rebuild_check
from tests.support import standards
from tests.support.world import World


async def test_a_rebuild_gives_floors_their_crossings_and_plans_what_was_chosen(world: World) -> None:
    await standards.lived(world)
    sequencer = await open_pool(world.dsn("muster_sequencer"), size_max=2)
    result = await rebuild_check(world.perform.pool, sequencer)
    await sequencer.close()
    assert result["differences"] == []
    assert result["projections"]["vendor_floors"]["rows"] == 3
    assert result["projections"]["mislabels"]["rows"] == 1
    modes = await world.rows("SELECT mode FROM vendor_crossing WHERE tenant = $1 ORDER BY basis_index")
    assert [row["mode"] for row in modes] == ["flag", "suspend"]
