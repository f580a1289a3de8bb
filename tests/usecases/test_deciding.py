"""Deciding: several answers make one result, weighed by what is known of each person."""

from typing import Any
from uuid import UUID

from backend.usecases.proficiency import records, skills
from backend.usecases.projects import intake, projects
from backend.usecases.tasks import deciding
from backend.usecases.training import training
from backend.usecases.work import Caller
from tests.support.flow import publish, step
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


SAID = {"sure": "111", "torn": "011", "split": "012", "named": "101"}
PLAN = {"overlap": 3, "overlap_max": 4, "stop_at": 0.5, "escalate_below": 0.75}


async def collected(world: World, name: str, people: list[Caller], reviewer: Caller) -> list[UUID]:
    """Two projects with items that are collected, one of them with steps side by side; their tasks in a fixed order."""
    project = await world.project(name, plan=PLAN)
    await world.items(project, *SAID)
    for number, who in enumerate(people):
        for _ in SAID:
            (lease,) = (await world.pull(who, project))["leases"]
            await world.submit(who, lease["id"], SAID[lease["payload"]["task"]][number])
    reviewed = await world.project(f"{name} reviewed", plan={"review_rate": 1.0})
    await world.items(reviewed, "a", "b")
    for said in ("1", "0"):
        await world.work(people[0], reviewed, said)
    (lease,) = (await world.review_pull(reviewer, reviewed))["leases"]
    await world.review(reviewer, lease["id"], "correct", "2")
    branched = await world.project(f"{name} branched", plan={"overlap": 1})
    side = (step("boxes", "annotate", "merge"), step("text", "custom", "merge"))
    await publish(world, branched, *side, step("merge", "custom", joins=True), first=("boxes", "text"))
    ended = await world.project(f"{name} ended", plan={"overlap": 1})
    await publish(world, ended, step("boxes"), step("text", "custom"), first=("boxes", "text"))
    for flowing in (branched, ended):
        await world.items(flowing, "a", "b")
        for who in people[:2]:
            for _ in range(2):
                await world.work(who, flowing, {"seen": 1})
    sql = """SELECT t.task FROM task t JOIN project p USING (tenant, project)
              WHERE tenant = $1 AND starts_with(p.name, $2) AND t.stage IN ('annotate', 'custom')
              ORDER BY t.first_ord"""
    world.woken.clear()
    return [row["task"] for row in await world.rows(sql, name)]


async def outcome(world: World, name: str) -> dict[str, Any]:
    """What became of the projects of this name, without ids and times."""
    told: dict[str, Any] = {}
    sql = "SELECT project, name FROM project WHERE tenant = $1 AND starts_with(name, $2) ORDER BY name"
    for row in await world.rows(sql, name):
        items = await world.export(row["project"])
        kept = ("answer", "top", "confidence", "decided_by", "judgments", "unreviewed")
        tasks = """SELECT t.stage, t.step, t.state, t.slots, count(s.*)::int AS open,
                          (SELECT count(*) FROM escalation e WHERE e.task = t.task)::int AS escalated
                     FROM task t LEFT JOIN open_slot s USING (tenant, task) WHERE t.tenant = $1 AND t.project = $2
                    GROUP BY t.task, t.stage, t.step, t.state, t.slots"""
        of = [tuple(one.values()) for one in await world.rows(tasks, row["project"])]
        told[row["name"].removeprefix(name)] = (
            {key: {k: one[k] for k in kept} for key, one in items.items()},
            sorted(of),
        )
    return told


async def test_many_tasks_decided_in_one_go_come_to_what_each_alone_comes_to(world: World) -> None:
    people, reviewer = await crowd(world, 3), await world.invite("rev", "reviewer")
    alone = await collected(world, "alone", people, reviewer)
    for task in alone:
        await world.system(deciding.task_decide, task=task)
    together = await collected(world, "together", people, reviewer)
    decided = (await world.system(deciding.tasks_decide, tasks=together))["tasks"]
    assert [one["task"] for one in decided] == together
    told = await outcome(world, "together")
    assert told == await outcome(world, "alone")
    assert {key: row["answer"] for key, row in told[""][0].items()} == {
        "sure": "1",
        "torn": "1",
        "split": None,
        "named": "1",
    }
    assert [row for row in told[""][1] if row[3] == 4] == [("annotate", "annotate", "open", 4, 1, 0)]
    assert ("annotate", "annotate", "decided", 3, 0, 1) in told[""][1], "not sure enough without an expert"
    assert {row["decided_by"] for row in told[" reviewed"][0].values()} == {"aggregate", "review"}
    assert [row[1:3] for row in told[" branched"][1]].count(("merge", "open")) == 2
    assert all(set(row["answer"]) == {"boxes", "text"} for row in told[" ended"][0].values())


async def test_what_is_not_collected_is_left_alone_among_many(world: World) -> None:
    project = await world.project()
    rows = await world.items(project, "a", "b", "c")
    (ann,) = await crowd(world, 1)
    await world.work(ann, project, "1")
    await world.pull(ann, project)
    tasks = [row["task"] for row in rows]
    told = await world.system(deciding.tasks_decide, tasks=[*tasks, tasks[0], UUID(int=1)])
    assert [one["decided"] for one in told["tasks"]] == [True, False, False, True, False]
    assert len(await world.facts("task.decided")) == 1
    with refused("forbidden"):
        await world.act(deciding.tasks_decide, ann, tasks=tasks)
