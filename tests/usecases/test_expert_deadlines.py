"""Deadlines of experts: what nobody began or finished in time is told once, and waits one class higher."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from backend.usecases.insight import lanes
from backend.usecases.tasks import escalating, holding, steering
from backend.workers.sweeps import sweep_all
from tests.support.world import World
from tests.usecases.test_second_expert import listed
from tests.usecases.test_steering import few_lanes

CLASS = "SELECT t.priority FROM escalation e JOIN task t ON t.task = e.expert_task WHERE e.tenant = $1"


async def flagged(world: World, here: str = "", **plan: Any) -> UUID:
    """A project with one item that somebody flagged: ten minutes to begin, an hour to answer."""
    asked = {"expert_start_seconds": 600, "expert_seconds": 3_600} | plan
    project = await world.project(f"flagged{here}", plan=asked)
    await world.items(project, "a")
    ann = await world.invite(f"ann{here}")
    (lease,) = (await world.pull(ann, project))["leases"]
    await world.act(escalating.lease_escalate, ann, lease=lease["id"], reason="", note=None)
    return project


async def sweep(world: World, **after: float) -> int:
    """Let time pass; how many escalations were told to be late."""
    world.clock.moved += timedelta(**after)
    return (await sweep_all(world.perform, world.tenant)).get("escalations_miss", 0)


async def told(world: World) -> list[str]:
    return [fact.event.what for fact in await world.facts("escalation.missed")]


async def classes(world: World) -> list[int]:
    return [row["priority"] for row in await world.rows(CLASS)]


async def test_what_nobody_begins_in_time_is_told_once_and_moved_up(world: World) -> None:
    project = await flagged(world)
    (opened,) = await world.facts("escalation.opened")
    start_by, due_by = opened.event.start_by, opened.event.due_by
    assert due_by - start_by == timedelta(seconds=3_000)
    assert await sweep(world, minutes=9) == 0 and await classes(world) == [2]
    assert await sweep(world, minutes=2) == 1
    assert await sweep(world, minutes=1) == 0
    assert await told(world) == ["start"] and await classes(world) == [1]
    (row,) = await listed(world, project)
    assert (row["state"], row["missed"], row["late"], row["begun_at"]) == ("open", ["start"], False, None)
    assert await sweep(world, hours=1) == 1
    assert await sweep(world, hours=1) == 0
    assert await told(world) == ["start", "due"] and await classes(world) == [1], "never into real time"
    (row,) = await listed(world, project, missed=True)
    assert (row["missed"], row["late"]) == (["start", "due"], True)
    exp = await world.invite("exp", "expert")
    await world.work(exp, project, "b")
    assert (await world.export(project))["a"]["decided_by"] == "expert", "late is better than never"
    assert await sweep(world, hours=9) == 0


async def test_both_at_once_are_told_in_one_breath_and_moved_up_once(world: World) -> None:
    await flagged(world)
    assert await sweep(world, hours=2) == 1
    assert await told(world) == ["start", "due"] and await classes(world) == [1]


async def test_what_was_begun_in_time_misses_only_its_end(world: World) -> None:
    project = await flagged(world)
    exp = await world.invite("exp", "expert")
    (lease,) = (await world.pull(exp, project))["leases"]
    await world.act(holding.lease_release, exp, lease=lease["id"], reason="")
    assert await sweep(world, minutes=15) == 0
    assert await sweep(world, hours=1) == 1
    assert await told(world) == ["due"]
    (row,) = await listed(world, project, missed=True)
    assert row["begun_at"] < row["start_by"]


async def test_without_deadlines_nothing_is_ever_late(world: World) -> None:
    project = await flagged(world, expert_start_seconds=0, expert_seconds=0)
    assert await sweep(world, days=30) == 0
    assert await listed(world, project, missed=True) == []
    (row,) = await listed(world, project, missed=False)
    assert (row["start_by"], row["due_by"], row["late"]) == (None, None, False)


async def test_a_contested_one_goes_on_under_the_same_end(world: World) -> None:
    project = await world.project(
        plan={"overlap": 2, "escalate_below": 0.6, "experts_max": 2, "expert_seconds": 3_600}
    )
    await world.items(project, "a")
    for name, answer in (("ann", "cat"), ("ben", "dog")):
        await world.work(await world.invite(name), project, answer)
    await world.decide()
    await world.work(await world.invite("one", "expert"), project, "fox")
    assert await sweep(world, hours=2) == 1
    assert await told(world) == ["due"] and await classes(world) == [1], "the second expert's task"
    assert [one["state"] for one in await listed(world, project, state="contested", missed=True)] == [
        "contested"
    ]


async def test_what_is_cancelled_is_void_and_not_late(world: World) -> None:
    project = await flagged(world)
    (row,) = await world.rows("SELECT expert_task FROM escalation WHERE tenant = $1")
    await world.act(steering.task_cancel, task=row["expert_task"], code="manager", note=None)
    assert await sweep(world, hours=2) == 0
    assert [one["state"] for one in await listed(world, project)] == ["void"]
    assert await listed(world, project, state="open") == []


async def test_a_project_without_room_for_a_lane_is_told_all_the_same(world: World) -> None:
    project = await flagged(world)
    await few_lanes(world, project)
    assert await sweep(world, hours=2) == 1
    assert await told(world) == ["start", "due"] and await classes(world) == [2]


async def test_the_lane_of_the_experts_shows_the_next_end(world: World) -> None:
    project = await flagged(world)
    (opened,) = await world.facts("escalation.opened")
    found = await world.act(lanes.lane_list, project=project, cursor=None, limit=50)
    due = {one["stage"]: one["next_deadline"] for one in found["data"] if one["next_deadline"]}
    assert due == {"expert": opened.event.due_by}
    await world.work(await world.invite("exp", "expert"), project, "b")
    found = await world.act(lanes.lane_list, project=project, cursor=None, limit=50)
    assert [one["next_deadline"] for one in found["data"] if one["next_deadline"]] == []
