"""A fall in a skill assigns training, once, with its evidence, and asks nothing else."""

from uuid import UUID

from backend.usecases.proficiency import feedback, retraining, skills
from backend.usecases.training import curriculum
from backend.usecases.work import Caller
from tests.support.recertified import judged, rule
from tests.support.refused import refused
from tests.support.school import MODULES, attempt, examine, publish, said
from tests.support.skilled import define
from tests.support.world import World

GOOD, BAD = [True] * 10, [False] * 10


async def standing(world: World, who: Caller, reader: Caller | None = None) -> tuple[str, str | None, int]:
    """How the person stands in the only course: state, why it was assigned, and how many falls are open."""
    told = await world.act(curriculum.annotator_training, reader, annotator=who.subject.id)
    (one,) = told["courses"]
    return one["state"], one["because"], len(told["retraining"])


async def begun(world: World) -> list[tuple[str, int]]:
    """Why and on how much evidence somebody was assigned a course, oldest first."""
    return [(fact.event.why, fact.event.total) for fact in await world.facts("retraining.begun")]


async def test_who_falls_below_what_the_skill_asks_is_assigned_the_course_once(world: World) -> None:
    ann, skill = await world.invite("ann"), await define(world, "birds")
    quiz = await publish(world)
    assert await rule(world, skill, quiz["id"], 0.7) == {"skill": skill, "course": quiz["id"], "below": 0.7}
    await attempt(world, ann, quiz["id"], said("q"))
    await judged(world, ann, skill, GOOD * 2)
    assert await begun(world) == []
    await judged(world, ann, skill, BAD)
    assert await begun(world) == [("below", 30)]
    await judged(world, ann, skill, BAD)
    assert len(await begun(world)) == 1, "once per episode"
    assert await standing(world, ann) == ("assigned", "proficiency", 1)

    (of_manager,) = (await world.act(curriculum.annotator_training, annotator=ann.subject.id))["retraining"]
    assert of_manager["evidence"]["correct"] == 20 and of_manager["evidence"]["lower"] < 0.7
    (own,) = (await world.act(feedback.feedback_get, ann, annotator=ann.subject.id))["retraining"]
    assert (own["course"], own["skill"], own["why"], own["evidence"]) == (quiz["id"], skill, "below", None)
    held = (await world.act(skills.annotator_skills, annotator=ann.subject.id))["skills"]
    assert not any(one["closed"] for one in held), "no punishment"

    assert (await attempt(world, ann, quiz["id"], said("q")))["passed"], "what was passed is taken again"
    assert await standing(world, ann) == ("passed", None, 0)
    await judged(world, ann, skill, BAD[:9])
    assert len(await begun(world)) == 1, "evidence from before the course asks for nothing more"
    await judged(world, ann, skill, BAD)
    assert [why for why, _ in await begun(world)] == ["below", "below"]


async def test_who_recovers_and_falls_again_is_assigned_anew_without_being_told_twice(world: World) -> None:
    ann, skill = await world.invite("ann"), await define(world, "birds")
    quiz = await publish(world)
    await rule(world, skill, quiz["id"], 0.4)
    await judged(world, ann, skill, BAD)
    for _ in range(4):
        await judged(world, ann, skill, GOOD)
    (ended,) = [fact.event for fact in await world.facts("retraining.ended")]
    assert ended.why == "recovered"
    assert await standing(world, ann) == ("assigned", "proficiency", 0), "it was not passed"
    for _ in range(6):
        await judged(world, ann, skill, BAD)
    assert [why for why, _ in await begun(world)] == ["below", "below"]
    assert len(await world.facts("course.assigned")) == 1


async def test_a_closed_skill_assigns_the_course_and_stays_closed_when_it_is_passed(world: World) -> None:
    ann, skill = await world.invite("ann"), await define(world, "birds")
    course = await publish(world, modules=MODULES)
    await rule(world, skill, course["id"])
    await judged(world, ann, skill, GOOD + BAD, floor_ppm=0)
    assert await begun(world) == []
    await judged(world, ann, skill, BAD * 2, floor_ppm=700_000)
    assert [why for why, _ in await begun(world)] == ["closed"]
    for module, answers in (("read", ()), ("try", said("p1")), ("quiz", said("q1", "q2"))):
        await attempt(world, ann, course["id"], answers, module=module)
    assert [fact.event.why for fact in await world.facts("retraining.ended")] == ["passed"]
    (held,) = (await world.act(skills.annotator_skills, annotator=ann.subject.id))["skills"]
    assert held["closed"], "a person opens it again"


async def test_no_rule_no_training_and_an_exam_is_none(world: World) -> None:
    project, ann = await world.project(), await world.invite("ann")
    exam = await examine(world, project, {"e": "a"})
    skill = UUID(str(exam["skill"]))
    with refused("retraining_invalid", "invalid"):
        await rule(world, skill, exam["id"], 0.9)
    with refused("course_unknown", "invalid"):
        await rule(world, skill, UUID(int=1))
    quiz = await publish(world)
    await rule(world, skill, quiz["id"], 0.9)
    await rule(world, skill, None)
    shown = await world.act(retraining.skill_retraining_get, skill=skill)
    assert (shown["course"], shown["below"]) == (None, 0.0)
    await judged(world, ann, skill, BAD)
    assert await begun(world) == []
