"""Named assignment: a manager gives one open slot of a task to a person who may do it."""

import asyncio
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal
from backend.usecases.agreements import agreements, signing
from backend.usecases.tasks import assigning, holding, queue
from backend.usecases.work import Caller
from backend.usecases.workforce import standing
from tests.support.refused import refused
from tests.support.world import World


async def assign(world: World, task: UUID, to: Caller, by: Caller | None = None) -> dict[str, Any]:
    return await world.act(assigning.lease_assign, by, task=task, annotator=to.subject.id)


async def test_an_assigned_lease_is_like_a_pulled_one(world: World) -> None:
    project = await world.project()
    rows = await world.items(project, "a", "b")
    ann = await world.invite("ann")
    given = await assign(world, rows[1]["task"], ann)
    shown = await world.act(queue.lease_get, ann, lease=given["lease"])
    assert shown["payload"] == {"task": "b"} and shown["state"] == "held"
    assert shown["expires_at"] == given["expires_at"]
    (pulled,) = (await world.pull(ann, project))["leases"]
    assert set(pulled) == set(shown)
    assert (await world.submit(ann, given["lease"], "1"))["status"] == "submitted"


async def test_nobody_is_given_an_item_twice(world: World) -> None:
    project = await world.project(plan={"overlap": 3})
    (row,) = await world.items(project, "a")
    ann, ben = await world.invite("ann"), await world.invite("ben")
    given = await assign(world, row["task"], ann)
    for answer in (None, "1"):
        if answer:
            await world.submit(ann, given["lease"], answer)
        with refused("already_worked", "conflict"):
            await assign(world, row["task"], ann)
    skipped = await assign(world, row["task"], ben)
    await world.act(holding.lease_skip, ben, lease=skipped["lease"], reason="")
    with refused("already_worked"):
        await assign(world, row["task"], ben)


async def test_a_released_item_may_be_assigned_again(world: World) -> None:
    project = await world.project()
    (row,) = await world.items(project, "a")
    ann = await world.invite("ann")
    given = await assign(world, row["task"], ann)
    await world.act(holding.lease_release, ann, lease=given["lease"], reason="")
    assert (await assign(world, row["task"], ann))["lease"] != given["lease"]


async def test_a_full_task_has_no_open_slot(world: World) -> None:
    project = await world.project()
    (row,) = await world.items(project, "a")
    await assign(world, row["task"], await world.invite("ann"))
    with refused("no_open_slot", "conflict"):
        await assign(world, row["task"], await world.invite("ben"))


async def test_the_gates_hold_for_assignments_too(world: World) -> None:
    nda = await world.act(agreements.agreement_publish, title="NDA", text="v1", agreement=None)
    project = await world.project(agreements=(nda["id"],))
    (row,) = await world.items(project, "a")
    ann, rev = await world.invite("ann"), await world.invite("rev", "reviewer")
    with refused("agreement_required", "conflict") as caught:
        await assign(world, row["task"], ann)
    assert caught.value.extra["missing"] == [f"agreement:{nda['id']}:1"]
    signed = {"agreement": nda["id"], "version": 1, "sha256": nda["sha256"], "typed_name": "x"}
    await world.act(signing.agreement_sign, rev, **signed)
    with refused("not_qualified", "conflict"):
        await assign(world, row["task"], rev)
    await world.act(signing.agreement_sign, ann, **signed)
    await world.act(standing.annotator_suspend, annotator=ann.subject.id, reason="")
    with refused("suspended", "conflict"):
        await assign(world, row["task"], ann)


async def test_only_managers_assign_and_only_what_exists(world: World) -> None:
    project = await world.project()
    (row,) = await world.items(project, "a")
    ann = await world.invite("ann")
    with refused("forbidden"):
        await assign(world, row["task"], ann, ann)
    with refused("not_found") as no_task:
        await assign(world, UUID(int=7), ann)
    with refused("not_found") as nobody:
        await world.act(assigning.lease_assign, task=row["task"], annotator=UUID(int=7))
    assert str(no_task.value) == str(nobody.value)


async def test_of_assignments_at_once_each_slot_is_given_once(world: World) -> None:
    project = await world.project(plan={"overlap": 2})
    (row,) = await world.items(project, "a")
    people = [await world.invite(f"p{n}") for n in range(5)]
    given = await asyncio.gather(*(assign(world, row["task"], p) for p in people), return_exceptions=True)
    assert sum(isinstance(one, dict) for one in given) == 2
    assert {one.code for one in given if isinstance(one, Refusal)} == {"no_open_slot"}
    slots = await world.rows("SELECT slot FROM lease WHERE tenant = $1 ORDER BY slot")
    assert [one["slot"] for one in slots] == [1, 2]


async def test_an_assignment_and_a_pull_at_once_never_meet_on_one_item(world: World) -> None:
    project = await world.project(plan={"overlap": 3})
    (row,) = await world.items(project, "a")
    ann = await world.invite("ann")
    both = await asyncio.gather(
        assign(world, row["task"], ann),
        world.pull(ann, project),
        world.pull(ann, project),
        return_exceptions=True,
    )
    assert not [
        one for one in both if isinstance(one, Exception) and getattr(one, "code", "") != "already_worked"
    ]
    assert len(await world.rows("SELECT 1 FROM lease WHERE tenant = $1")) == 1
