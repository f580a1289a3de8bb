"""One verdict on many reviews in steps of workflows: where items go the arrows say, and approving is no inspection."""

from uuid import UUID

import pytest

from backend.domain.errors import Refusal
from backend.usecases.review import audit_floor, outgoing
from backend.usecases.work import Caller
from tests.support import flow
from tests.support.bulked import bulk, in_steps, listed, statements_of
from tests.support.foretold import bring, register, routed
from tests.support.world import World


async def test_what_is_rejected_loops_back_and_what_is_approved_goes_on(world: World) -> None:
    project, ann, rev = await in_steps(world, "1", "0", "1")
    waiting = await listed(world, project)
    assert [(one["annotator"], one["step"], one["review_step"]) for one in waiting] == [
        (ann.subject.id, "draw", "look")
    ] * 3
    classes = [one["answer_class"] for one in waiting]
    (wrong,) = [one["task"] for one in waiting if classes.count(one["answer_class"]) == 1]
    done = await bulk(world, rev, project, "reject", tasks=[wrong], note="look again")
    assert (done["selected"], done["decided"], done["refused"]) == (1, 1, [])
    await world.decide()
    ben = await world.invite("ben")
    await flow.answer(world, ben, project, "1")
    again = await listed(world, project)
    assert [one["annotator"] for one in again].count(ben.subject.id) == 1, "the second answer waits, too"
    done = await bulk(world, rev, project, review_step="look", most=10)
    assert done["decided"] == 2, (
        "of the third this person has judged an answer already, as of any item in a step"
    )
    kim = await world.invite("kim", "reviewer")
    assert (await bulk(world, kim, project, most=10))["decided"] == 1
    await world.decide()
    assert await listed(world, project) == []
    exported = await world.export(project)
    assert {(one["answer"], one["decided_by"]) for one in exported.values()} == {("1", "aggregate")}
    given = [one.event for one in await world.facts("review.verdict_given")]
    assert [(one.verdict, one.inspected) for one in given] == [("reject", True)] + [("accept", False)] * 3
    leases = await world.rows(
        "SELECT step, how FROM lease_ended WHERE tenant = $1 AND annotator = $2", rev.subject.id
    )
    assert [(one["step"], one["how"]) for one in leases] == [("look", "submitted")] * 3


async def test_a_single_verdict_and_one_in_bulk_send_an_item_the_same_way(world: World) -> None:
    project, _, rev = await in_steps(world, *"1111")
    for verdict, word in (("reject", "reject"), ("accept", "approve")):
        await flow.judge(world, rev, project, verdict)
        await bulk(world, rev, project, word, most=1)
        await world.decide()
    moved = [one.event for one in await world.facts("item.routed")]
    ways = [(one.taken, one.opened, one.ended, one.through) for one in moved if one.step == "look"]
    assert ways[0] == ways[1] == (("draw",), ("draw",), False, False)
    assert ways[2] == ways[3] == ((), (), True, True)
    decided = [one["decided_by"] for one in (await world.export(project)).values() if one["decided_by"]]
    assert sorted(decided) == ["aggregate", "review"], "what nobody looked at stands as it stood"


async def test_a_rejection_beyond_the_loops_goes_to_an_expert(world: World) -> None:
    project, _, rev = await in_steps(world, "0")
    await bulk(world, rev, project, "reject", most=1)
    await world.decide()
    await flow.answer(world, await world.invite("ben"), project, "0")
    await bulk(world, await world.invite("kim", "reviewer"), project, "reject", most=1)
    await world.decide()
    (opened,) = await world.facts("escalation.opened")
    assert opened.event.reason == "rework_limit"


async def test_one_that_may_not_be_decided_refuses_all_and_moves_nothing(world: World) -> None:
    project, _, rev = await in_steps(world, "1", "1", "1")
    both = await world.invite("both", "annotator", "reviewer")
    await world.items(project, "mine")
    await flow.answer(world, both, project, "1")
    waiting = await listed(world, project)
    tasks = [one["task"] for one in waiting]
    (mine,) = [one for one in waiting if one["annotator"] == both.subject.id]
    before = await world.rows("SELECT count(*) AS n FROM event WHERE tenant = $1")
    with pytest.raises(Refusal) as told:
        await bulk(world, both, project, tasks=tasks)
    (one,) = told.value.extra["refused"]
    assert (one["lease"], one["task"], one["code"]) == (
        str(mine["lease"]),
        str(mine["task"]),
        "already_worked",
    )
    looked = await bulk(world, both, project, leases=[mine["lease"], waiting[0]["lease"]], dry_run=True)
    assert [(one["lease"], one["task"], one["code"]) for one in looked["refused"]] == [
        (str(mine["lease"]), None, "own_work")
    ]
    assert looked["decided"] == 1, "what a step judges is named by its answer as well"
    assert await world.rows("SELECT count(*) AS n FROM event WHERE tenant = $1") == before
    done = await bulk(world, both, project, tasks=tasks, skip_refused=True)
    assert (done["selected"], done["decided"], len(done["refused"])) == (4, 3, 1)
    again = await bulk(world, rev, project, tasks=tasks, dry_run=True)
    assert [one["code"] for one in again["refused"]] == ["review_not_waiting"] * 3


async def test_a_look_before_shows_what_the_step_shows_and_changes_nothing(world: World) -> None:
    project, _, rev = await in_steps(world, "1", "0")
    looked = await bulk(world, rev, project, most=5, dry_run=True)
    assert len(await listed(world, project)) == 2
    pulled = (await world.review_pull(rev, project, 5))["leases"]
    shown, given = (
        {one["payload"]["task"]: one["answer"] for one in rows} for rows in (looked["first"], pulled)
    )
    assert shown == given == {"step 0": "1", "step 1": "0"}
    assert await listed(world, project) == [], "what somebody holds waits no more"


