"""The review controller writes what a stretch of the log changed, and leaves alone what it only looked at."""

from uuid import UUID

import pytest

from tests.support.backtested import judge
from tests.support.world import World

VERSIONS = "SELECT xmin::text || ctid::text AS version FROM {} WHERE tenant = $1 AND project = $2"


async def versions(world: World, table: str, project: UUID) -> set[str]:
    return {row["version"] for row in await world.rows(VERSIONS.format(table), project)}


@pytest.mark.parametrize(
    ("plan", "kept"),
    [({"review_rate": 1.0}, True), ({"review_mode": "risk", "review_target": 0.1}, False)],
    ids=["fixed", "risk"],
)
async def test_a_project_is_written_again_only_where_its_threshold_moves(
    world: World, plan: dict[str, object], kept: bool
) -> None:
    project = await world.project(plan=plan)
    ann, rev = await world.invite("ann"), await world.invite("rev", "reviewer")
    await world.items(project, "one", "two", "three")
    await world.work(ann, project, "a")
    await world.follow()
    before = await versions(world, "review_project", project)
    await world.work(ann, project, "a")
    await judge(world, project, rev, False)
    await world.follow()
    assert len(before) == 1
    assert (await versions(world, "review_project", project) == before) is kept
    seen = await world.rows("SELECT seen, total FROM review_person WHERE tenant = $1")
    assert [row["seen"] for row in seen] == [2]


async def test_what_a_lot_holds_is_found_again_after_every_stretch(world: World) -> None:
    project = await world.project(plan={"review_mode": "iso2859", "review_target": 0.1, "review_lot": 10})
    ann = await world.invite("ann")
    await world.items(project, *(f"i{n}" for n in range(4)))
    for _ in range(4):
        await world.work(ann, project, "a")
        await world.follow()
    rows = await world.rows("SELECT lot, answers FROM review_lot WHERE tenant = $1")
    assert [(row["lot"], row["answers"]) for row in rows] == [(1, 4)]
