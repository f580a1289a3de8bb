"""Steering tasks on the real database: what is held is offered to nobody, what is cancelled is taken back, and what is
re-classed waits elsewhere while leases held go on."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

from backend.events.store.database import transaction
from backend.usecases.lanes import lane_of
from backend.usecases.projects import projects
from backend.usecases.tasks import escalating, holding, steering
from backend.usecases.work import Caller
from tests.support.refused import refused
from tests.support.world import World

TASK = "SELECT state, held_code, priority, deadline, lane FROM task WHERE tenant = $1 AND task = $2"


async def hold(world: World, task: Any, code: str = "manager", note: str | None = None) -> dict[str, Any]:
    return await world.act(steering.task_hold, task=task, code=code, note=note)


async def cancel(world: World, task: Any, note: str | None = None) -> dict[str, Any]:
    return await world.act(steering.task_cancel, task=task, code="mistake", note=note)


async def prioritise(world: World, task: Any, priority: int | None = None, **how: Any) -> dict[str, Any]:
    said = {"priority": priority, "deadline": None, "clear_deadline": False} | how
    return await world.act(steering.task_prioritise, task=task, **said)


async def require(world: World, task: Any, **conditions: Any) -> dict[str, Any]:
    return await world.act(steering.task_require, task=task, conditions=conditions)


async def pulled(world: World, who: Caller, project: UUID) -> list[Any]:
    """The payloads of what this person is given."""
    return [lease["payload"]["task"] for lease in (await world.pull(who, project))["leases"]]


async def slots(world: World, task: Any, table: str = "open_slot") -> list[tuple[UUID, int]]:
    rows = await world.rows(
        f"SELECT lane, slot FROM {table} WHERE tenant = $1 AND task = $2 ORDER BY slot", task
    )
    return [(row["lane"], row["slot"]) for row in rows]


async def moment(world: World, **later: float) -> Any:
    async with transaction(world.perform.pool, world.tenant) as conn:
        return await world.clock.now(conn) + timedelta(**later)


# --- holding


async def test_a_held_task_is_offered_to_nobody_until_it_is_unheld(world: World) -> None:
    project = await world.project(plan={"overlap": 2})
    (row,) = await world.items(project, "a")
    held = await hold(world, row["task"], note="Ask Mrs Example first.")
    assert (held["state"], held["held_code"], held["changed"]) == ("held", "manager", True)
    ann = await world.invite("ann")
    assert await pulled(world, ann, project) == []
    assert len(await slots(world, row["task"], "held_slot")) == 2
    assert (await hold(world, row["task"], "other"))["changed"] is False, "the first reason stands"
    free = await world.act(steering.task_unhold, task=row["task"])
    assert (free["state"], free["held_code"], free["changed"]) == ("open", None, True)
    assert await pulled(world, ann, project) == ["a"]
    for fact in await world.facts("task.held"):
        assert b"Example" not in fact.event.note


async def test_a_lease_goes_on_under_a_hold_and_what_it_gives_back_waits(world: World) -> None:
    project = await world.project(plan={"overlap": 2})
    (row,) = await world.items(project, "a")
    ann, ben = await world.invite("ann"), await world.invite("ben")
    (first,) = (await world.pull(ann, project))["leases"]
    (second,) = (await world.pull(ben, project))["leases"]
    assert (await hold(world, row["task"]))["revoked"] == []
    await world.submit(ann, first["id"], "1")
    await world.act(holding.lease_release, ben, lease=second["id"], reason="")
    assert await slots(world, row["task"]) == []
    assert len(await slots(world, row["task"], "held_slot")) == 1
    await world.act(steering.task_unhold, task=row["task"])
    assert await pulled(world, ben, project) == ["a"]


async def test_a_held_task_whose_answers_are_all_in_is_decided(world: World) -> None:
    project = await world.project(plan={"overlap": 1})
    (row,) = await world.items(project, "a")
    ann = await world.invite("ann")
    (lease,) = (await world.pull(ann, project))["leases"]
    await hold(world, row["task"])
    await world.submit(ann, lease["id"], "1")
    await world.decide()
    assert (await world.export(project))["a"]["answer"] == "1"
    assert (await world.act(steering.task_unhold, task=row["task"]))["state"] == "decided"


async def test_a_held_task_is_not_decided_by_half_of_its_answers(world: World) -> None:
    project = await world.project(plan={"overlap": 2})
    (row,) = await world.items(project, "a")
    ann, ben = await world.invite("ann"), await world.invite("ben")
    (lease,) = (await world.pull(ann, project))["leases"]
    await hold(world, row["task"])
    await world.submit(ann, lease["id"], "1")
    await world.decide()
    assert (await world.export(project))["a"]["answer"] is None
    await world.act(steering.task_unhold, task=row["task"])
    await world.work(ben, project, "1")
    await world.decide()
    assert (await world.export(project))["a"]["answer"] == "1"


async def test_what_an_expert_settled_while_it_was_held_is_not_offered_again(world: World) -> None:
    project = await world.project(plan={"overlap": 2})
    (row,) = await world.items(project, "a")
    ann, exp = await world.invite("ann"), await world.invite("exp", "expert")
    (lease,) = (await world.pull(ann, project))["leases"]
    await world.act(escalating.lease_escalate, ann, lease=lease["id"], reason="", note=None)
    await hold(world, row["task"])
    await world.work(exp, project, "2")
    await world.act(steering.task_unhold, task=row["task"])
    assert await pulled(world, await world.invite("ben"), project) == []
    assert (await world.export(project))["a"]["answer"] == "2"


async def test_a_release_and_a_hold_at_once_leave_no_slot_open(world: World) -> None:
    project = await world.project(plan={"overlap": 3})
    (row,) = await world.items(project, "a")
    people = [await world.invite(f"p{n}") for n in range(3)]
    leases = [(await world.pull(one, project))["leases"][0]["id"] for one in people]
    giving = [
        world.act(holding.lease_release, one, lease=lease, reason="")
        for one, lease in zip(people, leases, strict=True)
    ]
    await asyncio.gather(*giving, hold(world, row["task"]))
    assert await slots(world, row["task"]) == []
    assert len(await slots(world, row["task"], "held_slot")) == 3


# --- cancelling


async def test_a_cancelled_task_is_void_and_its_leases_are_taken_back(world: World) -> None:
    project = await world.project(plan={"overlap": 2})
    rows = await world.items(project, "a", "b")
    ann = await world.invite("ann")
    (lease,) = (await world.pull(ann, project))["leases"]
    gone = await cancel(world, rows[0]["task"], "Wrong picture.")
    assert (gone["state"], gone["revoked"]) == ("cancelled", [lease["id"]])
    (fact,) = await world.facts("lease.revoked")
    assert fact.event.reason == "task_cancelled" and fact.actor.id == world.admin.subject.id
    assert await slots(world, rows[0]["task"]) == []
    assert await pulled(world, ann, project) == ["b"]
    with refused("lease_revoked") as caught:
        await world.submit(ann, lease["id"], "1")
    assert caught.value.extra["late_answer"]
    assert (await cancel(world, rows[0]["task"]))["changed"] is False
    with refused("not_now", "conflict"):
        await hold(world, rows[0]["task"])


async def test_a_cancelled_task_gets_no_result(world: World) -> None:
    project = await world.project(plan={"overlap": 2})
    (row,) = await world.items(project, "a")
    await world.work(await world.invite("ann"), project, "1")
    await cancel(world, row["task"])
    await world.decide()
    assert (await world.export(project))["a"]["answer"] is None


async def test_an_item_is_cancelled_with_its_review_and_expert_tasks(world: World) -> None:
    project = await world.project(plan={"overlap": 2, "review_rate": 1.0})
    (row,) = await world.items(project, "a")
    await world.work(await world.invite("ann"), project, "1")
    rev = await world.invite("rev", "reviewer")
    gone = await world.act(steering.item_cancel, item=row["item"], code="mistake", note=None)
    assert row["task"] in gone["cancelled"] and len(gone["cancelled"]) == 2
    assert (await world.review_pull(rev, project))["leases"] == []
    again = await world.act(steering.item_cancel, item=row["item"], code="mistake", note=None)
    assert again["cancelled"] == []


async def test_pulls_and_a_cancellation_at_once_leave_no_lease_on_what_is_void(world: World) -> None:
    project = await world.project(plan={"overlap": 4})
    (row,) = await world.items(project, "a")
    people = [await world.invite(f"p{n}") for n in range(4)]
    await asyncio.gather(*(world.pull(one, project) for one in people), cancel(world, row["task"]))
    assert await world.rows("SELECT 1 FROM lease WHERE tenant = $1") == []
    assert await slots(world, row["task"]) == []


# --- re-classing


async def test_what_is_re_classed_comes_first_and_leases_held_go_on(world: World) -> None:
    project = await world.project(plan={"overlap": 2})
    rows = await world.items(project, "a", "b")
    ann, ben = await world.invite("ann"), await world.invite("ben")
    (lease,) = (await world.pull(ben, project))["leases"]
    moved = await prioritise(world, rows[1]["task"], 1)
    assert (moved["priority"], moved["changed"], moved["revoked"]) == (1, True, [])
    assert moved["lane"] == lane_of(project, "annotate", "annotate", 1)
    assert await pulled(world, ann, project) == ["b"]
    await prioritise(world, rows[0]["task"], 3)
    await world.act(holding.lease_release, ben, lease=lease["id"], reason="")
    backfill = lane_of(project, "annotate", "annotate", 3)
    assert {lane for lane, _ in await slots(world, rows[0]["task"])} == {backfill}, "what comes back follows"
    assert (await prioritise(world, rows[0]["task"], 3))["changed"] is False
    back = await prioritise(world, rows[0]["task"], 2)
    assert back["lane"] == lane_of(project, "annotate"), "the usual lane keeps its id"


async def test_a_deadline_is_said_and_cleared(world: World) -> None:
    project = await world.project()
    (row,) = await world.items(project, "a")
    due = await moment(world, hours=9)
    assert (await prioritise(world, row["task"], deadline=due))["deadline"] == due
    assert (await prioritise(world, row["task"], 1))["deadline"] == due, "what is not said stays"
    assert (await prioritise(world, row["task"], clear_deadline=True))["deadline"] is None
    for nothing in ({}, {"deadline": due, "clear_deadline": True}):
        with refused("reclass_unclear", "invalid"):
            await prioritise(world, row["task"], **nothing)
    with refused("priority_invalid", "invalid"):
        await prioritise(world, row["task"], 7)


async def test_another_deadline_alone_lets_nobody_jump_the_queue(world: World) -> None:
    project = await world.project()
    rows = await world.items(project, "a", "b")
    await prioritise(world, rows[1]["task"], deadline=await moment(world, hours=9))
    assert await pulled(world, await world.invite("ann"), project) == ["a"]


async def test_a_task_may_ask_other_people(world: World) -> None:
    project = await world.project()
    rows = await world.items(project, "a", "b")
    asked = await require(world, rows[0]["task"], all=[{"origin": "crowd"}])
    assert asked["changed"] and asked["lane"] != lane_of(project, "annotate")
    ann = await world.invite("ann")
    assert await pulled(world, ann, project) == ["b"], "staff is not crowd"
    assert await pulled(world, ann, project) == []
    await prioritise(world, rows[0]["task"], 1)
    assert await pulled(world, ann, project) == [], "another class asks for the same"
    await require(world, rows[0]["task"])
    assert await pulled(world, ann, project) == ["a"]
    with refused("condition_invalid", "invalid"):
        await require(world, rows[0]["task"], all=[{"origin": "moon"}])


async def test_too_many_lanes_are_refused_and_nothing_moves(world: World) -> None:
    project = await world.project()
    (row,) = await world.items(project, "a")
    await few_lanes(world, project)
    with refused("too_many_lanes", "conflict"):
        await prioritise(world, row["task"], 1)
    assert await slots(world, row["task"]) == [(lane_of(project, "annotate"), 1)]


async def few_lanes(world: World, project: UUID) -> None:
    """Leave the project no room for another lane: what its settings will say."""
    sql = "UPDATE project SET queue = queue || '{\"lanes_max\": 3}'::jsonb WHERE tenant = $1 AND project = $2"
    await world.rows(f"{sql} RETURNING 1", project)


# --- lanes


async def test_a_paused_lane_serves_nobody(world: World) -> None:
    project = await world.project()
    await world.items(project, "a", "b")
    lane = lane_of(project, "annotate")
    ann, ben = await world.invite("ann"), await world.invite("ben")
    (lease,) = (await world.pull(ann, project))["leases"]
    for _ in range(2):
        assert (await world.act(steering.lane_pause, lane=lane))["paused"]
    assert await pulled(world, ben, project) == []
    assert (await world.submit(ann, lease["id"], "1"))["status"] == "submitted"
    assert not (await world.act(steering.lane_resume, lane=lane))["paused"]
    assert await pulled(world, ben, project) == ["b"]


# --- who may, and what there is


async def test_only_managers_steer_and_only_what_is_theirs(world: World, neighbour: World) -> None:
    project = await world.project()
    (row,) = await world.items(project, "a")
    ann = await world.invite("ann")
    why: dict[str, Any] = {"code": "manager", "note": None}
    about: list[tuple[Any, dict[str, Any]]] = [
        (steering.task_hold, {"task": row["task"], **why}),
        (steering.task_unhold, {"task": row["task"]}),
        (steering.task_cancel, {"task": row["task"], **why}),
        (steering.task_require, {"task": row["task"], "conditions": {}}),
        (steering.item_cancel, {"item": row["item"], **why}),
        (steering.lane_pause, {"lane": lane_of(project, "annotate")}),
        (steering.lane_resume, {"lane": lane_of(project, "annotate")}),
    ]
    before = await world.rows("SELECT count(*) AS n FROM event WHERE tenant = $1")
    for usecase, arguments in about:
        with refused("forbidden"):
            await world.act(usecase, ann, **arguments)
        with refused("not_found", "not_found"):
            await neighbour.act(usecase, **arguments)
        name = next(iter(arguments))
        with refused("not_found", "not_found"):
            await world.act(usecase, **(arguments | {name: UUID(int=7)}))
    with refused("not_found"):
        await world.act(steering.task_hold, task=row["item"], **why)
    listing: dict[str, Any] = {"state": None, "code": None, "step": None, "cursor": None, "limit": 5}
    with refused("not_found"):
        await neighbour.act(steering.task_list, project=project, **listing)
    assert await world.rows("SELECT count(*) AS n FROM event WHERE tenant = $1") == before
    assert (await world.act(projects.project_get, project=project))["progress"]["open_slots"] == 1
