"""The audit floor: in force in every project, changed by administrators alone, and switched off by no project."""

from typing import Any
from uuid import UUID

import pytest

from backend.usecases.access import access
from backend.usecases.projects import projects
from backend.usecases.review import audit_floor
from backend.usecases.work import Caller
from tests.support import flow
from tests.support.refused import refused
from tests.support.world import World


async def set_floor(world: World, floor: float) -> None:
    version = (await world.act(audit_floor.audit_floor_get))["version"]
    await world.act(audit_floor.audit_floor_set, expected_version=version, floor=floor)


async def with_role(world: World, role: str) -> Caller:
    made = await world.act(access.key_create, kind="user", roles=(role,), scopes=("*",), days=1)
    return await world.perform.authenticate(made["key"])


async def drawn(world: World, project: UUID, answers: int = 1) -> list[tuple[int, str]]:
    who = await world.invite(f"p{await world.perform.pool.fetchval('SELECT gen_random_uuid()')}")
    for _ in range(answers):
        await world.work(who, project, "1")
    return [(one.event.rate_ppm, one.event.reason) for one in await world.facts("review.drawn")]


async def test_a_project_that_reviews_nothing_is_audited_all_the_same(world: World) -> None:
    await set_floor(world, 1.0)
    project = await world.project(plan={"review_rate": 0.0})
    await world.items(project, "a")
    assert await drawn(world, project) == [(1_000_000, "audit")]
    rev = await world.invite("rev", "reviewer")
    assert len((await world.review_pull(rev, project))["leases"]) == 1


async def test_a_higher_rate_is_the_plans(world: World) -> None:
    await set_floor(world, 0.2)
    project = await world.project(plan={"review_rate": 0.5})
    await world.items(project, "a")
    assert await drawn(world, project) == [(500_000, "fixed")]


async def test_no_plan_goes_below_it(world: World) -> None:
    await set_floor(world, 0.25)
    project = await world.project(plan={"review_rate": 0.0})
    plan = {"review_rate": 0.1, "review_mode": "fixed"}
    change: dict[str, Any] = {"project": project, "expected_version": 1, "plan": plan}
    await world.act(projects.project_plan_update, **change)
    await world.items(project, "a")
    assert await drawn(world, project) == [(250_000, "audit")]


async def test_a_tenant_that_said_nothing_has_every_hundredth_answer_audited(world: World) -> None:
    await world.rows("DELETE FROM audit_floor WHERE tenant = $1 RETURNING 1")
    found = await world.act(audit_floor.audit_floor_get)
    assert found == {"version": 1, "floor": 0.01, "said_by": "product"}
    project = await world.project(plan={"review_rate": 0.0})
    await world.items(project, "a")
    assert await drawn(world, project) == [(10_000, "audit")]


@pytest.mark.parametrize("role", ["manager", "auditor"])
async def test_who_looks_after_projects_reads_it_and_cannot_change_it(world: World, role: str) -> None:
    caller = await with_role(world, role)
    version = (await world.act(audit_floor.audit_floor_get, caller))["version"]
    with refused("forbidden"):
        await world.act(audit_floor.audit_floor_set, caller, expected_version=version, floor=0.0)


async def test_only_the_version_that_was_read_is_changed(world: World) -> None:
    with refused("stale", "stale"):
        await world.act(audit_floor.audit_floor_set, expected_version=1, floor=0.5)


async def test_a_workflow_without_a_review_is_audited_and_its_items_go_where_its_arrows_say(
    world: World,
) -> None:
    await set_floor(world, 1.0)
    project = await flow.flow(world, flow.step("draw", "annotate", "check"), flow.step("check"))
    ann, ben = await world.invite("ann"), await world.invite("ben")
    await flow.answer(world, ann, project, "1")
    rev = await world.invite("rev", "reviewer")
    (lease,) = (await world.review_pull(rev, project))["leases"]
    assert lease["answer"] == "1"
    await world.review(rev, lease["id"], "reject")
    await world.decide()
    assert (await flow.answer(world, ben, project, "2"))["step"] == "check"
    assert (await world.export(project))["a"]["answer"] == "2"
    drawn = [one.event for one in await world.facts("review.drawn")]
    assert [(one.rate_ppm, one.reason) for one in drawn] == [(1_000_000, "audit")] * 2
    (given,) = await world.facts("review.verdict_given")
    assert (given.event.author, given.event.passed) == (ann.subject.id, False), "evidence about the person"


async def test_a_review_step_that_takes_enough_is_audit_enough(world: World) -> None:
    await set_floor(world, 0.4)
    steps = (flow.step("draw", "annotate", "look"), flow.step("look", "review", shows=("draw",)))
    project = await flow.flow(world, *steps)
    await flow.answer(world, await world.invite("ann"), project, "1")
    await flow.judge(world, await world.invite("rev", "reviewer"), project, "accept")
    assert [one.event.reason for one in await world.facts("review.drawn")] == ["fixed"]


async def test_a_review_step_that_nothing_goes_to_switches_no_audit_off(world: World) -> None:
    await set_floor(world, 1.0)
    steps = (
        flow.step("draw", "annotate", {"to": "look", "share": 0.000001}),
        flow.step("look", "review", shows=("draw",)),
    )
    project = await flow.flow(world, *steps)
    await flow.answer(world, await world.invite("ann"), project, "1")
    rev = await world.invite("rev", "reviewer")
    (lease,) = (await world.review_pull(rev, project))["leases"]
    assert (await world.review(rev, lease["id"], "accept"))["review"] is not None
