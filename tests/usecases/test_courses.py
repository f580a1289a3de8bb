"""Courses in modules: their order, hints and explanations, prerequisites, attempts, and who is told to take one."""

from datetime import timedelta
from uuid import uuid4

from backend.usecases.training import curriculum, training
from tests.support.refused import refused
from tests.support.school import MODULES, attempt, publish, question, said
from tests.support.world import World


async def test_modules_are_taken_in_order_and_the_last_one_passes_the_course(world: World) -> None:
    made = await publish(world, modules=MODULES)
    project = await world.project(courses=(made["id"],))
    await world.items(project, "a")
    ann = await world.invite("ann")
    with refused("module_required", "invalid"):
        await attempt(world, ann, made["id"])
    with refused("module_unknown", "invalid"):
        await attempt(world, ann, made["id"], module="dance")
    with refused("module_locked", "conflict") as caught:
        await attempt(world, ann, made["id"], said("q1", "q2"), module="quiz")
    assert caught.value.extra == {"before": "read"}
    read = await attempt(world, ann, made["id"], module="read")
    assert (read["passed"], read["course_passed"], read["next_module"]) == (True, False, "try")
    await attempt(world, ann, made["id"], said("p1"), module="try")
    progress = (await world.act(training.course_get, ann, course=made["id"]))["progress"]
    assert (progress["modules_done"], progress["next_module"]) == (["read", "try"], "quiz")
    done = await attempt(world, ann, made["id"], said("q1", "q2"), module="quiz")
    assert (done["passed"], done["course_passed"], done["next_module"]) == (True, True, None)
    assert len((await world.pull(ann, project))["leases"]) == 1
    progress = (await world.act(training.course_get, ann, course=made["id"]))["progress"]
    assert progress["passed"] and progress["modules_done"] == ["read", "try", "quiz"]


async def test_hints_are_shown_before_and_explanations_after_practice_only(world: World) -> None:
    made = await publish(world, modules=MODULES)
    ann = await world.invite("ann")
    shown = await world.act(training.course_get, ann, course=made["id"])
    assert [one["id"] for one in shown["modules"]] == ["read", "try", "quiz"]
    assert shown["modules"][1]["questions"] == [{"id": "p1", "prompt": "p1?", "hint": "Look at the beak."}]
    assert shown["modules"][2]["questions"] == [{"id": name, "prompt": f"{name}?"} for name in ("q1", "q2")]
    await attempt(world, ann, made["id"], module="read")
    for _ in range(3):
        wrong = await attempt(world, ann, made["id"], said("p1", answer="no"), module="try")
        assert not wrong["passed"]
        (result,) = wrong["results"]
        assert (result["correct"], result["answer"], result["explanation"]) == (
            False,
            "yes",
            "It has a beak.",
        )
    await attempt(world, ann, made["id"], said("p1"), module="try")
    assert (await attempt(world, ann, made["id"], said("q1"), module="quiz"))["results"] is None


async def test_prerequisites_are_passed_before_and_never_form_a_circle(world: World) -> None:
    first = await publish(world)
    second = await publish(world, prerequisites=(first["id"],))
    ann = await world.invite("ann")
    progress = (await world.act(training.course_get, ann, course=second["id"]))["progress"]
    assert progress["prerequisites_missing"] == (first["id"],)
    with refused("prerequisite_missing", "conflict") as caught:
        await attempt(world, ann, second["id"], said("q"))
    assert caught.value.extra["course"] == str(first["id"])
    await attempt(world, ann, first["id"], said("q"))
    assert (await attempt(world, ann, second["id"], said("q")))["passed"]
    with refused("prerequisite_cycle", "invalid"):
        await publish(world, course=first["id"], prerequisites=(second["id"],))
    with refused("course_unknown", "invalid"):
        await publish(world, prerequisites=(uuid4(),))


