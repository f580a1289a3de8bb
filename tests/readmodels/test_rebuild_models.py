"""Models, routings, what was answered and how it compared fold alike live and anew."""

from backend.events.store.database import open_pool
from backend.readmodels.rebuild import rebuild_check
from tests.support import stepped
from tests.support.foretold import lived
from tests.support.world import World

WAYS = """
SELECT p.routed, p.rule, p.correct, r.decided_by, t.state FROM prediction p
  JOIN task t USING (tenant, task) LEFT JOIN result r ON r.tenant = p.tenant AND r.item = p.item
 WHERE p.tenant = $1 ORDER BY p.item
"""


async def test_a_rebuild_gives_models_and_what_became_of_their_answers(world: World) -> None:
    await lived(world)
    await stepped.lived(world)
    await world.follow()
    found = [tuple(row.values()) for row in await world.rows(WAYS)]
    assert found == [
        ("audit", "audit_share", True, "aggregate", "decided"),
        ("human", "always_human", False, "aggregate", "decided"),
        ("machine", "threshold", None, "model", "decided"),
        ("human", "parallel", True, "aggregate", "decided"),
        ("human", "parallel", True, "aggregate", "decided"),
        ("expert", "low_confidence", True, "expert", "decided"),
        ("expert", "low_confidence", None, "model", "decided"),
        ("expert", "low_confidence", None, None, "open"),
        ("machine", "threshold", None, "aggregate", "decided"),
        ("human", "parallel", None, None, "decided"),
    ]
    sequencer = await open_pool(world.dsn("muster_sequencer"), size_max=2)
    result = await rebuild_check(world.perform.pool, sequencer, [world.tenant])
    await sequencer.close()
    assert result["differences"] == []
    assert result["projections"]["models"]["equal"] and result["projections"]["models"]["rows"] > 10
