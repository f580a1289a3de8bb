"""Routines, their periods and drift signals fold alike live and anew."""

from backend.events.store.database import open_pool
from backend.readmodels.rebuild import rebuild_check
from tests.support import routine, signalled
from tests.support.world import World


async def test_a_rebuild_gives_periods_alerts_and_signals(world: World) -> None:
    await routine.lived(world)
    await signalled.lived(world)
    types = {row["type"] for row in await world.rows("SELECT DISTINCT type FROM event WHERE tenant = $1")}
    assert types >= {
        "routine.set",
        "routine.met",
        "routine.missed",
        "routine.acknowledged",
        "drift.signalled",
        "drift.rule_set",
    }
    sequencer = await open_pool(world.dsn("muster_sequencer"), size_max=2)
    result = await rebuild_check(world.perform.pool, sequencer, [world.tenant])
    await sequencer.close()
    assert result["differences"] == []
    assert min(result["projections"][name]["rows"] for name in ("routines", "drift")) >= 6