async def test_failed_thrice_is_exhausted_until_a_manager_allows_one_more(world: World) -> None:
    made = await publish(world, attempts_max=3)
    project = await world.project(courses=(made["id"],))
    await world.items(project, "a")
    ann = await world.invite("ann")
    left = [(await attempt(world, ann, made["id"], said("q", answer="no")))["attempts_left"] for _ in "123"]
    assert left == [2, 1, 0]
    with refused("attempts_exhausted", "conflict"):
        await attempt(world, ann, made["id"], said("q"))
    assert not (await world.pull(ann, project))["leases"]
    allowed = {"course": made["id"], "annotator": ann.subject.id, "more": 1, "reason": "Was ill."}
    await world.act(curriculum.course_attempts_allow, **allowed)
    with refused("attempts_left", "conflict"):
        await world.act(curriculum.course_attempts_allow, **allowed)
    assert (await attempt(world, ann, made["id"], said("q")))["passed"]
    assert len((await world.pull(ann, project))["leases"]) == 1


async def test_a_failed_quiz_waits_for_its_delay(world: World) -> None:
    made = await publish(world, retry_minutes=60)
    ann = await world.invite("ann")
    failed = await attempt(world, ann, made["id"], said("q", answer="no"))
    with refused("retry_later", "conflict") as caught:
        await attempt(world, ann, made["id"], said("q"))
    assert caught.value.extra["retry_at"] == failed["retry_at"].isoformat()
    assert 3500 < caught.value.extra["retry_after_s"] <= 3600
    progress = (await world.act(training.course_get, ann, course=made["id"]))["progress"]
    assert progress["retry_at"] == failed["retry_at"]
    world.clock.moved += timedelta(minutes=60)
    assert (await attempt(world, ann, made["id"], said("q")))["passed"]


async def test_modules_or_own_questions_and_each_question_once(world: World) -> None:
    for wrong in (
        {"modules": MODULES, "questions": (question("q"),)},
        {"questions": (question("q"), question("q"))},
        {"modules": (MODULES[0], MODULES[0])},
        {"modules": ({"id": "m", "kind": "quiz", "title": "Nothing asked"},)},
        {"sample": 3},
    ):
        with refused("course_invalid", "invalid"):
            await publish(world, **wrong)


async def test_a_manager_assigns_a_course_and_the_person_sees_why(world: World) -> None:
    made = await publish(world)
    ann, ben = await world.invite("ann"), await world.invite("ben")
    await attempt(world, ben, made["id"], said("q"))
    who = (ann.subject.id, ben.subject.id)
    told = await world.act(curriculum.course_assign, course=made["id"], annotators=who)
    assert (told["assigned"], told["unchanged"]) == (1, 1)
    (mine,) = (await world.act(curriculum.annotator_training, ann, annotator=who[0]))["courses"]
    assert (mine["state"], mine["because"], mine["title"]) == ("assigned", "manager", "Birds")
    await attempt(world, ann, made["id"], said("q"))
    (mine,) = (await world.act(curriculum.annotator_training, annotator=who[0]))["courses"]
    assert (mine["state"], mine["because"], mine["attempts"]) == ("passed", None, 1)
    with refused("forbidden"):
        await world.act(curriculum.annotator_training, ann, annotator=who[1])
    with refused("not_found"):
        await world.act(curriculum.course_assign, course=made["id"], annotators=(uuid4(),))


async def test_courses_are_listed_page_by_page_without_what_they_say(world: World) -> None:
    made = [await publish(world), await publish(world, modules=MODULES, skill=None)]
    one = await world.act(curriculum.course_list, cursor=None, limit=1)
    two = await world.act(curriculum.course_list, cursor=one["next_cursor"], limit=1)
    shown = one["data"] + two["data"]
    assert [row["id"] for row in shown] == sorted(row["id"] for row in made)
    assert {row["kind"] for row in shown} == {"quiz", "modules"} and two["next_cursor"] is None
    assert not {"content", "questions"} & set(shown[0])


async def test_content_that_was_passed_is_sealed_in_every_event(world: World) -> None:
    made = await publish(
        world, modules=({"id": "m", "kind": "content", "title": "t", "content": "Feathers."},)
    )
    await attempt(world, await world.invite("ann"), made["id"], module="m")
    bodies = [bytes(row["body"]) for row in await world.rows("SELECT body FROM event WHERE tenant = $1")]
    assert bodies and not [body for body in bodies if b"Feathers" in body]
