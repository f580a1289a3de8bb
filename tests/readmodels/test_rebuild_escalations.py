"""Escalations, reasons, watched classes and verdicts on regions fold alike live and anew."""

from backend.events.store.database import open_pool
from backend.readmodels.escalations import ESCALATIONS
from backend.readmodels.expert_words import EXPERT_WORDS
from backend.readmodels.rebuild import rebuild_check
from tests.support.escalated import lived
from tests.support.world import World


async def test_a_rebuild_gives_escalations_and_what_calls_experts(world: World) -> None:
    await lived(world)
    types = {row["type"] for row in await world.rows("SELECT DISTINCT type FROM event WHERE tenant = $1")}
    assert types >= {*ESCALATIONS.types, *EXPERT_WORDS.types, "adjudication.scored", "lease.escalated"}
    told = [fact.event for fact in await world.facts("escalation.missed")]
    assert {one.what for one in told} == {"start", "due"}
    (unsure,) = await world.rows("SELECT count(*) AS n FROM answer WHERE tenant = $1 AND unsure")
    assert unsure["n"] == 2
    sequencer = await open_pool(world.dsn("muster_sequencer"), size_max=2)
    result = await rebuild_check(world.perform.pool, sequencer, [world.tenant])
    await sequencer.close()
    assert [one for one in result["differences"] if one["projection"] in ("escalations", "tasks")] == []
    assert result["differences"] == []
    assert result["projections"]["escalations"]["rows"] == 4 + 1 + 2
    assert result["projections"]["expert_words"]["rows"] == 1
