"""What is asked to be learnt anew, and who fell, is folded from the log alone, whatever came twice."""

from backend.events.store.database import open_pool
from backend.readmodels.rebuild import check
from tests.support.following import settle
from tests.support.recertified import lived
from tests.support.world import World


async def test_a_rebuild_gives_certificates_and_falls_as_they_are(world: World) -> None:
    for here in ("", "again "):
        await lived(world, here)
    await settle(world)
    pool = await open_pool(world.dsn("muster_app"), size_max=2)
    async with pool.acquire() as live, pool.acquire() as shadow:
        found = (await check(live, shadow, world.tenant)).projections
    await pool.close()
    for name in ("recertification", "retraining", "people", "training"):
        assert sum(one.rows for one in found[name]) > 0
        assert not any(one.differing for one in found[name]), name
    whys = [fact.event.why for fact in await world.facts("retraining.ended")]
    assert set(whys) == {"passed", "recovered"}
