"""Practice on escalations: what experts decided is asked of others, while it stands, with where it comes from."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from pydantic_core import from_json, to_json

from backend.usecases.access import access
from backend.usecases.gold.promoting import gold_candidates
from backend.usecases.insight.guideline_issues import guideline_issues_get
from backend.usecases.proficiency.feedback import feedback_get
from backend.usecases.projects import intake, projects
from backend.usecases.training import training
from backend.usecases.training.attempting import attempt_again
from backend.usecases.work import Caller
from tests.support import nda, redoing
from tests.support.flagged import settle, suspect
from tests.support.practised import answered, begun, flagged, module, questions, resolved
from tests.support.refused import refused
from tests.support.school import attempt, publish, said, skill_of
from tests.support.world import World

BY_HAND = {"id": "try", "kind": "practice", "title": "By hand"}


def left_out(found: dict[str, Any]) -> dict[str, int]:
    return {one["why"]: one["n"] for one in found["left_out"]}


def by_task(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """External key -> the question, as it was read."""
    return {one["question"]["prompt"]["task"]: one for one in found["data"]}


async def shown(world: World, who: Caller, course: Any) -> dict[str, dict[str, Any]]:
    """Question -> what is seen of the course's only module."""
    found = await world.act(training.course_get, who, course=course)
    return {one["id"]: one for one in found["modules"][0]["questions"]}


async def test_what_experts_decided_is_a_question_as_modules_take_them(world: World) -> None:
    project, _, expert, opened = await begun(world)
    assert left_out(await questions(world, project)) == {"open": 4}
    await answered(world, expert, project, a="fox", b="fox", c="owl")
    found = await questions(world, project)
    assert left_out(found) == {"open": 1}
    by = by_task(found)
    assert by["c"]["question"] == {
        "id": str(opened["c"]),
        "prompt": {"task": "c"},
        "answer": "owl",
        "hint": "Where?",
        "explanation": "Too blurry: Where?",
    }
    assert (by["c"]["expert"], by["c"]["corrected"]) == (expert.subject.id, False)
    asked = [one["question"] for one in found["data"]]
    assert (await publish(world, modules=(BY_HAND | {"questions": asked},)))["version"] == 1
    assert (await questions(world, project, code="dark"))["data"] == []
    assert (await questions(world, project, until=by["a"]["opened_at"]))["data"] == []
    first = await questions(world, project, limit=3)
    last = await questions(world, project, limit=3, cursor=first["next_cursor"])
    assert last["next_cursor"] is None
    assert [one["escalation"] for one in (*first["data"], *last["data"])] == sorted(
        one["escalation"] for one in by.values()
    )
    entry = [one for one in await world.entries() if one["action"] == "escalation_questions"][1]
    assert sorted(entry["result_ids"]) == sorted(str(one["item"]) for one in by.values())
    assert {"payload", "answer"} <= set(entry["fields_seen"])
    with refused("forbidden"):
        await questions(world, project, expert)


async def test_only_what_stands_now_is_taught(world: World) -> None:
    project, _, expert, _ = await begun(world, double_review=1.0)
    await answered(world, expert, project, a="fox", b="fox", c="fox", d="fox")
    assert left_out(await questions(world, project)) == {"second_look": 4}
    second, third = await world.invite("second", "expert"), await world.invite("third", "expert")
    await answered(world, second, project, a="fox", b="owl", c="owl", d="fox")
    assert left_out(await questions(world, project)) == {"disputed": 2}
    await answered(world, third, project, b="owl", c="fox")
    by = by_task(await questions(world, project))
    assert {key: (one["question"]["answer"], one["corrected"]) for key, one in by.items()} == {
        "a": ("fox", False),
        "b": ("owl", True),
        "c": ("fox", False),
        "d": ("fox", False),
    }
    word = next(one for one in await world.facts("double_review.closed") if one.event.corrected)
    assert by["b"]["lease"] == word.event.lease, "the word that stands"
    course = (await publish(world, modules=(module(project),)))["id"]
    made = await redoing.plan(world, project, items=[by["d"]["item"]])
    await redoing.execute(world, made)
    found = await world.act(training.course_get, course=course)
    assert [one["item"] for one in found["escalations"] if not one["stands"]] == [by["d"]["item"]]
    pupil = await world.invite("pupil")
    assert str(by["d"]["escalation"]) not in await shown(world, pupil, course)
    assert left_out(await questions(world, project)) == {"done_anew": 1}
    flag = await suspect(world, expert, await skill_of(world, project))
    await settle(world, flag, "discounted")
    assert left_out(await questions(world, project)) == {"done_anew": 1, "discounted": 2}


