"""Workflows on a real database: items go the way their version says, and end with a result or with an expert."""

import asyncio
from typing import Any

from backend.domain.tasks import task
from backend.readmodels import projects
from backend.usecases.projects import workflows
from backend.usecases.tasks import deciding, escalating
from backend.usecases.tasks.onward import fell_away
from backend.usecases.work import Answer, Work
from tests.support.flow import answer, back, flow, judge, nothing, publish, result, step, steps_of
from tests.support.refused import refused
from tests.support.world import World

UNSURE = {"field": "agreement", "op": "lt", "value": 1}
TWO = {"slots": 2}


async def test_an_item_goes_through_three_steps_when_the_condition_holds(world: World) -> None:
    project = await flow(
        world,
        step(
            "label", "annotate", {"to": "settle", "all": [UNSURE]}, {"to": "check", "otherwise": True}, **TWO
        ),
        step("settle", "adjudicate", "check", shows=["label"]),
        step("check", "review", back("label"), shows=["settle", "label"]),
    )
    ann, ben = await world.invite("ann"), await world.invite("ben")
    exp, rev = await world.invite("exp", "expert"), await world.invite("rev", "reviewer")
    first = await world.work(ann, project, "1")
    assert first["stage"] == "annotate"
    assert await result(world, project) == (None, None)
    await answer(world, ben, project, "0")
    assert await nothing(world, await world.invite("cor"), project), "an expert is asked, nobody else"
    assert (await answer(world, exp, project, "0"))["stage"] == "adjudicate"
    assert await result(world, project) == (None, None), "a step's result is not the item's"
    seen = await judge(world, rev, project, "accept")
    assert seen["answer"] == "0"
    assert await result(world, project) == ("0", "review")
    assert await steps_of(world, project) == [
        ("label", "decided", 1),
        ("settle", "decided", 1),
        ("check", "decided", 1),
    ]


async def test_an_item_skips_the_step_whose_condition_does_not_hold(world: World) -> None:
    project = await flow(
        world,
        step("label", "annotate", {"to": "settle", "all": [UNSURE]}, **TWO),
        step("settle", "adjudicate", shows=["label"]),
    )
    await answer(world, await world.invite("ann"), project, "1")
    await answer(world, await world.invite("ben"), project, "1")
    assert await result(world, project) == ("1", "aggregate")
    assert [name for name, _, _ in await steps_of(world, project)] == ["label"]


async def test_a_correction_is_the_result(world: World) -> None:
    project = await flow(world, step("label", "annotate", "check"), step("check", "review", shows=["label"]))
    await answer(world, await world.invite("ann"), project, "1")
    await judge(world, await world.invite("rev", "reviewer"), project, "correct", "0", "look at the wing")
    row = (await world.export(project))["a"]
    assert (row["answer"], row["top"], row["decided_by"]) == ("0", ["0"], "review")
    assert set(row) >= {"answer", "top"} and "verdict" not in row


async def test_two_levels_of_review_see_what_stands_and_are_two_people(world: World) -> None:
    project = await flow(
        world,
        step("label", "annotate", "first"),
        step("first", "review", "second", shows=["label"]),
        step("second", "review", shows=["first"], apart_from=["first"]),
    )
    await answer(world, await world.invite("ann"), project, "1")
    one, two = await world.invite("one", "reviewer"), await world.invite("two", "reviewer")
    await judge(world, one, project, "correct", "0")
    assert (await world.review_pull(one, project))["leases"] == [], "whoever judged an item has met it"
    assert (await judge(world, two, project, "accept"))["answer"] == "0"
    assert await result(world, project) == ("0", "review")


async def test_parallel_steps_are_joined(world: World) -> None:
    project = await flow(
        world,
        step("begin", "custom", "boxes", "text"),
        step("boxes", "annotate", "merge"),
        step("text", "annotate", "merge"),
        step("merge", "custom", joins=True, shows=["boxes", "text"]),
    )
    people = [await world.invite(f"p{n}") for n in range(4)]
    await answer(world, people[0], project, "go")
    boxes, text = await world.pull(people[1], project), await world.pull(people[2], project)
    assert [len(one["leases"]) for one in (boxes, text)] == [1, 1], "both at once"
    await world.submit(people[1], boxes["leases"][0]["id"], "b")
    await world.decide()
    assert await nothing(world, people[3], project), "the merge waits for the other"
    await world.submit(people[2], text["leases"][0]["id"], "t")
    await world.decide()
    await answer(world, people[3], project, "b+t")
    assert await result(world, project) == ("b+t", "aggregate")


