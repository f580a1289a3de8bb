"""Bulk acts on tasks: looked at first, done in pieces in the name of who asked, readable while they run."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from backend.events.ids import SYSTEM_PRINCIPAL
from backend.usecases.tasks import selection, steering
from tests.support.refused import refused
from tests.support.world import World
from tests.usecases.test_steering import few_lanes, moment, prioritise, pulled

HOLD = {"kind": "hold", "code": "audit"}


async def looked(world: World, project: UUID, act: dict[str, Any] | None = None, **wanted: Any) -> Any:
    return await world.act(
        selection.tasks_bulk, project=project, selection=wanted, act=act or HOLD, dry_run=True
    )


async def begin(world: World, project: UUID, act: dict[str, Any], **wanted: Any) -> UUID:
    begun = await world.act(selection.tasks_bulk, project=project, selection=wanted, act=act, dry_run=False)
    return UUID(str(begun["bulk"]))


async def done(world: World, project: UUID, act: dict[str, Any], **wanted: Any) -> dict[str, Any]:
    """Begin it, let the worker do it, and read what came of it."""
    bulk = await begin(world, project, act, **wanted)
    await world.decide()
    return await world.act(selection.tasks_bulk_get, bulk=bulk)


async def states(world: World) -> list[str]:
    return [
        row["state"] for row in await world.rows("SELECT state FROM task WHERE tenant = $1 ORDER BY task")
    ]


async def test_a_preview_counts_and_changes_nothing(world: World) -> None:
    project = await world.project()
    rows = await world.items(project, *(f"i{n}" for n in range(25)))
    await world.pull(await world.invite("ann"), project)
    facts = await world.rows("SELECT count(*) AS n FROM event WHERE tenant = $1")
    seen = await looked(world, project)
    assert (seen["matched"], seen["at_least"], seen["leases"], len(seen["first"])) == (25, False, 1, 20)
    assert seen["by_state"] == {"open": 25} and seen["bulk"] is None
    assert [one["id"] for one in seen["first"]] == sorted(row["task"] for row in rows)[:20]
    assert await world.rows("SELECT count(*) AS n FROM event WHERE tenant = $1") == facts
    assert world.woken == []


async def test_an_act_goes_on_piece_by_piece_until_all_is_done(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selection, "PIECE", 2)
    project = await world.project()
    await world.items(project, *"abcde")
    bulk = await begin(world, project, HOLD | {"note": "Mrs Example asked."})
    first = await world.system(selection.tasks_bulk_step, bulk=bulk)
    assert first["done"] == 2
    running = await world.act(selection.tasks_bulk_get, bulk=bulk)
    assert (running["status"], running["changed"]) == ("running", 2)
    await world.decide()
    over = await world.act(selection.tasks_bulk_get, bulk=bulk)
    assert (over["status"], over["changed"], over["refused"]) == ("done", 5, 0)
    assert over["by"] == {"kind": "user", "id": world.admin.subject.id}
    held = await world.facts("task.held")
    assert len(held) == 5 and len({fact.event.note for fact in held}) == 5
    for fact in held:
        assert (fact.actor.id, fact.actor.behalf_of) == (SYSTEM_PRINCIPAL, world.admin.subject.id)
        assert fact.event.code == "audit" and b"Example" not in fact.event.note
    entry = next(one for one in await world.entries() if one["action"] == "tasks_bulk_step")
    assert entry["actor"]["behalf_of"] == str(world.admin.subject.id)
    assert await pulled(world, await world.invite("ann"), project) == []


async def test_every_act_is_done_to_all_that_match(world: World) -> None:
    project = await world.project()
    await world.items(project, *"abc")
    ann = await world.invite("ann")
    (lease,) = (await world.pull(ann, project))["leases"]
    assert (await done(world, project, HOLD))["changed"] == 3
    assert (await done(world, project, {"kind": "prioritise", "priority": 1}))["changed"] == 3
    asked = {"kind": "require", "conditions": {"all": [{"origin": "crowd"}]}}
    assert (await done(world, project, asked))["changed"] == 3
    assert (await done(world, project, {"kind": "unhold"}, code="other"))["changed"] == 0
    assert (await done(world, project, {"kind": "unhold"}, code="audit"))["changed"] == 3
    assert await pulled(world, await world.invite("ben"), project) == []
    gone = await done(world, project, {"kind": "cancel", "code": "mistake"})
    assert (gone["changed"], gone["revoked"]) == (3, 1)
    assert await states(world) == ["cancelled"] * 3
    again = await done(world, project, {"kind": "hold"}, states=["cancelled"])
    assert (again["changed"], again["refused"]) == (0, 3)
    with refused("lease_revoked"):
        await world.submit(ann, lease["id"], "1")


async def test_a_selection_is_all_that_is_said(world: World) -> None:
    project, other = await world.project(), await world.project("other")
    rows = await world.items(project, "a", "b", "c")
    (foreign,) = await world.items(other, "a")
    tasks = [row["task"] for row in rows]
    await prioritise(world, tasks[0], 1)
    due = await moment(world, hours=5)
    await prioritise(world, tasks[1], deadline=due)
    sql = (
        "UPDATE item SET tags = '{night,rain}', edge_case = true WHERE tenant = $1 AND item = $2 RETURNING 1"
    )
    await world.rows(sql, rows[2]["item"])

    async def found(**wanted: Any) -> list[UUID]:
        return [one["id"] for one in (await looked(world, project, **wanted))["first"]]

    assert await found() == sorted(tasks)
    assert await found(tasks=tasks[:1]) == tasks[:1]
    assert await found(items=[rows[1]["item"]]) == [tasks[1]]
    assert await found(external_keys=["c", "a"]) == sorted([tasks[0], tasks[2]])
    assert await found(external_keys=["c", "a"], items=[rows[0]["item"]]) == [tasks[0]]
    assert await found(priorities=[1]) == [tasks[0]]
    assert await found(deadline_before=due) == []
    assert await found(deadline_before=due + timedelta(seconds=1)) == [tasks[1]]
    assert await found(tags=["night"]) == [tasks[2]] == await found(edge_case=True)
    assert await found(tags=["night", "snow"]) == []
    assert await found(step="review") == [] == await found(group=uuid4())
    assert await found(imported_from=await moment(world, seconds=1)) == []
    assert await found(imported_to=await moment(world, days=1)) == sorted(tasks)
    assert await found(skipped_min=1) == [] == await found(states=["held"])
    for unknown in (
        {"tasks": [foreign["task"]]},
        {"items": [foreign["item"]]},
        {"external_keys": ["a", "z"]},
    ):
        with refused("not_found", "not_found"):
            await found(**unknown)


async def test_what_comes_in_later_is_not_meant(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selection, "PIECE", 1)
    project = await world.project()
    await world.items(project, "a", "b")
    bulk = await begin(world, project, HOLD)
    await world.items(project, "later")
    await world.decide()
    assert (await world.act(selection.tasks_bulk_get, bulk=bulk))["changed"] == 2
    assert await pulled(world, await world.invite("ann"), project) == ["later"]


async def test_an_act_is_stopped_and_what_is_done_stays(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selection, "PIECE", 1)
    project = await world.project()
    await world.items(project, "a", "b", "c")
    bulk = await begin(world, project, {"kind": "cancel"})
    await world.system(selection.tasks_bulk_step, bulk=bulk)
    for _ in range(2):
        assert (await world.act(selection.tasks_bulk_stop, bulk=bulk))["status"] == "stopped"
    await world.decide()
    assert sorted(await states(world)) == ["cancelled", "open", "open"]


async def test_what_refuses_a_whole_piece_ends_the_act_and_is_told(world: World) -> None:
    project = await world.project()
    await world.items(project, "a")
    await few_lanes(world, project)
    over = await done(world, project, {"kind": "prioritise", "priority": 0})
    assert (over["status"], over["refused_with"], over["changed"]) == ("refused", "too_many_lanes", 0)


async def test_only_managers_act_on_many_and_only_on_what_is_theirs(world: World, neighbour: World) -> None:
    project = await world.project()
    await world.items(project, "a")
    bulk = await begin(world, project, HOLD)
    ann = await world.invite("ann")
    asked: dict[str, Any] = {"project": project, "selection": {}, "act": HOLD, "dry_run": False}
    with refused("forbidden"):
        await world.act(selection.tasks_bulk, ann, **asked)
    with refused("not_found"):
        await neighbour.act(selection.tasks_bulk, **asked)
    for usecase in (selection.tasks_bulk_get, selection.tasks_bulk_stop):
        with refused("forbidden"):
            await world.act(usecase, ann, bulk=bulk)
        with refused("not_found"):
            await neighbour.act(usecase, bulk=bulk)
        with refused("not_found"):
            await world.act(usecase, bulk=UUID(int=7))
    with refused("reclass_unclear"):
        await begin(world, project, {"kind": "prioritise"})
    assert (
        await world.act(
            steering.task_list, project=project, state=None, code=None, step=None, cursor=None, limit=5
        )
    )["data"][0]["state"] == "open"
