"""Giving work back for a reason, on the real database: the project's policy says what becomes of person and task."""

from typing import Any
from uuid import UUID

import pytest

from backend.usecases.projects import intake
from backend.usecases.tasks import steering
from backend.usecases.work import Caller
from tests.support.leases import later, release, row, say, skip, start, sweep
from tests.support.refused import refused
from tests.support.world import World

TASK = "SELECT state, held_code FROM task WHERE tenant = $1 AND task = $2"


async def held(world: World, who: Caller, project: UUID) -> UUID:
    """A lease of this person."""
    (lease,) = (await world.pull(who, project))["leases"]
    return UUID(str(lease["id"]))


async def stands(world: World, task: Any) -> tuple[str, str | None]:
    """How the task stands, and why it is held."""
    (found,) = await world.rows(TASK, task)
    return found["state"], found["held_code"]


async def one_item(world: World, **plan: Any) -> tuple[UUID, UUID]:
    """A project with one item; the project and the task."""
    project = await world.project(plan=plan)
    (item,) = await world.items(project, "a")
    return project, item["task"]


@pytest.mark.parametrize(
    ("code", "returns", "counts"),
    [
        ("", False, True),
        ("unclear", False, True),
        ("conflict_of_interest", False, False),
        ("no_time", True, False),
    ],
)
async def test_a_skip_means_what_its_reason_says(
    world: World, code: str, returns: bool, counts: bool
) -> None:
    project, _ = await one_item(world)
    ann = await world.invite("ann")
    lease = await held(world, ann, project)
    await skip(world, ann, lease, code)
    assert (await row(world, lease))["counts"] is counts
    assert bool((await world.pull(ann, project))["leases"]) is returns


async def test_a_reason_nobody_knows_is_refused_and_changes_nothing(world: World) -> None:
    project, _ = await one_item(world)
    ann = await world.invite("ann")
    lease = await held(world, ann, project)
    for act in (skip, release):
        with refused("skip_code_unknown", "invalid") as caught:
            await act(world, ann, lease, "bored")
        assert "no_time" in caught.value.extra["allowed"]
    assert (await row(world, lease))["state"] == "started"


async def test_a_project_says_which_reasons_there_are(world: World) -> None:
    project, task = await one_item(world)
    policy = {"code": "blurred", "returns": False, "counts": False, "holds": True}
    await say(world, project, skips=[policy])
    ann = await world.invite("ann")
    lease = await held(world, ann, project)
    with refused("skip_code_unknown"):
        await skip(world, ann, lease, "unclear")
    await skip(world, ann, lease, "blurred", "the left half")
    assert await stands(world, task) == ("held", "skip")
    assert not (await world.pull(await world.invite("ben"), project))["leases"]


async def test_declining_again_does_not_hold_again_what_a_manager_let_go_on(world: World) -> None:
    project, task = await one_item(world)
    await say(world, project, skips=[{"code": "blurred", "returns": False, "counts": True, "holds": True}])
    ann = await world.invite("ann")
    lease = await held(world, ann, project)
    await skip(world, ann, lease, "blurred")
    await world.act(steering.task_unhold, task=task)
    assert (await skip(world, ann, lease, "blurred"))["status"] == "skipped"
    assert (await stands(world, task))[0] == "open"


async def test_the_reason_is_a_code_in_the_log_and_the_words_are_ciphertext(world: World) -> None:
    project, _ = await one_item(world)
    ann = await world.invite("ann")
    lease = await held(world, ann, project)
    await release(world, ann, lease, "no_time", "my bus leaves")
    (fact,) = await world.facts("lease.released")
    assert fact.event.code == "no_time" and b"bus" not in bytes(fact.event.reason)


async def test_what_is_declined_too_often_is_held(world: World) -> None:
    project, task = await one_item(world, skips_max=2)
    for name, state in (("ann", "open"), ("ben", "held")):
        who = await world.invite(name)
        await skip(world, who, await held(world, who, project), "unclear")
        assert (await stands(world, task))[0] == state
    assert (await stands(world, task))[1] == "poison"
    assert not await world.rows("SELECT 1 FROM open_slot WHERE tenant = $1")
    await world.act(steering.task_unhold, task=task)
    eve = await world.invite("eve")
    await skip(world, eve, await held(world, eve, project), "too_hard")
    assert (await stands(world, task))[0] == "open", "counted anew"


async def test_a_reason_that_does_not_count_never_holds_a_task(world: World) -> None:
    project, task = await one_item(world, skips_max=1)
    for name in ("ann", "ben"):
        who = await world.invite(name)
        await skip(world, who, await held(world, who, project), "conflict_of_interest")
    assert (await stands(world, task))[0] == "open"


async def test_what_is_abandoned_too_often_is_held(world: World) -> None:
    project, task = await one_item(world, skips_max=2)
    ann = await world.invite("ann")
    for state in ("open", "held"):
        await held(world, ann, project)
        await later(world, minutes=6)
        assert await sweep(world) == 1
        assert (await stands(world, task))[0] == state
    assert (await stands(world, task))[1] == "poison"


async def test_what_is_given_back_too_often_goes_to_an_expert_where_the_project_says_so(world: World) -> None:
    project, task = await one_item(world, skips_max=1)
    await say(world, project, poison="escalate")
    ann, expert = await world.invite("ann"), await world.invite("expert", "expert")
    await held(world, ann, project)
    await later(world, minutes=6)
    assert await sweep(world) == 1
    assert (await stands(world, task))[0] == "open"
    (lease,) = (await world.pull(expert, project))["leases"]
    assert lease["stage"] == "expert"


async def test_a_sweep_of_many_holds_each_poisoned_task_once(world: World) -> None:
    project = await world.project(plan={"skips_max": 1, "overlap": 2})
    await world.items(project, *"abc")
    for name in ("ann", "ben"):
        who = await world.invite(name)
        for lease in (await world.pull(who, project, most=3))["leases"]:
            await start(world, who, lease["id"])
    await later(world, hours=24)
    while await sweep(world):
        pass
    held_now = await world.rows("SELECT state FROM task WHERE tenant = $1")
    assert [one["state"] for one in held_now] == ["held"] * 3
    assert len(await world.facts("task.held")) == 3
    assert len(await world.rows("SELECT 1 FROM held_slot WHERE tenant = $1")) == 6


async def test_declining_gold_looks_like_declining_work_and_holds_nothing(world: World) -> None:
    project = await world.project(plan={"gold_share": 1.0, "skips_max": 1})
    gold = ({"external_key": "g", "payload": {"task": "g"}, "truth": "x"},)
    await world.act(intake.gold_add, project=project, gold=gold, exam_only=False)
    await world.items(project, "a")
    ann = await world.invite("ann")
    lease = await held(world, ann, project)
    assert (await row(world, lease))["gold"] is not None
    assert await skip(world, ann, lease, "unclear") == {"lease": lease, "status": "skipped"}
    assert not await world.facts("task.held")