async def test_ends_side_by_side_become_one_result(world: World) -> None:
    both = (step("boxes", "annotate"), step("text", "custom"))
    project = await flow(world, *both, first=("boxes", "text"))
    said = {}
    for name in ("ann", "ben"):
        who = await world.invite(name)
        (lease,) = (await world.pull(who, project))["leases"]
        said[lease["stage"]] = name
        await world.submit(who, lease["id"], name)
        await world.decide()
    merged = {"boxes": said["annotate"], "text": said["custom"]}
    assert await result(world, project) == (merged, "aggregate")
    finals = [one.event.final for one in await world.facts("task.decided")]
    assert finals.count(True) == 1


LOOP = (
    step("label", "annotate", "check", shows=["check"]),
    step("check", "review", back("label", 1, to_author=True), shows=["label"]),
)


async def test_what_is_rejected_goes_back_to_its_author_first(world: World) -> None:
    project = await flow(world, *LOOP)
    ann, ben = await world.invite("ann"), await world.invite("ben")
    one, two = await world.invite("one", "reviewer"), await world.invite("two", "reviewer")
    await answer(world, ann, project, "1")
    await judge(world, one, project, "reject", None, "look again")
    assert await nothing(world, ben, project), "the author gets it first"
    (again,) = (await world.pull(ann, project))["leases"]
    await world.submit(ann, again["id"], "2")
    await world.decide()
    await judge(world, two, project, "accept")
    assert await result(world, project) == ("2", "review")


async def test_an_author_who_does_not_come_loses_the_rework_to_somebody_else(world: World) -> None:
    project = await flow(world, *LOOP)
    ann, ben = await world.invite("ann"), await world.invite("ben")
    await answer(world, ann, project, "1")
    await judge(world, await world.invite("one", "reviewer"), project, "reject")
    assert await nothing(world, ben, project)
    await world.expire(14_401)
    await answer(world, ben, project, "3")
    assert [name for name, *_ in await steps_of(world, project)] == ["label", "check", "label", "check"]


async def test_after_so_many_loops_an_expert_decides(world: World) -> None:
    project = await flow(world, *LOOP)
    ann, exp = await world.invite("ann"), await world.invite("exp", "expert")
    for n, name in enumerate(("one", "two")):
        await answer(world, ann, project, str(n))
        await judge(world, await world.invite(name, "reviewer"), project, "reject")
    (opened,) = await world.facts("escalation.opened")
    assert opened.event.reason == "rework_limit"
    assert await nothing(world, ann, project)
    assert (await answer(world, exp, project, "9"))["stage"] == "expert"
    assert await result(world, project) == ("9", "expert")
    (last,) = [one.event for one in await world.facts("item.routed")][-1:]
    assert last.through and last.ended and last.open == ()


async def test_a_rejection_without_a_way_on_goes_to_an_expert(world: World) -> None:
    project = await flow(world, step("label", "annotate", "check"), step("check", "review", shows=["label"]))
    await answer(world, await world.invite("ann"), project, "1")
    await judge(world, await world.invite("rev", "reviewer"), project, "reject")
    assert await result(world, project) == (None, None)
    await answer(world, await world.invite("exp", "expert"), project, "4")
    assert await result(world, project) == ("4", "expert")


async def test_what_a_person_flags_is_decided_by_an_expert_and_goes_on(world: World) -> None:
    project = await flow(world, step("label", "annotate", "check"), step("check", "review", shows=["label"]))
    ann, exp = await world.invite("ann"), await world.invite("exp", "expert")
    (lease,) = (await world.pull(ann, project))["leases"]
    await world.act(escalating.lease_escalate, ann, lease=lease["id"], reason="odd", note=None)
    await answer(world, exp, project, "5")
    assert await result(world, project) == (None, None)
    seen = await judge(world, await world.invite("rev", "reviewer"), project, "accept")
    assert seen["answer"] == "5"
    assert await result(world, project) == ("5", "review")


