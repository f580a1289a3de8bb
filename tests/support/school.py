"""Short ways to publish and take courses in a test's world."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from backend.usecases.projects import guidelines, intake, projects
from backend.usecases.training import curriculum, examining, training
from backend.usecases.work import Caller
from tests.support.world import World


def question(name: str, **more: Any) -> dict[str, Any]:
    """A question whose right answer is "yes"."""
    return {"id": name, "prompt": f"{name}?", "answer": "yes"} | more


def said(*names: str, answer: str = "yes") -> tuple[dict[str, Any], ...]:
    """The same answer to each of these questions."""
    return tuple({"question": name, "answer": answer} for name in names)


MODULES: tuple[dict[str, Any], ...] = (
    {"id": "read", "kind": "content", "title": "What a bird is", "content": "Feathers."},
    {
        "id": "try",
        "kind": "practice",
        "title": "Try it",
        "questions": [question("p1", hint="Look at the beak.", explanation="It has a beak.")],
    },
    {
        "id": "quiz",
        "kind": "quiz",
        "title": "Show it",
        "questions": [question("q1"), question("q2")],
        "pass_mark": 1.0,
    },
)


async def publish(world: World, **more: Any) -> dict[str, Any]:
    """A course of one question "q" with the mark 1; anything may be said otherwise."""
    asked: dict[str, Any] = {"title": "Birds", "content": "Read.", "gold": (), "skill": None, "course": None}
    own = {} if "modules" in more or "gold" in more else {"questions": (question("q"),)}
    return await world.act(
        training.course_publish, **(asked | {"questions": (), "pass_mark": 1.0} | own | more)
    )


async def attempt(
    world: World, who: Caller, course: Any, answers: tuple[dict[str, Any], ...] = (), **more: Any
) -> dict[str, Any]:
    """Attempt the course's first version, or as said."""
    given = {"course": course, "version": 1, "answers": answers} | more
    return await world.act(training.course_attempt, who, **given)


async def skill_of(world: World, project: UUID) -> UUID:
    """The skill that a project's work is about."""
    return UUID(str((await world.act(projects.project_get, project=project))["skill"]["id"]))


async def examine(world: World, project: UUID, truths: dict[str, Any], **rules: Any) -> dict[str, Any]:
    """An exam over new exam-only gold with these truths: external key -> truth. Adds `gold`: id -> truth."""
    gold = tuple({"external_key": k, "payload": {"task": k}, "truth": v} for k, v in truths.items())
    made = (await world.act(intake.gold_add, project=project, gold=gold, exam_only=True))["gold"]
    skill = await skill_of(world, project)
    given = {"pass_mark": 1.0} | rules
    course = await publish(world, gold=tuple(one["id"] for one in made), skill=skill, **given)
    return course | {"gold": {str(one["id"]): truths[one["external_key"]] for one in made}, "skill": skill}


async def train(world: World, here: str = "") -> None:
    """Everything that can happen in training, folded or not: assigned, read, begun, failed, allowed, passed, lapsed."""
    ann = await world.invite(f"{here}pupil")
    project = await world.project(f"{here}school")
    course = await publish(world, modules=MODULES, valid_days=1, attempts_max=1)
    who = ann.subject.id
    await world.act(curriculum.course_assign, course=course["id"], annotators=(who,))
    await attempt(world, ann, course["id"], module="read")
    await attempt(world, ann, course["id"], said("p1"), module="try")
    await attempt(world, ann, course["id"], said("q1"), module="quiz")
    allowed = {"course": course["id"], "annotator": who, "more": 1, "reason": "Tired."}
    await world.act(curriculum.course_attempts_allow, **allowed)
    await attempt(world, ann, course["id"], said("q1", "q2"), module="quiz")
    exam = await examine(
        world, project, {f"{here}t{n}": "ab"[n % 2] for n in range(6)}, sample=2, minutes_max=5, valid_days=1
    )
    for answered in (0, 2):
        begun = await world.act(examining.course_attempt_begin, ann, course=exam["id"])
        right = tuple({"question": q["id"], "answer": exam["gold"][q["id"]]} for q in begun["questions"])
        await attempt(world, ann, exam["id"], right[:answered])
    await world.act(guidelines.guideline_publish, project=project, text="one")
    await world.act(guidelines.guideline_acknowledge, ann, project=project, version=1)
    await world.act(
        guidelines.guideline_publish, project=project, text="two", delta_course=(await publish(world))["id"]
    )
    world.clock.moved += timedelta(days=1)
    await world.system(curriculum.courses_lapse, most=10)
    await world.act(examining.course_attempt_begin, ann, course=exam["id"])
