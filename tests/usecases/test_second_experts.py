"""A second look that nobody can give is told of: the only expert of a project has met the item already."""

from typing import Any
from uuid import UUID

from backend.usecases.insight.lanes import lane_list
from tests.support.doubled import escalated, experts
from tests.support.world import World


async def unserved(world: World, project: UUID) -> list[dict[str, Any]]:
    """What the lanes of the project say of it."""
    page = await world.act(lane_list, project=project, cursor=None, limit=50)
    return [one["unserved"] for one in page["data"] if one["unserved"] is not None]


async def test_a_second_look_in_a_project_with_one_expert_is_told_of_until_there_is_another(
    world: World,
) -> None:
    project = await escalated(world, "a", "b")
    (one,) = await experts(world, 1)
    assert await unserved(world, project) == [], "somebody can take them"
    for _ in range(2):
        await world.work(one, project, "fox")
    await world.decide()
    assert (await world.pull(one, project))["leases"] == []
    assert await unserved(world, project) == [{"code": "no_second_expert", "slots": 2}]
    await world.invite("another", "expert")
    assert await unserved(world, project) == []