async def test_what_is_let_through_in_a_step_is_no_evidence_and_a_rejection_is(world: World) -> None:
    project, ann, rev = await in_steps(world, *"1111")
    await bulk(world, rev, project, most=2)
    await bulk(world, rev, project, "reject", most=1)
    await world.decide()
    await world.follow()
    pieces = await world.rows(
        "SELECT correct, weight FROM evidence WHERE tenant = $1 AND annotator = $2 ORDER BY piece",
        ann.subject.id,
    )
    assert [(one["correct"], one["weight"]) for one in pieces] == [(True, 0.0), (True, 0.0), (False, 1.0)]
    seen = await world.act(outgoing.review_yield, project=project, by=None)
    assert (seen["reviewed"], seen["errors"], seen["let_through"], seen["drawn"]) == (1, 1, 2, 4)


async def test_what_the_floor_drew_or_a_pilot_waits_for_is_looked_at(world: World) -> None:
    await world.act(audit_floor.audit_floor_set, expected_version=2, floor=1.0)
    look = flow.step("look", "review", flow.back("draw"), shows=["draw"])
    half = flow.step("draw", "annotate", {"to": "look", "share": 0.999999})
    project = await flow.flow(world, half, look)
    await flow.answer(world, await world.invite("ann"), project, "1")
    rev = await world.invite("rev", "reviewer")
    assert await codes(world, rev, project) == ["inspection_required"]
    assert (await bulk(world, rev, project, "reject", most=1))["decided"] == 1
    project, _, _ = await in_steps(world, "1", here="pilot ")
    assert await codes(world, rev, project) == []
    await world.rows("UPDATE project SET gate = $2 WHERE tenant = $1 AND project = $2 RETURNING 1", project)
    assert await codes(world, rev, project) == ["inspection_required"]


async def codes(world: World, who: Caller, project: UUID) -> list[str]:
    """Why this person may not approve what waits."""
    looked = await bulk(world, who, project, most=100, dry_run=True)
    return [one["code"] for one in looked["refused"]]


async def test_an_item_that_waits_in_two_steps_is_decided_in_one_by_the_same_person(world: World) -> None:
    looks = [flow.step(name, "review", shows=["draw"]) for name in ("left", "right")]
    project = await flow.flow(world, flow.step("draw", "annotate", "left", "right"), *looks)
    await flow.answer(world, await world.invite("ann"), project, "1")
    rev, kim = [await world.invite(name, "reviewer") for name in ("rev", "kim")]
    waiting = await listed(world, project)
    assert sorted(one["review_step"] for one in waiting) == ["left", "right"]
    named = await bulk(world, rev, project, tasks=[one["task"] for one in waiting], dry_run=True)
    assert [one["code"] for one in named["refused"]] == ["already_worked"]
    for who in (rev, kim):
        assert (await bulk(world, who, project, most=10))["decided"] == 1
    await world.decide()
    assert (await world.export(project))["a"]["decided_by"] == "aggregate"


async def test_what_several_answers_came_to_waits_as_one_of_nobody(world: World) -> None:
    look = flow.step("look", "review", shows=["draw"])
    project = await flow.flow(world, flow.step("draw", "annotate", "look", slots=2), look)
    people = [await world.invite(name) for name in ("ann", "ben")]
    for who in people:
        await flow.answer(world, who, project, "1")
    (one,) = await listed(world, project, annotator=people[1].subject.id)
    assert (one["lease"], one["annotator"], one["answer_class"], one["step"]) == (None, None, None, "draw")
    assert await listed(world, project, step="look") == await listed(world, project, review_step="draw") == []
    rev = await world.invite("rev", "reviewer")
    assert (await bulk(world, rev, project, annotator=people[0].subject.id))["decided"] == 1
    await world.decide()
    assert await world.facts("review.verdict_given") == []
    assert await flow.result(world, project) == ("1", "aggregate")


async def test_what_a_model_said_and_nobody_looked_at_stays_a_models(world: World) -> None:
    project, model = await world.project(), await register(world)
    look = flow.step("look", "review", flow.back("draw"), shows=["draw"])
    await flow.publish(world, project, flow.step("draw", "annotate", "look"), look)
    await routed(world, project, model, default_threshold=0.9)
    await bring(world, project, model, [("a", "cat", 0.97), ("b", "cat", 0.95)])
    rev = await world.invite("rev", "reviewer")
    waiting = await listed(world, project)
    assert [(one["annotator"], one["step"]) for one in waiting] == [(None, "draw")] * 2
    looked = await bulk(world, rev, project, most=1, dry_run=True)
    assert [(one["lease"], one["answer"]) for one in looked["first"]] == [(None, "cat")]
    await bulk(world, rev, project, most=1)
    await flow.judge(world, rev, project, "accept")
    exported = await world.export(project)
    assert sorted(exported[key]["decided_by"] for key in "ab") == ["model", "review"]
    assert {exported[key]["answer"] for key in "ab"} == {"cat"}


async def test_thirty_verdicts_in_steps_ask_the_database_as_often_as_three(world: World) -> None:
    project, _, rev = await in_steps(world, *"1" * 36)
    asked = await statements_of(world, rev, project, 3, 3, 30)
    assert asked[1] == asked[2] <= 40, asked
