"""Deciding: several answers make one result, weighed by what is known of each person."""

from typing import Any
from uuid import UUID

from backend.usecases.proficiency import records, skills
from backend.usecases.projects import intake, projects
from backend.usecases.tasks import deciding
from backend.usecases.training import training
from backend.usecases.work import Caller
from tests.support.refused import refused
from tests.support.world import World


async def crowd(world: World, n: int) -> list[Caller]:
    return [await world.invite(f"p{k}") for k in range(n)]


async def answer(world: World, project: UUID, people: list[Caller], *answers: Any) -> dict[str, Any]:
    """One item with one answer of each; its exported row after the decision."""
    await world.items(project, "a")
    for who, one in zip(people, answers, strict=True):
        await world.work(who, project, one)
    await world.decide()
    return (await world.export(project))["a"]


async def test_without_evidence_the_majority_decides(world: World) -> None:
    project = await world.project(plan={"overlap": 3})
    row = await answer(world, project, await crowd(world, 3), "1", "0", "1")
    assert (row["answer"], row["top"], row["judgments"], row["decided_by"]) == ("1", ["1"], 3, "aggregate")
    assert 0.5 < row["confidence"] < 1
    assert len(row["answers"]) == 3 and not any(one["rejected"] for one in row["answers"])


async def test_one_known_to_be_right_outweighs_two_known_to_be_wrong(world: World) -> None:
    project = await world.project(plan={"overlap": 3})
    skill = (await world.act(skills.skill_list))["data"][0]["id"]
    exam, gold = await world.exam(project, {f"g{n}": str(n % 2) for n in range(12)}, skill)
    people = await crowd(world, 3)
    for n, who in enumerate(people):
        said = [{"question": str(g), "answer": str((int(k[1:]) + (n > 0)) % 2)} for k, g in gold.items()]
        await world.act(training.course_attempt, who, course=exam, version=1, answers=tuple(said))
    await world.follow()
    row = await answer(world, project, people, "1", "0", "0")
    assert row["answer"] == "1" and row["confidence"] > 0.9
    assert row["basis_index"] > 0


async def test_ties_are_listed(world: World) -> None:
    project = await world.project(plan={"overlap": 4})
    row = await answer(world, project, await crowd(world, 4), "c", "a", "b", "c")
    assert row["top"] == ["c"]
    project = await world.project("torn", plan={"overlap": 2})
    await world.items(project, "b")
    people = [await world.invite(f"q{k}") for k in range(2)]
    for who, one in zip(people, ("y", "x"), strict=True):
        await world.work(who, project, one)
    await world.decide()
    row = (await world.export(project))["b"]
    assert (row["answer"], row["top"], row["confidence"]) == ("x", ["x", "y"], 0.5)


async def test_answers_that_are_no_categories_are_counted_by_equality(world: World) -> None:
    project = await world.project(plan={"overlap": 3})
    box = {"x": 1, "y": 2.5}
    row = await answer(world, project, await crowd(world, 3), box, [1, 2], {"y": 2.5, "x": 1.0})
    assert row["answer"] == box and row["top"] == [box]


async def test_a_category_beside_a_text_that_is_none_is_decided_all_the_same(world: World) -> None:
    project = await world.project(plan={"overlap": 3})
    row = await answer(world, project, await crowd(world, 3), "1", {"x": 1}, "1")
    assert (row["answer"], row["top"]) == ("1", ["1"])


async def test_an_item_is_decided_only_when_nothing_of_it_is_open_or_held(world: World) -> None:
    project = await world.project(plan={"overlap": 2})
    (row,) = await world.items(project, "a")
    ann, ben = await crowd(world, 2)
    await world.work(ann, project, "1")
    assert world.woken == []
    assert (await world.system(deciding.task_decide, task=row["task"]))["decided"] is False
    (lease,) = (await world.pull(ben, project))["leases"]
    assert (await world.system(deciding.task_decide, task=row["task"]))["decided"] is False
    exported = (await world.export(project))["a"]
    assert (exported["answer"], exported["decided_by"], exported["judgments"]) == (None, None, 0)
    await world.submit(ben, lease["id"], "1")
    assert await world.decide() == 1
    (decided,) = await world.facts("task.decided")
    assert decided.event.judgments == 2 and decided.event.result != b"1"


async def test_a_decision_repeated_changes_nothing(world: World) -> None:
    project = await world.project()
    (row,) = await world.items(project, "a")
    await world.work((await crowd(world, 1))[0], project, "1")
    for _ in range(3):
        assert (await world.system(deciding.task_decide, task=row["task"]))["decided"]
    assert len(await world.facts("task.decided")) == 1


async def test_only_the_system_and_managers_decide(world: World) -> None:
    (ann,) = await crowd(world, 1)
    with refused("forbidden"):
        await world.act(deciding.task_decide, ann, task=UUID(int=1))


async def test_gold_in_work_moves_the_weights(world: World) -> None:
    project = await world.project(plan={"overlap": 3, "gold_share": 1.0})
    truths = {f"g{n}": str(n % 2) for n in range(10)}
    gold = tuple({"external_key": k, "payload": {"task": k}, "truth": v} for k, v in truths.items())
    await world.act(intake.gold_add, project=project, gold=gold, exam_only=False)
    people = await crowd(world, 3)
    await world.items(project, "a")
    for n, who in enumerate(people):
        for _ in truths:
            (lease,) = (await world.pull(who, project))["leases"]
            truth = truths[lease["payload"]["task"]]
            await world.submit(who, lease["id"], truth if n == 0 else str(1 - int(truth)))
    await world.follow()
    for who, said in zip(people, ("1", "0", "0"), strict=True):
        lease = await world.work(who, project, said)
        assert lease["payload"] == {"task": "a"}, "every gold item was met"
    await world.decide()
    assert (await world.export(project))["a"]["answer"] == "1"
    (mine,) = (await world.act(records.proficiency_get, annotator=people[0].subject.id))["skills"]
    assert mine["sources"] == {"gold": {"correct": 10, "total": 10, "weight": 1.0}}


async def test_a_changed_overlap_leaves_begun_work_alone(world: World) -> None:
    project = await world.project(plan={"overlap": 2})
    await world.items(project, "a")
    change = {"project": project, "expected_version": 1, "plan": {"overlap": 1}}
    await world.act(projects.project_plan_update, **change)
    await world.items(project, "b")
    slots = await world.rows("SELECT slots FROM task WHERE tenant = $1 ORDER BY first_ord")
    assert [row["slots"] for row in slots] == [2, 1]
