"""What is in force in a project: its own plan, the tenant's, the product's; and the agreements that hold there."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from backend.domain.projects.plan_default import FIELDS
from backend.usecases.access import access
from backend.usecases.perform import Perform
from backend.usecases.projects import planning, projects
from backend.usecases.tasks import queue
from tests.support import nda
from tests.support.refused import refused
from tests.support.skilled import ask
from tests.support.world import World


async def defaults(world: World, **said: Any) -> dict[str, Any]:
    """Say this for all projects, over whatever is said now."""
    version = (await world.act(planning.plan_defaults_get))["version"]
    return await world.act(planning.plan_defaults_update, expected_version=version, plan=said)


async def shown(world: World, project: UUID) -> dict[str, Any]:
    return await world.act(projects.project_get, project=project)


async def change(world: World, project: UUID, **said: Any) -> dict[str, Any]:
    """Say this for one project, over whatever it says now."""
    version = (await shown(world, project))["plan_version"]
    return await world.act(projects.project_plan_update, project=project, expected_version=version, plan=said)


async def periods(world: World, project: UUID) -> list[tuple[str, int]]:
    """The sampling periods of a project as they opened and closed."""
    told = []
    for name in ("opened", "closed"):
        facts = await world.facts(f"sampling.period_{name}")
        told += [(name, fact.event.period) for fact in facts if fact.event.project == project]
    return told


async def test_a_project_has_what_it_says_else_the_tenant_s_else_the_product_s(world: World) -> None:
    told = await defaults(world, overlap=3, live_floor=0.5)
    assert (told["plan"]["overlap"], told["said_by"]["overlap"], told["version"]) == (3, "tenant", 2)
    project = await world.project(plan={"live_floor": 0.25, "overlap": None})
    mine = await shown(world, project)
    assert {name: mine["plan"][name] for name in ("overlap", "live_floor", "skips_max")} == {
        "overlap": 3,
        "live_floor": 0.25,
        "skips_max": 3,
    }
    assert {name: mine["plan_said_by"][name] for name in ("overlap", "live_floor", "skips_max")} == {
        "overlap": "tenant",
        "live_floor": "project",
        "skips_max": "product",
    }
    assert set(mine["plan_said_by"]) == set(mine["plan"]) and mine["plan_defaults_version"] == 2
    (made,) = await world.facts("project.created")
    assert (made.event.plan.overlap, made.event.own) == (
        3,
        ("gold_share_ppm", "review_rate_ppm", "live_floor_ppm", "double_review_ppm"),
    )


async def test_other_defaults_reach_the_projects_that_do_not_say_otherwise(world: World) -> None:
    follows, insists = await world.project("follows"), await world.project("insists", plan={"overlap": 2})
    await defaults(world, overlap=4)
    followed, insisted = await shown(world, follows), await shown(world, insists)
    assert (followed["plan"]["overlap"], followed["plan_version"]) == (4, 2)
    assert (insisted["plan"]["overlap"], insisted["plan_version"]) == (2, 1)
    assert await periods(world, follows) == [("opened", 1), ("opened", 2), ("closed", 1)]
    assert await periods(world, insists) == [("opened", 1)], "whom it does not reach keeps its period"
    await defaults(world, overlap=None)
    assert (await shown(world, follows))["plan"]["overlap"] == 1
    assert (await shown(world, follows))["plan_said_by"]["overlap"] == "product"


async def test_what_a_project_takes_back_is_the_tenant_s_again(world: World) -> None:
    project = await world.project(plan={"overlap": 2, "stop_at": 0.5})
    await defaults(world, overlap=4)
    told = await change(world, project, overlap=None)
    assert (told["plan"]["overlap"], told["plan_said_by"]["overlap"]) == (4, "tenant")
    assert (told["plan"]["stop_at"], told["plan_said_by"]["stop_at"]) == (0.5, "project"), (
        "what is left out stays"
    )
    assert len(await periods(world, project)) == 3
    told = await change(world, project, overlap=4)
    assert len(await periods(world, project)) == 3, "nothing changes but who says it"
    assert told["plan_said_by"]["overlap"] == "project", "the same number, said by another"
    await defaults(world, overlap=5)
    assert (await shown(world, project))["plan"]["overlap"] == 4


async def test_a_project_from_before_the_defaults_keeps_its_plan(world: World) -> None:
    """As the upcast reads its facts: every field is its own."""
    project = await world.project()
    plan = (await shown(world, project))["plan"]
    await change(world, project, **plan)
    (told,) = await world.facts("project.plan_updated")
    assert told.event.own == FIELDS
    await defaults(world, overlap=5, review_rate=0.5)
    assert (await shown(world, project))["plan"] == plan


async def test_the_same_said_again_reaches_nobody(world: World) -> None:
    await world.project()
    await defaults(world, overlap=4)
    await defaults(world, overlap=4)
    assert len(await world.facts("plan.defaults_updated")) == 1
    assert len(await world.facts("project.plan_updated")) == 1


async def test_a_plan_is_changed_only_by_who_has_read_it(world: World) -> None:
    project = await world.project()
    await defaults(world, overlap=4)
    with refused("plan_changed", "stale"):
        await world.act(planning.plan_defaults_update, expected_version=1, plan={"overlap": 2})
    with refused("plan_changed", "stale"):
        await world.act(projects.project_plan_update, project=project, expected_version=1, plan={})
    with refused("plan_invalid", "invalid"):
        await defaults(world, overlap=51)
    assert (await shown(world, project))["plan"]["overlap"] == 4


@pytest.mark.parametrize("role", ["annotator", "auditor", "frontend"])
async def test_who_may_not_change_projects_does_not_change_what_holds_in_all(world: World, role: str) -> None:
    made = await world.act(access.key_create, kind="user", roles=(role,), scopes=("*",), days=1)
    who = await world.perform.authenticate(made["key"])
    with refused("forbidden"):
        await world.act(planning.plan_defaults_update, who, expected_version=1, plan={"overlap": 2})
    assert await world.facts("plan.defaults_updated") == []


async def test_another_tenant_s_projects_follow_their_own(world: World, neighbour: World) -> None:
    theirs = await neighbour.project()
    await defaults(world, overlap=4)
    assert (await shown(neighbour, theirs))["plan"]["overlap"] == 1
    assert (await neighbour.act(planning.plan_defaults_get))["version"] == 1


async def test_other_defaults_reach_what_another_process_remembers(world: World) -> None:
    """Its next claim lives as long as the new plan says; items imported from now on have as many slots."""
    project = await world.project()
    other = Perform(world.perform.pool, world.perform.vault, world.clock, lambda _t, _j: None, "other")
    pulling: dict[str, Any] = {"project": project, "max": 1}
    meta = world.meta(queue.lease_pull, None, pulling)
    ann, ben = await world.invite("ann"), await world.invite("ben")
    await world.items(project, "a", "b")
    assert (await other(queue.lease_pull, ann, meta, **pulling)).body["leases"]
    await defaults(world, lease_seconds=7_200, overlap=2)
    (lease,) = (await other(queue.lease_pull, ben, meta, **pulling)).body["leases"]
    assert lease["expires_at"] - lease["claimed_at"] == timedelta(hours=2)
    await world.items(project, "c")
    (slots,) = await world.rows("SELECT max(slots) AS n FROM task WHERE tenant = $1")
    assert slots["n"] == 2


async def test_the_agreements_that_hold_are_named_with_who_says_so(world: World) -> None:
    own, everywhere = await nda.publish(world, "own"), await nda.publish(world, "everywhere", scope="tenant")
    secret = await nda.publish(world, "secret", scope="data_class", data_class="phi")
    asked = await nda.publish(world, "asked as a condition")
    project = await world.project(agreements=(own["id"],))

    async def holding() -> dict[UUID, str]:
        return {one["id"]: one["said_by"] for one in (await shown(world, project))["agreements_asked"]}

    assert await holding() == {own["id"]: "project", everywhere["id"]: "tenant"}
    await nda.classed(world, project, "phi")
    assert await holding() == {everywhere["id"]: "tenant", secret["id"]: "data_class"}
    await ask(world, project, all_=[{"agreement": asked["id"]}], any_=[[{"agreement": everywhere["id"]}]])
    assert await holding() == {asked["id"]: "project", everywhere["id"]: "project"}
    (first, _) = (await shown(world, project))["agreements_asked"]
    assert (first["version"], first["title"]) == (1, "NDA")
    (lane,) = await world.rows(
        "SELECT requires FROM lane WHERE tenant = $1 AND project = $2 AND step = 'annotate'", project
    )
    for one in (asked, everywhere):
        assert f"agreement:{one['id']}:1" in lane["requires"], "what is shown is what lanes ask"
