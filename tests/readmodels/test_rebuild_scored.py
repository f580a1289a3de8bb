"""Scorings, targets and what each judged answer came to fold alike live and anew."""

from backend.events.store.database import open_pool
from backend.readmodels.rebuild import rebuild_check
from tests.support.scored import lived
from tests.support.world import World


async def test_a_rebuild_gives_scorings_targets_and_what_was_judged(world: World) -> None:
    await lived(world)
    await world.follow()
    (row,) = await world.rows("SELECT source, rate_ppm, score_ppm, passed FROM judged WHERE tenant = $1")
    assert row == {"source": "review", "rate_ppm": 1_000_000, "score_ppm": 1_000_000, "passed": True}
    (row,) = await world.rows(
        "SELECT scoring_version, targets_version FROM project WHERE tenant = $1 AND scoring <> ''"
    )
    assert tuple(row.values()) == (1, 1)
    sequencer = await open_pool(world.dsn("muster_sequencer"), size_max=2)
    result = await rebuild_check(world.perform.pool, sequencer, [world.tenant])
    await sequencer.close()
    assert result["differences"] == []
    assert result["projections"]["judged"] == {"equal": True, "rows": 1}