async def test_an_expert_step_is_a_step_like_any_other(world: World) -> None:
    project = await flow(world, step("label", "annotate", "last"), step("last", "expert", shows=["label"]))
    await answer(world, await world.invite("ann"), project, "1")
    await answer(world, await world.invite("exp", "expert"), project, "6")
    assert await result(world, project) == ("6", "expert")
    assert await world.facts("escalation.opened") == []


async def test_work_begun_keeps_its_version(world: World) -> None:
    project = await flow(world, step("label", "annotate", "check"), step("check", "review", shows=["label"]))
    ann, rev = await world.invite("ann"), await world.invite("rev", "reviewer")
    changed = await publish(world, project, step("label", "annotate"))
    assert changed["version"] == 2
    await world.items(project, "b")
    await answer(world, ann, project, "1")
    await answer(world, ann, project, "1")
    assert await result(world, project, "b") == ("1", "aggregate")
    assert await result(world, project, "a") == (None, None)
    await judge(world, rev, project, "accept")
    assert await result(world, project, "a") == ("1", "review")
    assert sorted(await steps_of(world, project)) == [
        ("check", "decided", 1),
        ("label", "decided", 1),
        ("label", "decided", 2),
    ]
    listed = await world.act(workflows.workflow_list, project=project)
    assert [(one["version"], one["steps"], one["open_tasks"]) for one in listed["data"]] == [
        (2, 1, 0),
        (1, 2, 0),
    ]


async def test_items_of_a_project_without_a_workflow_are_as_they_were(world: World) -> None:
    project = await world.project()
    await world.items(project, "a")
    await publish(world, project, step("label", "annotate", "more"), step("more", "custom"))
    await answer(world, await world.invite("ann"), project, "1")
    assert await result(world, project) == ("1", "aggregate")
    assert await steps_of(world, project) == [("annotate", "decided", 0)]
    assert await world.facts("item.routed") == []


async def test_a_share_of_the_items_is_looked_at(world: World) -> None:
    some = {"to": "check", "share": 0.5}
    project = await world.project()
    await publish(world, project, step("label", "annotate", some), step("check", "review", shows=["label"]))
    await world.items(project, *(f"i{n}" for n in range(16)))
    ann = await world.invite("ann")
    for _ in range(16):
        await world.work(ann, project, "1")
    await world.decide()
    checks = [name for name, *_ in await steps_of(world, project)].count("check")
    assert 0 < checks < 16, "by a keyed draw per item: all or none of 16 is one in 32,768"
    done = [one for one in (await world.export(project)).values() if one["answer"] == "1"]
    assert len(done) == 16 - checks


async def test_what_a_version_asks_is_refused_with_the_place(world: World) -> None:
    project = await world.project()
    with refused("workflow_cyclic", "invalid") as caught:
        await publish(world, project, step("a", "annotate", "b"), step("b", "custom", "a"))
    assert caught.value.extra["cycle"] == ["a", "b", "a"]
    with refused("answer_schema_invalid", "invalid"):
        await publish(world, project, step("a", answer_schema={"type": "guess"}))
    with refused("skill_unknown", "invalid"):
        await publish(world, project, step("a", needs={"all": [{"skill": project}]}))
    assert await world.facts("workflow.published") == []
    await publish(world, project, step("a"))
    told: dict[str, Any] = {"project": project, "first": ("a",), "steps": (step("a"),)}
    with refused("workflow_changed", "stale"):
        await world.act(workflows.workflow_publish, expected_version=1, **told)
    same = await world.act(workflows.workflow_publish, expected_version=2, **told)
    assert same["version"] == 1, "the same again is no new version"


async def test_a_step_may_need_other_people_and_another_class(world: World) -> None:
    project = await world.project()
    ann = await world.invite("ann")
    await publish(
        world,
        project,
        step("label", "annotate", "fix"),
        step("fix", "custom", needs={"all": [{"origin": "vendor"}]}, priority=0, deadline_seconds=60),
    )
    await world.items(project, "a")
    await answer(world, ann, project, "1")
    assert await nothing(world, await world.invite("ben"), project)
    (lane,) = await world.rows("SELECT * FROM lane WHERE tenant = $1 AND step = 'fix'")
    assert lane["priority"] == 0 and "origin:vendor" in lane["requires"]
    (task,) = await world.rows("SELECT * FROM task WHERE tenant = $1 AND step = 'fix'")
    assert task["deadline"] is not None and task["priority"] == 0


