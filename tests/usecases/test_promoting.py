"""What moves or holds a task without anybody asking: a deadline that is near, and people who keep giving it back."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from backend.domain.tasks import lease as leases
from backend.events.ids import AnnotatorId
from backend.readmodels import projects as project_rows
from backend.usecases.projects import queueing
from backend.usecases.tasks import promoting, steering
from backend.usecases.tasks.steering import hold_poison
from backend.usecases.work import Answer, Caller, Work
from tests.support.world import World
from tests.usecases.test_steering import TASK, few_lanes, hold, moment, prioritise, pulled

# --- deadlines


async def promote(world: World) -> int:
    return int((await world.system(promoting.tasks_promote, most=500))["promoted"])


async def test_a_near_deadline_moves_a_task_one_class_up_and_never_into_real_time(world: World) -> None:
    project = await world.project()
    rows = await world.items(project, "near", "far", "back")
    await prioritise(world, rows[0]["task"], deadline=await moment(world, minutes=50))
    await prioritise(world, rows[1]["task"], deadline=await moment(world, hours=9))
    await prioritise(world, rows[2]["task"], 3, deadline=await moment(world, minutes=50))
    assert await promote(world) == 2
    assert await classes(world, rows) == [1, 2, 2]
    (first, second) = [fact.event for fact in (await world.facts("task.moved"))[-2:]]
    assert {first.code, second.code} == {"deadline"}
    assert await pulled(world, await world.invite("ann"), project) == ["near"]
    world.clock.moved += timedelta(hours=8, minutes=30)
    await promote(world)
    assert await promote(world) == 0, "class 1 is the highest that a deadline reaches"
    assert await classes(world, rows) == [1, 1, 1]


async def test_the_tenant_s_word_holds_where_a_project_says_nothing(world: World) -> None:
    project = await world.project()
    rows = await world.items(project, "a")
    await prioritise(world, rows[0]["task"], deadline=await moment(world, minutes=90))
    assert await promote(world) == 0
    said = {"promote_before_seconds": 7_200}
    await world.act(queueing.queue_defaults_update, expected_version=1, settings=said)
    assert await promote(world) == 1


async def classes(world: World, rows: list[dict[str, Any]]) -> list[int]:
    return [(await world.rows(TASK, row["task"]))[0]["priority"] for row in rows]


async def test_what_is_held_or_taken_is_not_promoted(world: World) -> None:
    project = await world.project()
    rows = await world.items(project, "a", "b")
    soon = await moment(world, minutes=5)
    for row in rows:
        await prioritise(world, row["task"], deadline=soon)
    assert await pulled(world, await world.invite("ann"), project) == ["a"]
    await hold(world, rows[1]["task"])
    assert await promote(world) == 0
    await world.act(steering.task_unhold, task=rows[1]["task"])
    assert await promote(world) == 1


async def test_a_project_without_room_for_a_lane_does_not_stop_the_others(world: World) -> None:
    full, roomy = await world.project("full"), await world.project("roomy")
    soon = await moment(world, minutes=5)
    for project in (full, roomy):
        (row,) = await world.items(project, "a")
        await prioritise(world, row["task"], deadline=soon)
    await few_lanes(world, full)
    assert await promote(world) == 1


# --- poison


async def skipped(world: World, who: Caller, project: UUID) -> bool:
    """Pull one, skip it, and ask whether that was once too often."""
    (lease,) = (await world.pull(who, project))["leases"]
    (row,) = await world.rows("SELECT * FROM lease WHERE tenant = $1 AND lease = $2", lease["id"])

    async def give_back(work: Work) -> Answer:
        work.require("lease:work", owner=work.me)
        await work.load(leases.LEASE, [row["lease"]])
        work.decide(leases.LEASE, row["lease"], leases.Skip(annotator=AnnotatorId(work.me), reason=None))
        await work.flush()
        (about,) = await project_rows.find(work.conn, work.tenant, [project])
        return Answer({"held": await hold_poison(work, row, about)})

    return bool((await world.act(give_back, who))["held"])


async def test_what_is_skipped_too_often_is_held_and_found(world: World) -> None:
    project = await world.project(plan={"skips_max": 2})
    rows = await world.items(project, "bad", "good")
    people = [await world.invite(f"p{n}") for n in range(5)]
    assert not await skipped(world, people[0], project)
    assert await skipped(world, people[1], project)
    listing: dict[str, Any] = {"project": project, "cursor": None, "limit": 50, "step": None}
    found = await world.act(steering.task_list, state="held", code="poison", **listing)
    assert [(one["id"], one["skips"]) for one in found["data"]] == [(rows[0]["task"], 2)]
    assert await pulled(world, people[2], project) == ["good"]
    await world.act(steering.task_unhold, task=rows[0]["task"])
    assert not await skipped(world, people[3], project), "it is counted anew once a manager let it go on"
    assert await skipped(world, people[4], project)


async def test_a_project_may_send_poison_to_an_expert_instead(world: World) -> None:
    project = await world.project(plan={"skips_max": 1})
    (row,) = await world.items(project, "bad")
    sql = 'UPDATE project SET queue = queue || \'{"poison": "escalate"}\'::jsonb WHERE tenant = $1 AND project = $2'
    await world.rows(f"{sql} RETURNING 1", project)
    assert await skipped(world, await world.invite("ann"), project)
    assert (await world.rows(TASK, row["task"]))[0]["state"] == "open"
    (lease,) = (await world.pull(await world.invite("exp", "expert"), project))["leases"]
    assert lease["stage"] == "expert"
