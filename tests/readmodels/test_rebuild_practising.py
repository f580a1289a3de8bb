"""What courses teach of escalations folds alike live and anew."""

from backend.events.store.database import open_pool
from backend.readmodels.rebuild import rebuild_check
from tests.support.practised import lived
from tests.support.world import World


async def test_a_rebuild_gives_what_is_taught_and_what_nobody_may_be_asked_as_gold(world: World) -> None:
    await lived(world)
    await world.follow()
    sequencer = await open_pool(world.dsn("muster_sequencer"), size_max=2)
    result = await rebuild_check(world.perform.pool, sequencer, [world.tenant])
    await sequencer.close()
    assert result["differences"] == []
    assert result["projections"]["taught"]["rows"] == 7, "two courses, one of which goes on, and four items"
    facts = await world.facts("course.module_attempted")
    assert [(one.event.passed, one.event.left_out) for one in facts] == [(True, 1), (False, 0)]