async def test_what_gold_shows_is_never_taught_and_what_is_taught_never_becomes_gold(world: World) -> None:
    project, _, expert, _ = await begun(world, double_review=1.0)
    second = await world.invite("second", "expert")
    for who in (expert, second):
        await answered(world, who, project, a="fox", b="fox", c="fox", d="fox")
    candidates = {"project": project, "cursor": None, "limit": 10}
    assert len((await world.act(gold_candidates, **candidates))["data"]) == 4
    twin = ({"external_key": "twin", "payload": {"task": "a"}, "truth": "fox"},)
    await world.act(intake.gold_add, project=project, gold=twin, exam_only=False)
    assert left_out(await questions(world, project)) == {"gold": 1}
    course = await publish(world, modules=(module(project, limit=2),))
    taught = set(await shown(world, world.admin, course["id"]))
    left = (await world.act(gold_candidates, **candidates))["data"]
    assert len(taught) == 2 and len(left) == 2
    opened = {str(one.event.escalation): one.event.item for one in await world.facts("escalation.opened")}
    assert {one["item"] for one in left}.isdisjoint(opened[one] for one in taught)


async def test_a_course_draws_from_escalations_and_says_where_each_question_is_from(world: World) -> None:
    project, _, _, opened = await resolved(world)
    course = await publish(world, modules=(module(project, limit=2),))
    again = await publish(world, modules=(module(project, limit=2),), course=course["id"])
    assert again["version"] == 1, "drawn again it is the same"
    (fact,) = await world.facts("course.published")
    (taught,) = fact.event.taught
    words = {one.event.escalation: one.event for one in await world.facts("escalation.resolved")}
    for one in taught.escalations:
        assert (one.item, one.lease) == (words[one.escalation].item, words[one.escalation].lease)
    answers = {words[one.escalation].answer_class for one in taught.escalations}
    assert len(answers) == 2, "evenly over what was answered"
    assert b"fox" not in taught.said and b"owl" not in taught.said
    found = await world.act(training.course_get, course=course["id"])
    assert [one["escalation"] for one in found["escalations"]] == [
        one.escalation for one in taught.escalations
    ]
    assert found["escalations"][0]["lease"] == taught.escalations[0].lease
    more = await publish(world, modules=(module(project),), course=course["id"])
    assert more["version"] == 2 and set(await shown(world, world.admin, course["id"])) == {
        str(one) for one in opened.values()
    }


async def test_nobody_is_asked_about_what_they_met_at_work(world: World) -> None:
    project, asker, expert, opened = await resolved(world)
    ann = await world.invite("ann")
    extra = await flagged(world, ann, project, "e")
    await answered(world, expert, project, e="fox")
    course = (await publish(world, modules=(module(project),)))["id"]
    theirs = await shown(world, ann, course)
    assert set(theirs) == {str(one) for one in opened.values()}
    assert theirs[str(opened["a"])] == {"id": str(opened["a"]), "prompt": {"task": "a"}, "hint": "Where?"}
    answers = {str(opened[key]): {"a": "fox", "b": "fox", "c": "owl", "d": "fox"}[key] for key in opened}
    given = tuple({"question": one, "answer": answer} for one, answer in answers.items())
    tried = await attempt(world, ann, course, (*given, *said(str(extra["e"]))), module="try")
    assert not tried["passed"] and tried["question_count"] == 4
    assert {one["question"]: one["correct"] for one in tried["results"]} == {
        str(opened[key]): key != "d" for key in opened
    }
    told = (await world.act(feedback_get, ann, annotator=ann.subject.id))["training"]
    assert [(one["prompt"], one["answer"], one["truth"]) for one in told] == [({"task": "d"}, "fox", "owl")]
    given = tuple(one | {"answer": "owl"} if one["question"] == str(opened["d"]) else one for one in given)
    once = {"key": "once", "again": attempt_again, "module": "try"}
    passed = await attempt(world, ann, course, given, **once)
    assert passed["course_passed"] and len(passed["results"]) == 4
    assert await attempt(world, ann, course, given, **once) == from_json(to_json(passed)), "repeated"
    assert set(await shown(world, asker, course)) == {str(extra["e"])}
    assert await shown(world, expert, course) == {}
    assert (await attempt(world, expert, course, module="try"))["course_passed"], "there is nothing to ask"
    facts = await world.facts("course.module_attempted")
    assert [(one.event.left_out, one.event.passed) for one in facts] == [(1, False), (1, True), (5, True)]


