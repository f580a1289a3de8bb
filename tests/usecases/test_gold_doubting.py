"""Gold that was promoted from an item is asked no more while the item is done again."""

from typing import Any
from uuid import UUID

from backend.usecases.gold import hygiene, stock
from tests.support import redoing
from tests.support.bulked import promoted
from tests.support.world import World


async def asked(world: World, project: UUID) -> dict[str, Any]:
    """How much gold is asked, and how much was retired because of a rework."""
    found = await world.act(stock.gold_stock, project=project)
    return {"active": found["active"], "reworked": found["retired"]["reworked"]}


async def test_gold_of_an_item_that_is_done_again_is_retired_and_comes_back_with_the_undo(
    world: World,
) -> None:
    project, ann, _ = await promoted(world)
    assert await asked(world, project) == {"active": 1, "reworked": 0}
    made = await redoing.plan(world, project, annotators=[ann.subject.id])
    await redoing.execute(world, made)
    (fact,) = await world.facts("gold.retired")
    assert fact.event.why == "reworked"
    assert await asked(world, project) == {"active": 0, "reworked": 1}
    await redoing.undo(world, made)
    assert len(await world.facts("gold.restored")) == 1
    assert await asked(world, project) == {"active": 1, "reworked": 0}
    await redoing.undo(world, made)
    assert len(await world.facts("gold.restored")) == 1


async def test_what_something_else_retired_meanwhile_stays_retired(world: World) -> None:
    project, ann, _ = await promoted(world)
    (gold,) = await world.rows("SELECT gold FROM gold WHERE tenant = $1")
    made = await redoing.plan(world, project, annotators=[ann.subject.id])
    await redoing.execute(world, made)
    told = await world.act(hygiene.gold_retire, gold=gold["gold"], reason="withdrawn")
    assert told["why"] == "withdrawn"
    await redoing.undo(world, made)
    assert await world.facts("gold.restored") == []
    assert await asked(world, project) == {"active": 0, "reworked": 0}


async def test_what_was_done_again_leaves_the_gold_retired(world: World) -> None:
    project, ann, _ = await promoted(world)
    made = await redoing.plan(world, project, annotators=[ann.subject.id])
    await redoing.execute(world, made)
    new = await world.invite("new")
    await world.work(new, project, "0")
    await redoing.undo(world, made)
    assert await asked(world, project) == {"active": 0, "reworked": 1}, "what was begun again goes on"
