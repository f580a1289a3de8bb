"""Gold for experts: among what waits for them, alike in every field, and evidence about the expert."""

from typing import Any
from uuid import UUID

from backend.usecases.projects import intake, projects
from backend.usecases.tasks import holding, queue
from backend.usecases.work import Caller
from tests.support.doubled import escalated, experts
from tests.support.flow import answer, publish, step
from tests.support.world import World

OWN = {"id", "task", "item", "payload", "claimed_at", "expires_at", "hard_until"}


async def golden(
    world: World, *gold: str, items: tuple[str, ...] = ("work",), share: float = 1.0, settled: int = 0
) -> tuple[UUID, Caller, Caller]:
    """A project in which these items wait for an expert, and everybody is given this gold, whose truth is "1"; with two
    experts, of whom the first has `settled` so many before there was gold, each to be looked at again."""
    project = await escalated(world, *items, double_review=1.0 if settled else 0.0)
    one, two = await experts(world, 2)
    for _ in range(settled):
        await world.work(one, project, "1")
    given = tuple({"external_key": k, "payload": {"task": k}, "truth": "1"} for k in gold)
    await world.act(intake.gold_add, project=project, gold=given, exam_only=False)
    await world.act(
        projects.project_plan_update, project=project, expected_version=1, plan={"gold_share": share}
    )
    return project, one, two


def alike(lease: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in lease.items() if name not in OWN}


async def test_an_experts_gold_looks_exactly_like_what_was_escalated(world: World) -> None:
    project, one, _ = await golden(world, "gold")
    gold, work = [(await world.pull(one, project))["leases"][0] for _ in range(2)]
    assert (gold["payload"], work["payload"]) == ({"task": "gold"}, {"task": "work"})
    assert gold["stage"] == work["stage"] == "expert"
    assert list(gold) == list(work) and alike(gold) == alike(work)
    for name in ("expires_at", "hard_until"):
        assert gold[name] - gold["claimed_at"] == work[name] - work["claimed_at"]
    assert {UUID(str(one[name])).version for one in (gold, work) for name in ("task", "item")} == {8}
    assert [await world.act(queue.lease_get, one, lease=each["id"]) for each in (gold, work)] == [gold, work]
    said = [await world.submit(one, each["id"], "1") for each in (gold, work)]
    assert [{k: v for k, v in each.items() if k != "lease"} for each in said] == [
        {"status": "submitted", "reclaimed": False}
    ] * 2


async def test_it_is_scored_as_the_experts_own_and_settles_nothing(world: World) -> None:
    project, one, _ = await golden(world, "g1", "g2")
    for said in ("1", "0"):
        await world.work(one, project, said)
    scored = [fact.event for fact in await world.facts("lease.gold_scored")]
    assert [(e.annotator, e.correct) for e in scored] == [(one.subject.id, True), (one.subject.id, False)]
    assert await world.facts("escalation.resolved") == []
    assert len(await world.rows("SELECT 1 FROM open_slot WHERE tenant = $1")) == 1
    await world.follow()
    rows = await world.rows("SELECT source, weight, correct FROM evidence WHERE tenant = $1 ORDER BY piece")
    assert [tuple(row.values()) for row in rows] == [("gold", 1.0, True), ("gold", 1.0, False)]
    assert await world.rows("SELECT 1 FROM judged WHERE tenant = $1") == [], "no answer of the project's work"
    assert not [
        job for job in world.woken if job.kind == "task_decide" and job.args["task"] == scored[0].gold
    ]


async def test_an_expert_for_whom_nothing_waits_is_given_no_gold(world: World) -> None:
    project, one, two = await golden(world, "gold", settled=1)
    assert len(await world.rows("SELECT 1 FROM open_slot WHERE tenant = $1")) == 1
    assert (await world.pull(one, project))["leases"] == [], "what waits is not for them: gold would be alone"
    assert (await world.pull(two, project))["leases"][0]["payload"] == {"task": "gold"}


async def test_no_expert_meets_a_gold_item_twice(world: World) -> None:
    project, one, _ = await golden(world, "g1", "g2")
    met = [(await world.work(one, project, "1"))["payload"]["task"] for _ in range(3)]
    assert sorted(met) == ["g1", "g2", "work"]


async def test_gold_that_was_given_back_comes_again_as_the_same_kind_of_work(world: World) -> None:
    project, one, _ = await golden(world, "g1", "g2", items=("a", "b"))
    (lease,) = (await world.pull(one, project))["leases"]
    await world.act(holding.lease_release, one, lease=lease["id"], reason="")
    (again,) = (await world.pull(one, project))["leases"]
    assert (again["payload"], again["stage"]) == (lease["payload"], "expert")


async def test_without_a_share_experts_are_given_none(world: World) -> None:
    project, one, _ = await golden(world, "g1", share=0.0)
    assert [lease["payload"]["task"] for lease in (await world.pull(one, project, 3))["leases"]] == ["work"]


async def test_gold_comes_only_to_expert_steps_that_show_nothing_of_others(world: World) -> None:
    for name, shows in (("seen", ["label"]), ("blind", [])):
        project = await world.project(name)
        await publish(world, project, step("label", "annotate", "last"), step("last", "expert", shows=shows))
        await world.items(project, "work")
        await answer(world, await world.invite(f"{name}-ann"), project, "1")
        gold = ({"external_key": "gold", "payload": {"task": "gold"}, "truth": "1"},)
        await world.act(intake.gold_add, project=project, gold=gold, exam_only=False)
        asked = {"project": project, "expected_version": 1, "plan": {"gold_share": 1.0}}
        await world.act(projects.project_plan_update, **asked)
        lease = await world.work(await world.invite(f"{name}-exp", "expert"), project, "1")
        assert lease["payload"] == {"task": "work" if shows else "gold"}