async def test_project_data_is_shown_in_practice_only_to_who_may_see_it(world: World) -> None:
    project, *_ = await resolved(world)
    course = (await publish(world, modules=(module(project),)))["id"]
    agreement = await nda.publish(world)
    asks = {"project": project, "agreements": (agreement["id"],), "courses": ()}
    await world.act(projects.project_requirements_update, **asks)
    ann = await world.invite("ann")
    with refused("agreement_required", "forbidden"):
        await shown(world, ann, course)
    with refused("agreement_required", "forbidden"):
        await attempt(world, ann, course, module="try")
    await nda.sign(world, ann, agreement)
    assert {one["prompt"]["task"] for one in (await shown(world, ann, course)).values()} == set("abcd")
    entry = [one for one in await world.entries(ann) if one["action"] == "course_get"][-1]
    assert len(entry["result_ids"]) == 4 and "payload" in entry["fields_seen"]
    made = await world.act(access.key_create, kind="user", roles=("auditor",), scopes=("*",), days=1)
    auditor = await world.perform.authenticate(made["key"])
    found = await world.act(training.course_get, auditor, course=course)
    assert {one["prompt"] for one in found["modules"][0]["questions"]} == {None}
    assert len(found["escalations"]) == 4


async def test_a_course_is_refused_that_has_nothing_to_draw_or_draws_for_a_quiz(world: World) -> None:
    project, _, expert, _ = await begun(world)
    with refused("practice_empty", "conflict") as caught:
        await publish(world, modules=(module(project),))
    assert caught.value.extra["left_out"] == {"open": 4}
    await answered(world, expert, project, a="fox")
    with refused("course_invalid", "invalid"):
        await publish(world, modules=(module(project) | {"kind": "quiz"},))
    assert await world.facts("course.published") == []


async def test_the_report_says_how_often_people_ask_before_and_after(world: World) -> None:
    project, _, expert, opened = await resolved(world)
    ann = await world.invite("ann")
    await flagged(world, ann, project, "e", "f")
    await answered(world, expert, project, e="fox", f="fox")
    world.clock.moved += timedelta(days=1)
    course = (await publish(world, modules=(module(project, limit=4, until=None),)))["id"]
    asked = await shown(world, ann, course)
    truths = {str(opened[key]): "fox" if key in "ab" else "owl" for key in opened}
    given = tuple({"question": one, "answer": truths[one]} for one in asked)
    assert (await attempt(world, ann, course, given, module="try"))["course_passed"]
    await world.items(project, "g", "h", "i")
    for _ in range(3):
        await world.work(ann, project, "fox")
    report = await world.act(guideline_issues_get, project=project)
    (code,) = report["codes"]
    assert (code["code"], code["n"], code["taught"]) == ("blurry", 6, 4)
    (told,) = report["practice"]
    assert (told["course"], told["questions"], told["passed"], told["people"]) == (UUID(str(course)), 4, 1, 1)
    before, after = told["before"], told["after"]
    assert (before["asked"], before["answers"], before["share"], before["high"]) == (2, 0, 1.0, 1.0)
    assert (after["asked"], after["answers"], after["share"], after["low"]) == (0, 3, 0.0, 0.0)
    assert before["low"] < 1 and after["high"] > 0
