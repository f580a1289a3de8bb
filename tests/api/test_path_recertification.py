"""Recertification over HTTP: previewed, asked with a deadline, enforced by time alone, passed; a course for a fall."""

from tests.api.people import (
    answered,
    codes,
    failing,
    learn,
    moment,
    pass_time,
    person,
    project,
    pull,
    quiz,
    skill,
    sweep,
)
from tests.api.speaker import Speaker
from tests.support.world import World


async def test_a_guideline_asks_to_be_learnt_anew_by_a_deadline(world: World, admin: Speaker) -> None:
    at = await project(admin, "a", "b", "c")
    ann, ann_id = await person(admin, "ann")
    course = await quiz(admin, "What is new")
    by = await moment(world, days=1)
    said = {"text": "Look thrice.", "recertify": {"course": course, "by": by}}
    told = await admin.do("guideline_preview", said, **at)
    assert (told["changes"], told["people_count"], told["stops_count"]) == (True, 1, 1)
    await ann.refused(403, "forbidden", "guideline_preview", said, **at)
    made = await admin.do("guideline_publish", said, **at)
    assert (made["recertification"]["course"], made["recertification"]["assigned"]) == (course, 1)
    past = said | {"recertify": {"course": course, "by": await moment(world, days=-1)}}
    await admin.refused(422, "recertification_invalid", "guideline_publish", past, **at)
    await ann.do("guideline_acknowledge", version=1, **at)
    shown = await ann.do("annotator_eligibility", annotator=ann_id, query=at)
    (due,) = shown["recertification_due"]
    assert (shown["eligible"], due["course"], due["version"]) == (True, course, 1)
    await pull(ann, at)

    pass_time(world, days=1)
    await sweep(world)
    assert await codes(ann, at) == ["recertification_required"]
    assert await failing(ann, ann_id, at) == ["certified"]
    (asked,) = (await admin.do("recertification_list", **at))["data"]
    assert (asked["over"], asked["waiting_active"]) == (True, 1)
    await ann.refused(403, "forbidden", "recertification_list", **at)
    await learn(ann, course)
    await pull(ann, at)
    withdrawn = {"reason": "It was a small change."}
    await ann.refused(403, "forbidden", "recertification_withdraw", withdrawn, version=1, **at)
    await admin.do("recertification_withdraw", withdrawn, version=1, **at)
    await admin.refused(404, "not_found", "recertification_withdraw", withdrawn, version=1, **at)
    assert (await admin.do("recertification_list", **at))["data"] == []


async def test_a_skill_names_the_course_for_who_falls(admin: Speaker) -> None:
    at = await project(admin)
    about = {"skill": await skill(admin, at)}
    ann, ann_id = await person(admin, "ann")
    course = await quiz(admin)
    given = {"course": course, "below": 0.8}
    await ann.refused(403, "forbidden", "skill_retraining_update", given, **about)
    assert await admin.do("skill_retraining_update", given, **about) == about | given
    assert await admin.do("skill_retraining_get", **about) == about | given
    await admin.refused(422, "course_unknown", "skill_retraining_update", given | {"course": ann_id}, **about)
    assert (await ann.do("annotator_training", annotator=ann_id))["retraining"] == []
    assert (await ann.do("feedback_get", annotator=ann_id))["retraining"] == []
    await ann.do("course_attempt", answered(), course=course)
