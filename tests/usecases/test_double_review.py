"""Double review: what an expert settled alone is answered again, blind; where experts differ a third corrects it."""

from typing import Any
from uuid import UUID

from backend.readmodels.double_reviews import task_of
from backend.usecases.insight import reports
from backend.usecases.insight.double_reviews import double_review_list
from backend.usecases.proficiency import skills
from backend.usecases.proficiency.evidence import proficiency_evidence
from backend.usecases.projects import projects
from backend.usecases.review.recheck import review_recheck
from backend.usecases.tasks import assigning, escalating
from backend.usecases.work import Caller
from tests.support.doubled import escalated, experts
from tests.support.flow import answer, flow, judge, result, step
from tests.support.refused import refused
from tests.support.world import World

ALL: dict[str, Any] = {"state": None, "cursor": None, "limit": 200}


async def listed(world: World, project: UUID, **asked: Any) -> dict[str, Any]:
    return await world.act(double_review_list, project=project, **ALL | asked)


async def pieces(world: World, who: Caller) -> list[dict[str, Any]]:
    """The person's evidence of double reviews, as managers see it."""
    await world.follow()
    (skill,) = (await world.act(skills.skill_list))["data"]
    told = await world.act(proficiency_evidence, annotator=who.subject.id, skill=skill["id"])
    return [one for one in told["data"] if one["source"] == "double_review"]


async def test_a_second_expert_answers_blind_and_agreement_is_evidence_about_both(world: World) -> None:
    project = await escalated(world, "a")
    one, two, three = await experts(world, 3)
    first = await world.work(one, project, "fox")
    assert (await world.export(project))["a"]["answer"] == "fox", "the first word stands meanwhile"
    assert (await world.pull(one, project))["leases"] == [], "four eyes"
    second = await world.work(two, project, "fox")
    own = {"id", "task", "item", "claimed_at", "expires_at", "hard_until"}
    assert list(first) == list(second), "the second lease looks like the first"
    assert {k: v for k, v in first.items() if k not in own} == {
        k: v for k, v in second.items() if k not in own
    }
    assert (await world.pull(three, project))["leases"] == []
    (told,) = (await listed(world, project))["data"]
    assert (told["state"], told["outcome"], told["corrected"]) == ("closed", "agreed", False)
    assert [e["annotator"] for e in told["experts"]] == [one.subject.id, two.subject.id]
    for who, lease in ((one, first), (two, second)):
        (piece,) = await pieces(world, who)
        assert (piece["lease"], piece["correct"], piece["weight"], piece["rate"]) == (
            lease["id"],
            True,
            1.0,
            1.0,
        )
        assert piece["event"]["name"] == "double_review.scored"


async def test_a_conflict_is_decided_by_a_third_and_the_result_corrected_by_new_facts(world: World) -> None:
    project = await escalated(world, "a")
    one, two, three = await experts(world, 3)
    await world.work(one, project, "fox")
    await world.work(two, project, "owl")
    assert (await world.export(project))["a"]["answer"] == "fox", "two differ: the first stands still"
    assert await world.facts("double_review.scored") == []
    assert [(await world.pull(who, project))["leases"] for who in (one, two)] == [[], []]
    await world.work(three, project, "owl")
    row = (await world.export(project))["a"]
    assert (row["answer"], row["decided_by"]) == ("owl", "expert")
    decided = [fact.event for fact in await world.facts("task.decided")]
    assert [one.by for one in decided] == ["expert", "expert"], "what was decided first stays in the log"
    (told,) = (await listed(world, project))["data"]
    assert (told["outcome"], told["corrected"], len(told["experts"])) == ("second", True, 3)
    assert [[p["correct"] for p in await pieces(world, who)] for who in (one, two, three)] == [
        [False],
        [True],
        [],
    ]
    assert (await listed(world, project))["counts"]["second"] == 1
    task = decided[0].task
    kinds = [e["type"] for e in (await world.act(reports.task_history, task=task))["events"]]
    told_there = [kind for kind in kinds if kind.startswith("double_review.")]
    assert told_there == [f"double_review.{k}" for k in ("drawn", "differed", "closed", "scored", "scored")]


async def test_a_third_who_sides_with_the_first_changes_nothing(world: World) -> None:
    project = await escalated(world, "a")
    for who, said in zip(await experts(world, 3), ("fox", "owl", "fox"), strict=True):
        await world.work(who, project, said)
    assert (await world.export(project))["a"]["answer"] == "fox"
    assert len(await world.facts("task.decided")) == 1
    found = await listed(world, project)
    assert (found["data"][0]["outcome"], found["confirmed"]["value"], found["confirmed"]["n"]) == (
        "first",
        1.0,
        1,
    )


