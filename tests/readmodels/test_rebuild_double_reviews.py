"""Double reviews, and gold that experts met, fold alike live and anew."""

from backend.events.store.database import open_pool
from backend.readmodels.double_reviews import DOUBLE_REVIEWS
from backend.readmodels.rebuild import rebuild_check
from tests.support.doubled import lived
from tests.support.world import World


async def test_a_rebuild_gives_double_reviews_and_the_evidence_about_experts(world: World) -> None:
    await lived(world)
    await world.follow()
    types = {row["type"] for row in await world.rows("SELECT DISTINCT type FROM event WHERE tenant = $1")}
    assert types >= {*DOUBLE_REVIEWS.types, "double_review.scored", "lease.gold_scored"}
    sequencer = await open_pool(world.dsn("muster_sequencer"), size_max=2)
    result = await rebuild_check(world.perform.pool, sequencer, [world.tenant])
    await sequencer.close()
    assert result["differences"] == []
    assert result["projections"]["double_reviews"]["rows"] == 7
