"""Courses over HTTP: failed thrice, allowed once more; modules in order; a timed exam; training for a new guideline."""

from tests.api.people import (
    QUESTION,
    answered,
    codes,
    learn,
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


async def test_who_failed_thrice_is_allowed_one_more_attempt_and_passes(world: World, admin: Speaker) -> None:
    course = await quiz(admin, attempts_max=3, retry_minutes=10)
    at = await project(admin, "a", courses=[course])
    ann, ann_id = await person(admin, "ann")
    about = {"course": course}
    more = {"annotator": ann_id, "more": 1, "reason": "she was ill"}
    for left in (2, 1, 0):
        await admin.refused(409, "attempts_left", "course_attempts_allow", more, **about)
        failed = await learn(ann, course, "wrong")
        assert (failed["passed"], failed["attempts_left"], bool(failed["retry_at"])) == (False, left, True)
        code = "retry_later" if left else "attempts_exhausted"
        told = await ann.refused(409, code, "course_attempt", answered(), **about)
        assert not left or 0 < told["retry_after_s"] <= 600
        pass_time(world, minutes=10)
    await ann.refused(409, "attempts_exhausted", "course_attempt", answered(), **about)
    assert await codes(ann, at) == ["training_required"]
    await ann.refused(403, "forbidden", "course_attempts_allow", more, **about)

    await admin.do("course_attempts_allow", more, **about)
    assert (await ann.do("course_get", **about))["progress"]["attempts_left"] == 1
    passed = await learn(ann, course)
    assert (passed["passed"], passed["course_passed"]) == (True, True)
    await pull(ann, at)
    (stands,) = (await admin.do("annotator_training", annotator=ann_id))["courses"]
    assert (stands["state"], stands["attempts"], stands["passed_version"]) == ("passed", 4, 1)


async def test_modules_are_taken_in_order_and_prerequisites_first(admin: Speaker) -> None:
    basics = await quiz(admin)
    tried = QUESTION | {"id": "q1", "hint": "Count.", "explanation": "Two and two."}
    modules = [
        {"id": "read", "kind": "content", "title": "Read", "content": "Feathers."},
        {"id": "try", "kind": "practice", "title": "Try", "questions": [tried]},
        {"id": "show", "kind": "quiz", "title": "Show", "questions": [QUESTION]},
    ]
    said = {"title": "Birds", "content": None, "modules": modules, "prerequisites": [basics], "pass_mark": 1}
    course = (await admin.do("course_publish", said))["id"]
    about = {"course": course}
    ann, ann_id = await person(admin, "ann")
    assigned = await admin.do("course_assign", {"annotators": [ann_id]}, **about)
    assert (assigned["assigned"], assigned["unchanged"]) == (1, 0)
    read = {"version": 1, "module": "read"}
    await ann.refused(409, "prerequisite_missing", "course_attempt", read, **about)
    await learn(ann, basics)
    await ann.refused(422, "module_required", "course_attempt", answered(), **about)
    locked = await ann.refused(
        409, "module_locked", "course_attempt", answered() | {"module": "show"}, **about
    )
    assert locked["before"] == "read"
    assert (await ann.do("course_attempt", read, **about))["next_module"] == "try"
    wrong = await ann.do("course_attempt", answered(how="wrong") | {"module": "try"}, **about)
    (result,) = wrong["results"]
    assert (result["correct"], result["answer"], result["explanation"]) == (False, 4, "Two and two.")
    await ann.do("course_attempt", answered() | {"module": "try"}, **about)
    done = await ann.do("course_attempt", answered() | {"module": "show"}, **about)
    assert (done["course_passed"], done["next_module"], done["results"]) == (True, None, None)
    kinds = {one["id"]: one["kind"] for one in (await ann.do("course_list"))["data"]}
    assert kinds == {basics: "quiz", course: "modules"}


async def test_an_exam_that_is_begun_draws_its_gold_and_ends_by_time(world: World, admin: Speaker) -> None:
    at = await project(admin, "a")
    gold = [{"external_key": f"g{n}", "payload": n, "truth": "cat"} for n in range(4)]
    made = (await admin.do("gold_add", {"gold": gold, "exam_only": True}, **at))["gold"]
    rules = {"minutes_max": 5, "sample": 2, "skill": await skill(admin, at), "pass_mark": 1}
    said = {"title": "Exam", "content": None, "gold": [one["id"] for one in made]} | rules
    about = {"course": (await admin.do("course_publish", said))["id"]}
    ann, _ = await person(admin, "ann")
    assert (await ann.do("course_get", **about))["questions"] == []
    await ann.refused(409, "attempt_not_begun", "course_attempt", {"version": 1}, **about)
    begun = await ann.do("course_attempt_begin", **about)
    assert (begun["question_count"], len(begun["questions"])) == (2, 2)
    assert (await ann.do("course_attempt_begin", **about))["attempt"] == begun["attempt"]
    answers = [{"question": one["id"], "answer": "cat"} for one in begun["questions"]]
    pass_time(world, minutes=6)
    late = {"version": 1, "answers": answers}
    await ann.refused(409, "exam_time_over", "course_attempt", late, **about)
    second = await ann.do("course_attempt_begin", **about)
    assert second["attempt"] != begun["attempt"]
    answers = [{"question": one["id"], "answer": "cat"} for one in second["questions"]]
    assert (await ann.do("course_attempt", {"version": 1, "answers": answers}, **about))["passed"]


async def test_an_exam_that_nobody_ended_is_closed_by_the_sweep(world: World, admin: Speaker) -> None:
    at = await project(admin, "a")
    gold = [{"external_key": "g", "payload": 1, "truth": "cat"}]
    (made,) = (await admin.do("gold_add", {"gold": gold, "exam_only": True}, **at))["gold"]
    said = {"title": "Exam", "content": None, "gold": [made["id"]], "minutes_max": 5, "pass_mark": 1}
    course = await admin.do("course_publish", said | {"skill": await skill(admin, at)})
    ann, ann_id = await person(admin, "ann")
    await ann.do("course_attempt_begin", course=course["id"])
    pass_time(world, minutes=6)
    assert await sweep(world) == {"exams_close": 1}
    assert await sweep(world) == {}
    (stands,) = (await admin.do("annotator_training", annotator=ann_id))["courses"]
    assert (stands["state"], stands["attempts"]) == ("begun", 1)


async def test_a_new_guideline_brings_its_training_to_those_who_knew_the_old_one(admin: Speaker) -> None:
    at = await project(admin, "a")
    (ann, ann_id), (ben, ben_id) = await person(admin, "ann"), await person(admin, "ben")
    await admin.do("guideline_publish", {"text": "Look.\nAnswer.\n"}, **at)
    await ann.do("guideline_acknowledge", version=1, **at)
    lease = await pull(ann, at)
    assert lease["guideline_version"] == 1
    await ann.do("lease_release", lease=lease["id"])

    delta = await quiz(admin, "What is new")
    news = {"text": "Look twice.\nAnswer.\n", "delta_course": delta}
    assert (await admin.do("guideline_publish", news, **at))["assigned"] == 1
    assert await codes(ann, at) == ["guideline_required"]
    for annotator, because in ((ann_id, ["guideline"]), (ben_id, [])):
        courses = (await admin.do("annotator_training", annotator=annotator))["courses"]
        assert [one["because"] for one in courses] == because
    told = await admin.do("guideline_diff", **at)
    assert (told["before"], told["after"], told["added"], told["removed"]) == (1, 2, 1, 1)
    assert (await ann.do("guideline_get", query={"version": 1}, **at))["text"].startswith("Look.")
    refused = await ann.refused(409, "training_required", "guideline_acknowledge", version=2, **at)
    assert refused["course"] == delta
    await learn(ann, delta)
    for who in (ann, ben):
        await who.do("guideline_acknowledge", version=2, **at)
    shares = await admin.do("guideline_acknowledgements", **at)
    assert (shares["people"], shares["acknowledged"], shares["share"], shares["missing"]) == (2, 2, 1.0, [])
    versions = (await admin.do("guideline_list", **at))["data"]
    assert [(one["version"], one["acknowledged"]) for one in versions] == [(2, 2), (1, 1)]
    assert (await pull(ann, at))["guideline_version"] == 2