async def test_nobody_meets_an_item_in_two_steps(world: World) -> None:
    project = await flow(world, step("label", "annotate", "again"), step("again", "custom"))
    ann = await world.invite("ann")
    await answer(world, ann, project, "1")
    assert await nothing(world, ann, project)
    await answer(world, await world.invite("ben"), project, "2")
    assert await result(world, project) == ("2", "aggregate")


async def test_a_review_can_come_back_to_its_reviewer_first(world: World) -> None:
    project = await flow(
        world,
        step("label", "annotate", {"to": "check", "to_author": True}),
        step("check", "review", back("label", 2, to_author=True), shows=["label"]),
    )
    ann = await world.invite("ann")
    one, two = await world.invite("one", "reviewer"), await world.invite("two", "reviewer")
    await answer(world, ann, project, "1")
    await judge(world, one, project, "reject")
    await answer(world, ann, project, "2")
    assert (await world.review_pull(two, project))["leases"] == []
    assert (await judge(world, one, project, "accept"))["answer"] == "2"
    assert await result(world, project) == ("2", "review")


async def test_what_is_cancelled_keeps_nobody_waiting(world: World) -> None:
    project = await flow(
        world,
        step("boxes", "annotate", "merge"),
        step("text", "custom", "merge"),
        step("merge", "custom", joins=True, shows=["boxes", "text"]),
        first=("boxes", "text"),
    )
    ann = await world.invite("ann")
    (lease,) = (await world.pull(ann, project))["leases"]
    await world.submit(ann, lease["id"], "1")
    await world.decide()
    (left,) = await world.rows("SELECT task FROM task WHERE tenant = $1 AND state = 'open'")

    async def cancel(work: Work) -> Answer:
        (row,) = await projects.find(work.conn, work.tenant, [project])
        await work.load(task.TASK, [left["task"]])
        work.decide(task.TASK, left["task"], task.Cancel(code="manager"))
        await work.flush()
        await fell_away(work, row, [left["task"]])
        return Answer({})

    await world.act(cancel)
    await answer(world, await world.invite("ben"), project, "m")
    assert await result(world, project) == ("m", "aggregate")


async def test_the_last_branch_that_falls_away_leaves_the_result_of_the_others(world: World) -> None:
    project = await flow(world, step("boxes"), step("text", "custom"), first=("boxes", "text"))
    ann = await world.invite("ann")
    (lease,) = (await world.pull(ann, project))["leases"]
    await world.submit(ann, lease["id"], "1")
    await world.decide()
    assert await result(world, project) == (None, None)
    (left,) = await world.rows("SELECT task FROM task WHERE tenant = $1 AND state = 'open'")

    async def cancel(work: Work) -> Answer:
        (row,) = await projects.find(work.conn, work.tenant, [project])
        await fell_away(work, row, [left["task"]])
        return Answer({})

    await world.act(cancel)
    assert await result(world, project) == ("1", "aggregate")


async def test_branches_decided_at_once_open_what_joins_them_once(world: World) -> None:
    project = await flow(
        world,
        step("boxes", "annotate", "merge"),
        step("text", "custom", "merge"),
        step("merge", "custom", joins=True),
        first=("boxes", "text"),
    )
    for name in ("ann", "ben"):
        who = await world.invite(name)
        (lease,) = (await world.pull(who, project))["leases"]
        await world.submit(who, lease["id"], name)
    both = await world.rows("SELECT task FROM task WHERE tenant = $1 ORDER BY task")
    await asyncio.gather(*(world.system(deciding.task_decide, task=row["task"]) for row in both))
    assert sorted(await steps_of(world, project)) == [
        ("boxes", "decided", 1),
        ("merge", "open", 1),
        ("text", "decided", 1),
    ]
    for row in both:
        assert (await world.system(deciding.task_decide, task=row["task"]))["decided"] is False
    assert len(await world.facts("item.routed")) == 2
