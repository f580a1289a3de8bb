"""Verdicts in bulk, and gold that was doubted and trusted again, are folded anew as they were."""

from backend.events.store.database import open_pool
from backend.readmodels.rebuild import rebuild_check
from tests.support import bulked
from tests.support.world import World


async def test_a_rebuild_gives_what_was_let_through_and_which_gold_is_asked(world: World) -> None:
    await bulked.lived(world)
    sequencer = await open_pool(world.dsn("muster_sequencer"), size_max=2)
    result = await rebuild_check(world.perform.pool, sequencer)
    await sequencer.close()
    assert result["differences"] == []
    rows = await world.rows("SELECT passed FROM review WHERE tenant = $1 AND bulk IS NOT NULL")
    assert {row["passed"] for row in rows} == {None, False}
    whys = await world.rows("SELECT why FROM gold WHERE tenant = $1 AND origin = 'promoted'")
    assert {row["why"] for row in whys} == {None, "reworked"}
