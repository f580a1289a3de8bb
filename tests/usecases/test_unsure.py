"""Unsure: an answer counts, and says that the case is ambiguous; enough of them, or a watched class, call an expert."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from backend.usecases.insight import guideline_issues
from backend.usecases.projects import guidelines, intake
from backend.usecases.review import expert_calls
from backend.usecases.tasks import submitting
from backend.usecases.work import Caller
from tests.support.flow import flow, nothing, publish, result, step
from tests.support.refused import refused
from tests.support.world import World


async def say(
    world: World, who: Caller, project: UUID, answer: Any, *, unsure: bool = True
) -> dict[str, Any]:
    """Pull one lease and answer it; what the person is told."""
    (lease,) = (await world.pull(who, project))["leases"]
    said = {"lease": lease["id"], "answer": answer, "client_seconds": None, "unsure": unsure}
    told = await world.act(submitting.lease_submit, who, **said)
    return {**told, "payload": lease["payload"]}


async def asked(world: World, *flags: bool, **plan: Any) -> UUID:
    """An item with an answer of somebody else for each flag, all alike."""
    project = await world.project(plan={"overlap": len(flags)} | plan)
    await world.items(project, "a")
    for n, unsure in enumerate(flags):
        await say(world, await world.invite(f"p{n}"), project, "cat", unsure=unsure)
    await world.decide()
    return project


async def opened(world: World) -> list[tuple[str, str, Any]]:
    found = [fact.event for fact in await world.facts("escalation.opened")]
    return [(one.reason, one.code, one.raised_by) for one in found]


CALLED = [("annotator_flagged", "ambiguous", None)]


@pytest.mark.parametrize(
    ("flags", "calls"),
    [
        ((True,), True),
        ((False,), False),
        ((True, False), False),
        ((True, True), True),
        ((True, True, False, False), True),
        ((True, False, False, True, False), False),
    ],
)
async def test_half_of_the_answers_and_two_at_least_or_the_only_one_call_an_expert(
    world: World, flags: tuple[bool, ...], calls: bool
) -> None:
    project = await asked(world, *flags)
    assert await opened(world) == (CALLED if calls else [])
    assert (await world.export(project))["a"]["decided_by"] == "aggregate", "all answers count"
    exp = await world.invite("exp", "expert")
    assert len((await world.pull(exp, project))["leases"]) == calls


async def test_one_persons_doubt_is_answered_by_another_answer_where_the_plan_has_room(world: World) -> None:
    project = await world.project(plan={"overlap": 1, "overlap_max": 2, "stop_at": 0.999})
    await world.items(project, "a")
    await say(world, await world.invite("ann"), project, "cat")
    await world.decide()
    assert await opened(world) == []
    await say(world, await world.invite("ben"), project, "cat")
    await world.decide()
    assert await opened(world) == CALLED


async def test_the_flag_is_in_the_fact_and_the_same_answer_again_changes_nothing(world: World) -> None:
    project = await world.project()
    await world.items(project, "a")
    ann = await world.invite("ann")
    told = await say(world, ann, project, "cat")
    said = {"lease": told["lease"], "answer": "cat", "client_seconds": None, "unsure": False}
    assert (await world.act(submitting.lease_submit, ann, **said))["status"] == "submitted"
    assert [fact.event.unsure for fact in await world.facts("lease.submitted")] == [True]


async def test_being_unsure_of_gold_looks_like_being_unsure_of_work(world: World) -> None:
    project = await world.project(plan={"gold_share": 1.0})
    await world.items(project, "a")
    gold = ({"external_key": "g", "payload": {"task": "g"}, "truth": "cat"},)
    await world.act(intake.gold_add, project=project, gold=gold, exam_only=False)
    ann = await world.invite("ann")
    said = [await say(world, ann, project, "cat") for _ in range(2)]
    assert {one.pop("payload")["task"] for one in said} == {"a", "g"}
    assert [{**one, "lease": None} for one in said] == [
        {"lease": None, "status": "submitted", "reclaimed": False}
    ] * 2
    await world.decide()
    assert await opened(world) == CALLED, "gold is never escalated"
    assert [fact.event.correct for fact in await world.facts("lease.gold_scored")] == [True]


async def test_an_item_of_a_watched_class_always_goes_to_an_expert(world: World) -> None:
    project = await world.project(plan={"overlap": 1})
    watch: dict[str, Any] = {
        "project": project,
        "expected_version": 1,
        "classes": ("gun", {"label": "knife"}, "gun"),
    }
    said = await world.act(expert_calls.watched_classes_set, **watch)
    assert (said["version"], said["classes"]) == (2, ["gun", {"label": "knife"}])
    await world.items(project, "a", "b", "c")
    ann = await world.invite("ann")
    for answer in ("cat", {"label": "knife"}, "gun"):
        await say(world, ann, project, answer, unsure=False)
    await world.decide()
    assert await opened(world) == [("watched_class", "", None)] * 2
    (event,) = await world.facts("watched_classes.set")
    assert len(event.event.classes) == 2 and "gun" not in str(event.event)


async def test_watched_classes_are_classes_and_their_list_is_changed_by_who_read_it(world: World) -> None:
    project = await world.project()
    with refused("watched_classes_invalid", "invalid"):
        await world.act(
            expert_calls.watched_classes_set, project=project, expected_version=1, classes=({"box": 1},)
        )
    await world.act(
        expert_calls.watched_classes_set, project=project, expected_version=1, classes=("cat", 7, True)
    )
    with refused("watched_classes_changed", "stale"):
        await world.act(expert_calls.watched_classes_set, project=project, expected_version=1, classes=())
    assert (await world.act(expert_calls.watched_classes_get, project=project))["classes"] == ["cat", 7, True]
    with refused("forbidden"):
        await world.act(expert_calls.watched_classes_get, await world.invite("ann"), project=project)


async def test_a_step_whose_answers_are_flagged_waits_for_an_expert_and_goes_on(world: World) -> None:
    project = await flow(
        world, step("label", "annotate", "more", slots=2), step("more", "custom", shows=["label"])
    )
    for name in ("ann", "ben"):
        await say(world, await world.invite(name), project, "cat")
    await world.decide()
    assert await opened(world) == CALLED
    assert await nothing(world, await world.invite("cor"), project)
    await world.work(await world.invite("exp", "expert"), project, "dog")
    await world.decide()
    await say(world, await world.invite("dan"), project, "done", unsure=False)
    await world.decide()
    assert await result(world, project) == ("done", "aggregate")
    scored = [fact.event.correct for fact in await world.facts("adjudication.scored")]
    assert scored == [False, False]


async def test_a_workflow_may_say_itself_what_becomes_of_doubt(world: World) -> None:
    doubt = {"to": "settle", "all": [{"field": "unsure", "op": "ge", "value": 0.5}]}
    project = await flow(
        world, step("label", "annotate", doubt, slots=2), step("settle", "adjudicate", shows=["label"])
    )
    await say(world, await world.invite("ann"), project, "cat")
    await say(world, await world.invite("ben"), project, "cat", unsure=False)
    await world.decide()
    assert await opened(world) == []
    lease = await world.work(await world.invite("exp", "expert"), project, "dog")
    assert lease["step"] == "settle"
    with refused("arrow_condition_invalid", "invalid"):
        odd = {"to": "b", "all": [{"field": "unsure", "op": "eq", "value": True}]}
        await publish(world, project, step("a", "annotate", odd), step("b", "custom"))


async def test_guideline_issues_say_which_class_under_which_version_is_in_doubt(world: World) -> None:
    project = await world.project(plan={"overlap": 2, "review_rate": 1.0, "escalate_below": 0.6})
    await world.act(
        guidelines.guideline_publish, project=project, text="# Cats\nA cat is a cat.\n# Elks\nNone yet."
    )
    await world.items(project, "a", "b")
    ann, ben = await world.invite("ann"), await world.invite("ben")
    for who in (ann, ben):
        await world.act(guidelines.guideline_acknowledge, who, project=project, version=1)
    for who, said in ((ann, ("cat", "cat")), (ben, ("cat", "dog"))):
        for answer in said:
            await say(world, who, project, answer, unsure=answer == "dog")
    await world.decide()
    rev = await world.invite("rev", "reviewer")
    await world.act(guidelines.guideline_acknowledge, rev, project=project, version=1)
    for _ in range(4):
        (lease,) = (await world.review_pull(rev, project))["leases"]
        wrong = lease["answer"] == "dog"
        await world.review(rev, lease["id"], *(("correct", "cat") if wrong else ("accept",)))
    found = await world.act(guideline_issues.guideline_issues_get, project=project)
    by = {(one["guideline_version"], one["label"]): one for one in found["classes"]}
    assert [one["label"] for one in found["classes"]] == ["dog", "cat"], "the most doubtful first"
    dog, cat = by[1, "dog"], by[1, "cat"]
    assert (dog["answers"], dog["unsure"], dog["unsure_share"], dog["disagreement"]) == (1, 1, 1.0, 1.0)
    assert (cat["answers"], cat["unsure"]) == (3, 0)
    assert cat["disagreement"] == pytest.approx(1 / 3)
    assert (dog["errors"]["reviewed"], dog["errors"]["rate"]) == (1, 1.0)
    assert cat["errors"]["rate"] == 0.0 and 0.5 < cat["errors"]["high"] < 0.6, "Wilson: 3.84 / 6.84"
    assert dog["escalations"] == cat["escalations"] == [{"reason": "low_confidence", "code": "", "n": 1}]
    assert [(one["reason"], one["n"], one["unresolved"]) for one in found["codes"]] == [
        ("low_confidence", 1, 1)
    ]
    sections = {tuple(one["section"] or ()): one for one in found["sections"]}
    assert list(sections) == [(), ("Cats",)], (
        "a class that the guideline does not name comes first: it is in doubt"
    )
    assert (sections[()]["labels"], sections["Cats",]["labels"]) == (["dog"], ["cat"])
    assert (sections["Cats",]["line"], sections["Cats",]["answers"]) == (1, 3)
    assert sections["Cats",]["errors"] == cat["errors"]
    (week,) = found["weeks"]
    assert (week["answers"], week["escalations"], week["unsure_share"]) == (4, 1, 0.25)
    (person,) = found["people"]
    assert (person["annotator"], person["unsure"], person["answers"], person["codes"]) == (
        ben.subject.id,
        1,
        2,
        [],
    )
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    before = await world.act(guideline_issues.guideline_issues_get, project=project, until=long_ago)
    assert all(before[name] == [] for name in ("codes", "classes", "sections", "weeks", "people"))
    with refused("period_invalid", "invalid"):
        await world.act(
            guideline_issues.guideline_issues_get, project=project, since=datetime.now(UTC), until=long_ago
        )
