"""Which labels were shown to whom, and on which side classes are, fold alike live and anew."""

from backend.events.store.database import open_pool
from backend.readmodels.rebuild import rebuild_check
from tests.support import labelled
from tests.support.world import World


async def test_a_rebuild_gives_what_was_shown_and_the_sides_of_classes(world: World) -> None:
    await labelled.lived(world)
    await world.follow()
    shown = await world.rows(
        "SELECT cardinality(answers) AS a, cardinality(predictions) AS p FROM labels_shown WHERE tenant = $1"
    )
    assert [tuple(row.values()) for row in shown] == [(1, 1), (1, 1)]
    sides = await world.rows("SELECT version FROM model_class WHERE tenant = $1")
    assert [row["version"] for row in sides] == [1]
    ways = await world.rows(
        "SELECT rule FROM prediction WHERE tenant = $1 ORDER BY predicted_at DESC LIMIT 2"
    )
    assert sorted(row["rule"] for row in ways) == ["override_people", "threshold"]
    sequencer = await open_pool(world.dsn("muster_sequencer"), size_max=2)
    result = await rebuild_check(world.perform.pool, sequencer, [world.tenant])
    await sequencer.close()
    assert result["differences"] == []
    assert result["projections"]["labels_shown"]["rows"] == 2
