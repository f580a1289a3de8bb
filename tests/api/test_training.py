"""Training through the API alone: modules, failing thrice, a timed exam, delta training; everything fits its shape."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest_asyncio

from backend.usecases.access import access
from backend.usecases.training import curriculum
from tests.api.speaker import Speaker, connect
from tests.api.test_whole import PLAN, person
from tests.support.school import MODULES
from tests.support.world import World

COURSE = {"title": "Birds", "content": "Read.", "pass_mark": 1}
QUIZ = {"questions": [{"id": "q", "prompt": "2+2?", "answer": 4}]}


@pytest_asyncio.fixture
async def admin(world: World) -> AsyncIterator[Speaker]:
    """A tenant administrator over HTTP."""
    made = await world.act(access.key_create, kind="user", roles=("tenant_admin",), scopes=("*",), days=1)
    async with connect(world.perform) as client:
        yield Speaker(client, made["key"])


def answered(answer: Any, **more: Any) -> dict[str, Any]:
    return {"version": 1, "answers": [{"question": "q", "answer": answer}]} | more


async def test_a_course_in_modules_is_taken_step_by_step(world: World, admin: Speaker) -> None:
    ann, ann_id = await person(admin, "ann")
    made = await admin.do("course_publish", COURSE | {"modules": list(MODULES), "valid_days": 10})
    at = {"course": made["id"]}
    await admin.do("course_assign", {"annotators": [ann_id]}, **at)
    assert (await ann.do("course_get", **at))["progress"]["next_module"] == "read"
    quiz = [{"question": name, "answer": "yes"} for name in ("q1", "q2")]
    refused = await ann.refused(
        409, "module_locked", "course_attempt", {"version": 1, "module": "quiz", "answers": quiz}, **at
    )
    assert refused["before"] == "read"
    await ann.do("course_attempt", {"version": 1, "module": "read"}, **at)
    tried = {"version": 1, "module": "try", "answers": [{"question": "p1", "answer": "yes"}]}
    assert (await ann.do("course_attempt", tried, **at))["results"][0]["explanation"]
    last = await ann.do("course_attempt", {"version": 1, "module": "quiz", "answers": quiz}, **at)
    assert last["course_passed"] and last["until"]
    (mine,) = (await ann.do("annotator_training", annotator=ann_id))["courses"]
    assert mine["state"] == "lapsing"
    world.clock.moved += timedelta(days=10)
    await world.system(curriculum.courses_lapse, most=10)
    (mine,) = (await admin.do("annotator_training", annotator=ann_id))["courses"]
    assert (mine["state"], mine["because"]) == ("lapsed", "lapsed")
    assert (await admin.do("course_list"))["data"][0]["kind"] == "modules"


async def test_failed_thrice_waits_for_a_manager(world: World, admin: Speaker) -> None:
    ann, ann_id = await person(admin, "ann")
    made = await admin.do("course_publish", COURSE | QUIZ | {"attempts_max": 3, "retry_minutes": 10})
    at = {"course": made["id"]}
    for _ in range(3):
        assert not (await ann.do("course_attempt", answered(5), **at))["passed"]
        world.clock.moved += timedelta(minutes=10)
    await ann.refused(409, "attempts_exhausted", "course_attempt", answered(4), **at)
    await ann.refused(403, "forbidden", "course_attempts_allow", _allow(ann_id), **at)
    await admin.do("course_attempts_allow", _allow(ann_id), **at)
    assert not (await ann.do("course_attempt", answered(5), **at))["passed"]
    later = await ann.refused(409, "attempts_exhausted", "course_attempt", answered(4), **at)
    assert later["action"] == "ask a person"
    await admin.do("course_attempts_allow", _allow(ann_id), **at)
    wait = await ann.refused(409, "retry_later", "course_attempt", answered(4), **at)
    assert wait["action"] == "retry" and 0 < wait["retry_after_s"] <= 600
    world.clock.moved += timedelta(minutes=10)
    assert (await ann.do("course_attempt", answered(4), **at))["passed"]


def _allow(annotator: str) -> dict[str, Any]:
    return {"annotator": annotator, "more": 1, "reason": "Was ill."}


async def test_an_exam_is_begun_blind_and_answered_in_time(world: World, admin: Speaker) -> None:
    ann, _ = await person(admin, "ann")
    project = await admin.do("project_create", {"name": "p", "skill": "s", "plan": PLAN})
    gold = [{"external_key": f"g{n}", "payload": n, "truth": "ab"[n % 2]} for n in range(8)]
    given = {"gold": gold, "exam_only": True}
    added = (await admin.do("gold_add", given, project=project["id"]))["gold"]
    exam = {"gold": [one["id"] for one in added], "skill": project["skill"]["id"]}
    timed = {"sample": 4, "minutes_max": 10, "level": 2, "pass_mark": 0.5, "content": None}
    made = await admin.do("course_publish", COURSE | exam | timed)
    at = {"course": made["id"]}
    assert (await ann.do("course_get", **at))["questions"] == []
    begun = await ann.do("course_attempt_begin", **at)
    assert begun["question_count"] == len(begun["questions"]) == 4
    assert "truth" not in str(begun) and not {"a", "b"} & {str(q["prompt"]) for q in begun["questions"]}
    sent = [{"question": q["id"], "answer": "ab"[q["prompt"] % 2]} for q in begun["questions"]]
    world.clock.moved += timedelta(minutes=11)
    await ann.refused(409, "exam_time_over", "course_attempt", {"version": 1, "answers": sent}, **at)
    begun = await ann.do("course_attempt_begin", **at)
    shown = (await ann.do("course_get", **at))["questions"]
    assert shown == begun["questions"]
    sent = [{"question": q["id"], "answer": "ab"[q["prompt"] % 2]} for q in begun["questions"]]
    assert (await ann.do("course_attempt", {"version": 1, "answers": sent[:2]}, **at))["passed"]


async def test_a_new_guideline_version_is_compared_learnt_and_acknowledged(
    world: World,
    admin: Speaker,
) -> None:
    ann, ann_id = await person(admin, "ann")
    project = await admin.do("project_create", {"name": "p", "skill": "s", "plan": PLAN})
    at = {"project": project["id"]}
    await admin.do("guideline_publish", {"text": "one"}, **at)
    await ann.do("guideline_acknowledge", version=1, **at)
    delta = await admin.do("course_publish", COURSE | QUIZ)
    made = await admin.do("guideline_publish", {"text": "one\ntwo", "delta_course": delta["id"]}, **at)
    assert made["assigned"] == 1
    diff = await ann.do("guideline_diff", query={"before": 1, "after": 2}, **at)
    assert (diff["added"], diff["removed"]) == (1, 0)
    assert (await ann.do("guideline_get", query={"version": 1}, **at))["text"] == "one"
    assert [one["version"] for one in (await ann.do("guideline_list", **at))["data"]] == [2, 1]
    missing = (await admin.do("guideline_acknowledgements", **at))["missing"]
    assert [one["annotator"] for one in missing] == [ann_id]
    asked = await ann.refused(409, "training_required", "guideline_acknowledge", version=2, **at)
    assert asked["course"] == delta["id"]
    await ann.do("course_attempt", answered(4), course=delta["id"])
    await ann.do("guideline_acknowledge", version=2, **at)
    assert (await admin.do("guideline_acknowledgements", **at))["share"] == 1.0