async def test_nobody_who_met_the_item_is_given_it_again_by_name_either(world: World) -> None:
    project = await escalated(world, "a")
    one, two = await experts(world, 2)
    await world.work(one, project, "fox")
    (row,) = await world.rows("SELECT escalation FROM double_review WHERE tenant = $1")
    with refused("already_worked"):
        await world.act(assigning.lease_assign, task=task_of(row["escalation"]), annotator=one.subject.id)
    await world.act(assigning.lease_assign, task=task_of(row["escalation"]), annotator=two.subject.id)


async def test_the_share_is_realised_and_every_draw_can_be_made_again(world: World) -> None:
    names = [f"item {n}" for n in range(60)]
    project = await escalated(world, *names, double_review=0.3)
    one, two = await experts(world, 2)
    while leases := (await world.pull(one, project, 10))["leases"]:
        for lease in leases:
            await world.submit(one, lease["id"], "fox")
    counts = (await listed(world, project))["counts"]
    waiting = await world.rows("SELECT 1 FROM open_slot WHERE tenant = $1")
    assert counts["drawn"] == 60 and counts["sampled"] == len(waiting)
    with refused("period_undisclosed"):
        await world.act(review_recheck, project=project, period=1)
    await world.act(projects.project_plan_update, project=project, expected_version=1, plan={"overlap": 2})
    told = (await world.act(review_recheck, project=project, period=1))["experts"]
    assert (told["draws"], told["mismatches"], round(told["mean_rate"], 9)) == (60, 0, 0.3)
    assert told["realised"] == counts["sampled"] / 60
    assert 3 <= counts["sampled"] <= 36, "outside once in a million times"
    await world.work(two, project, "fox")
    (piece,) = await pieces(world, one)
    assert (piece["rate"], piece["weight"]) == (0.3, round(1 / 0.3, 9))


async def test_what_two_experts_settled_and_what_no_plan_asks_for_is_not_drawn(world: World) -> None:
    project = await escalated(world, "a", double_review=0.0)
    (one,) = await experts(world, 1)
    await world.work(one, project, "fox")
    assert await world.facts("double_review.drawn") == []
    asked = {"overlap": 2, "escalate_below": 0.6, "experts_max": 2, "double_review": 1.0}
    torn = await world.project("torn", plan=asked)
    await world.items(torn, "b")
    for name, said in (("ann", "cat"), ("ben", "dog")):
        await world.work(await world.invite(name), torn, said)
    await world.decide()
    await world.work(one, torn, "fox")
    await world.work(await world.invite("two", "expert"), torn, "fox")
    assert await world.facts("double_review.drawn") == [], "two experts have looked"


async def test_a_project_without_a_word_of_its_own_doubles_one_in_twenty(world: World) -> None:
    made = await world.act(projects.project_create, name="p", skill="p", agreements=(), courses=(), plan={})
    shown = await world.act(projects.project_get, project=made["id"])
    assert shown["plan"]["double_review"] == 0.05


async def test_in_a_workflow_the_result_is_corrected_where_the_word_is_the_result(world: World) -> None:
    check = step("check", "review", shows=["label"])
    project = await flow(world, step("label", "annotate", "check"), check, double_review=1.0)
    await answer(world, await world.invite("ann"), project, "1")
    await judge(world, await world.invite("rev", "reviewer"), project, "reject")
    for who, said in zip(await experts(world, 3), ("4", "5", "5"), strict=True):
        await answer(world, who, project, said)
    assert await result(world, project) == ("5", "expert")
    assert (await listed(world, project))["data"][0]["corrected"]


async def test_what_went_on_in_a_workflow_is_left_to_who_judged_it_there(world: World) -> None:
    check = step("check", "review", shows=["label"])
    project = await flow(world, step("label", "annotate", "check"), check, double_review=1.0)
    ann = await world.invite("ann")
    (lease,) = (await world.pull(ann, project))["leases"]
    await world.act(escalating.lease_escalate, ann, lease=lease["id"], reason="odd", note=None)
    one, two, three = await experts(world, 3)
    await answer(world, one, project, "4")
    await judge(world, await world.invite("rev", "reviewer"), project, "accept")
    for who in (two, three):
        await answer(world, who, project, "5")
    assert await result(world, project) == ("4", "review")
    (told,) = (await listed(world, project))["data"]
    assert (told["outcome"], told["corrected"]) == ("second", False)
