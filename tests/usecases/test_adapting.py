"""Overlap and review that adapt: one more answer where it is unsure, fewer reviews where quality is proven."""

from uuid import UUID

from tests.support.world import World


async def answer(world: World, name: str, project: UUID, said: str) -> None:
    """A new person gives one answer, and what it announced is decided."""
    who = await world.invite(name)
    (lease,) = (await world.pull(who, project))["leases"]
    await world.submit(who, lease["id"], said)
    await world.decide()


async def results(world: World) -> list[dict[str, object]]:
    return await world.rows("SELECT judgments, decided_by FROM result WHERE tenant = $1")


async def open_slots(world: World) -> int:
    return len(
        await world.rows("SELECT 1 FROM open_slot s JOIN lane l USING (tenant, lane) WHERE s.tenant = $1")
    )


async def test_an_unsure_item_gets_one_more_answer_at_a_time_up_to_the_maximum(world: World) -> None:
    project = await world.project(
        plan={"overlap": 2, "overlap_max": 4, "stop_at": 0.999, "escalate_below": 0.999}
    )
    await world.items(project, "a")
    await answer(world, "p1", project, "1")
    await answer(world, "p2", project, "2")
    assert (await results(world), await open_slots(world)) == ([], 1)
    await answer(world, "p3", project, "1")
    assert (await results(world), await open_slots(world)) == ([], 1)
    await answer(world, "p4", project, "2")
    assert await results(world) == [{"judgments": 4, "decided_by": "aggregate"}]
    (escalation,) = await world.rows("SELECT reason FROM escalation WHERE tenant = $1")
    assert escalation["reason"] == "low_confidence"


async def test_an_item_that_is_sure_enough_gets_no_more(world: World) -> None:
    project = await world.project(plan={"overlap": 2, "overlap_max": 4, "stop_at": 0.6})
    await world.items(project, "a")
    await answer(world, "p1", project, "1")
    await answer(world, "p2", project, "1")
    assert await results(world) == [{"judgments": 2, "decided_by": "aggregate"}]
    assert await open_slots(world) == 0


async def test_a_fixed_overlap_stays_fixed_however_unsure(world: World) -> None:
    project = await world.project(plan={"overlap": 2})
    await world.items(project, "a")
    await answer(world, "p1", project, "1")
    await answer(world, "p2", project, "2")
    assert await results(world) == [{"judgments": 2, "decided_by": "aggregate"}]


async def test_the_first_ten_answers_are_reviewed_and_then_ever_fewer(world: World) -> None:
    project = await world.project(plan={"overlap": 1, "review_rate": 1.0, "review_target": 0.2})
    await world.items(project, *(f"i{n}" for n in range(12)))
    ann, rev = await world.invite("ann"), await world.invite("rev", "reviewer")
    for _ in range(11):
        (lease,) = (await world.pull(ann, project))["leases"]
        await world.submit(ann, lease["id"], "1")
        for review in (await world.review_pull(rev, project))["leases"]:
            await world.review(rev, review["id"], "accept")
        await world.follow()
    rates = [
        row["rate_ppm"]
        for row in await world.rows("SELECT rate_ppm FROM review WHERE tenant = $1 ORDER BY review")
    ]
    assert rates[:10] == [1_000_000] * 10
    assert 50_000 <= rates[10] < 1_000_000
