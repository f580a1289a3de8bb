"""Recertified in a test: a guideline that asks to be learnt anew; a skill with a course for who falls in it."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from backend.events.store.database import transaction
from backend.usecases.proficiency import records, retraining
from backend.usecases.projects import guidelines, recertifying
from backend.usecases.training.curriculum import courses_lapse
from backend.usecases.work import Caller
from tests.support.evidenced import gold_scored, tell
from tests.support.school import attempt, examine, publish, said
from tests.support.skilled import define
from tests.support.world import DAY, World


async def in_days(world: World, days: float) -> datetime:
    """A moment from now."""
    async with transaction(world.perform.pool, world.tenant) as conn:
        return await world.clock.now(conn) + timedelta(days=days)


async def write(world: World, project: UUID, text: str, **recertify: Any) -> dict[str, Any]:
    """The next version of the guideline, which asks for this."""
    asked = recertify or None
    return await world.act(guidelines.guideline_publish, project=project, text=text, recertify=asked)


async def read(world: World, who: Caller, project: UUID, version: int) -> None:
    """Acknowledge a version."""
    await world.act(guidelines.guideline_acknowledge, who, project=project, version=version)


async def pass_time(world: World, days: float = 1) -> None:
    """Let time pass, and do what was announced for then."""
    world.clock.moved += DAY * days
    await world.decide()


async def pass_exam(world: World, who: Caller, exam: dict[str, Any]) -> dict[str, Any]:
    """Answer an exam as is right."""
    answers = tuple({"question": gold, "answer": truth} for gold, truth in exam["gold"].items())
    return await attempt(world, who, exam["id"], answers)


async def codes(world: World, who: Caller, project: UUID) -> list[str]:
    """What a pull says: work (which is kept), or the codes of the reasons."""
    pulled = await world.pull(who, project)
    return ["work"] if pulled["leases"] else [one["code"] for one in pulled["reasons"]]


async def rule(world: World, skill: UUID, course: UUID | None, below: float = 0.0) -> dict[str, Any]:
    """Which course is for who falls in a skill."""
    said_now = {"skill": skill, "course": course, "below": below}
    return await world.act(retraining.skill_retraining_update, **said_now)


async def judged(world: World, who: Caller, skill: UUID, answers: list[bool], floor_ppm: int = 0) -> None:
    """This much gold was answered, and the record is looked at."""
    await tell(world, *gold_scored(who.subject.id, skill, answers))
    await world.follow()
    told = {"annotator": who.subject.id, "skill": skill, "floor_ppm": floor_ppm}
    await world.system(records.skill_review, **told)


async def lived(world: World, here: str = "") -> None:
    """Asked with a deadline, passed by the course and by an exam, asked on other terms, lapsed and withdrawn; fallen,
    taught, fallen again and recovered; closed by a rule."""
    project = await world.project(f"{here}herons")
    ann, ben = await world.invite(f"{here}heron ann"), await world.invite(f"{here}heron ben")
    exam = await examine(world, project, {f"{here}h{n}": "a" for n in range(3)}, valid_days=3)
    delta = await publish(world, title="What is new", valid_days=1)
    await write(world, project, "one")
    await read(world, ann, project, 1)
    await write(world, project, "two", course=delta["id"], by=await in_days(world, 1))
    await attempt(world, ann, delta["id"], said("q"))
    await pass_exam(world, ben, exam)
    await write(world, project, "two", course=delta["id"], by=await in_days(world, 2))
    await pass_time(world, 2)
    await world.system(courses_lapse, most=10)
    await write(world, project, "three", course=delta["id"])
    await world.act(recertifying.recertification_withdraw, project=project, version=2, reason="a mistake")
    skill, quiz = await define(world, f"{here}herons by night"), await publish(world, title="Look again")
    await rule(world, skill, quiz["id"], 0.9)
    for answers in ([True] * 10, [False] * 10):
        await judged(world, ann, skill, answers)
    await attempt(world, ann, quiz["id"], said("q"))
    await rule(world, skill, quiz["id"], 0.5)
    await judged(world, ann, skill, [False] * 10)
    for _ in range(6):
        await judged(world, ann, skill, [True] * 10)
    await judged(world, ben, skill, [False] * 20, floor_ppm=700_000)
    # Nothing is left to lapse for whoever lives later.
    await pass_time(world, 4)
    await world.system(courses_lapse, most=100)
