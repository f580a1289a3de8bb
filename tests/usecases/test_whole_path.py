"""The whole path once: people come in, pull, answer, are reviewed and escalated, and a result comes out."""

from tests.support.world import World


async def test_an_answer_travels_from_import_to_export(world: World) -> None:
    project = await world.project(plan={"overlap": 2})
    await world.items(project, "a", "b")
    ann, ben = await world.invite("ann"), await world.invite("ben")
    for who in (ann, ben):
        for _ in range(2):
            (lease,) = (await world.pull(who, project))["leases"]
            assert lease["payload"]["task"] in ("a", "b")
            await world.submit(who, lease["id"], "1")
        assert (await world.pull(who, project))["reasons"][0]["code"] == "no_tasks"
    assert len(world.woken) == 2
