"""Milestones, working hours and live evidence, folded from the log and folded again."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from backend.readmodels.milestones import MILESTONES
from backend.readmodels.ramp import RAMP
from backend.readmodels.rebuild import check
from backend.usecases.workforce import standing
from tests.support.world import World

TABLES = ("milestone", "stay", "work_done", "ramp", "evidence_hour")


async def table(world: World, name: str) -> list[dict[str, Any]]:
    return await world.rows(f"SELECT * FROM {name} WHERE tenant = $1")


async def lived(world: World) -> UUID:
    """Ann answers ten items in two sittings, Eve reviews six of them, Ben leaves. Returns Ann."""
    project = await world.project(plan={"review_rate": 1.0})
    await world.items(project, *(f"i{n}" for n in range(10)))
    ann, eve, ben = (
        await world.invite("ann"),
        await world.invite("eve", "reviewer"),
        await world.invite("ben"),
    )
    for sitting in (4, 6):
        for n in range(sitting):
            await world.work(ann, project, str(n % 2))
        await world.follow()
        world.clock.moved += timedelta(hours=2)
    for n in range(6):
        (lease,) = (await world.review_pull(eve, project))["leases"]
        await world.review(eve, lease["id"], "accept" if n else "reject")
    await world.act(standing.annotator_offboard, annotator=ben.subject.id, reason="moved away")
    await world.follow()
    return UUID(str(ann.subject.id))


async def test_first_and_tenth_answer_are_found_across_two_readings_of_the_log(world: World) -> None:
    ann = await lived(world)
    rows = {row["annotator"]: row for row in await table(world, "milestone")}
    own = rows[ann]
    answers = await world.rows(
        "SELECT submitted_at FROM answer WHERE tenant = $1 AND annotator = $2 ORDER BY submitted_at", ann
    )
    assert own["answers"] == 10 and own["first_answer_at"] == answers[0]["submitted_at"]
    assert own["tenth_answer_at"] == answers[9]["submitted_at"] == own["last_at"]
    done = await table(world, "work_done")
    assert sum(row["answers"] for row in done) == 10 and sum(row["reviews"] for row in done) == 6
    assert len({row["hour"] for row in done if row["annotator"] == ann}) == 2


async def test_live_evidence_counts_by_person_and_by_the_hour_of_the_answer(world: World) -> None:
    ann = await lived(world)
    (own,) = await table(world, "ramp")
    assert (own["annotator"], own["bucket"], own["total"], own["correct"]) == (ann, "first_50", 6, 5)
    hours = await table(world, "evidence_hour")
    assert sum(row["total"] for row in hours) == 6 and {row["annotator"] for row in hours} == {ann}


async def test_a_stay_ends_when_the_person_leaves(world: World) -> None:
    await lived(world)
    left = [row["left_at"] for row in await table(world, "stay")]
    assert len(left) == 3 and sum(one is not None for one in left) == 1


async def test_folded_again_they_are_the_same(world: World) -> None:
    await lived(world)
    pool = world.perform.pool
    async with pool.acquire() as live, pool.acquire() as shadow:
        checked = await check(live, shadow, world.tenant)
    for projection in (MILESTONES, RAMP):
        compared = checked.projections[projection.name]
        assert all(one.rows > 0 and not one.differing for one in compared), projection.name
