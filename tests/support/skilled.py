"""People with skills: short ways to grant, to ask for a level, to gather a record, and to read why not."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from backend.events import proficiency as scores
from backend.events.store.database import transaction
from backend.usecases.insight import explaining
from backend.usecases.proficiency import skills
from backend.usecases.proficiency.priors import priors_fit
from backend.usecases.proficiency.records import skill_review
from backend.usecases.projects import intake, projects
from backend.usecases.work import Caller
from tests.support.evidenced import adjudicated, corrected, gold_scored, scored, tell
from tests.support.world import World

LIGHTER = {"exam": 0.25, "import": 0.125, "review": 0.5}


async def skill_of(world: World, project: UUID) -> UUID:
    """The skill of a project."""
    return UUID(str((await world.act(projects.project_get, project=project))["skill"]["id"]))


async def define(world: World, name: str, kind: str = "domain") -> UUID:
    """A skill of the catalogue."""
    return UUID(str((await world.act(skills.skill_define, name=name, kind=kind))["id"]))


async def grant(
    world: World, who: Caller, skill: UUID, level: int = 1, until: datetime | None = None
) -> dict[str, Any]:
    """A manager's word for a level."""
    said = {"skill": skill, "level": level, "until": until, "reason": "known from before"}
    return await world.act(skills.skill_grant, annotator=who.subject.id, **said)


async def ask(world: World, project: UUID, **conditions: Any) -> dict[str, Any]:
    """Ask for conditions alone: all_, any_ and none."""
    named = {name.rstrip("_"): said for name, said in conditions.items()}
    gates = {"agreements": (), "courses": (), "conditions": named}
    return await world.act(projects.project_requirements_update, project=project, **gates)


async def gold(world: World, project: UUID, n: int) -> None:
    """So many gold items whose right answer is yes."""
    added = tuple({"external_key": f"g{k}", "payload": {"task": f"g{k}"}, "truth": "yes"} for k in range(n))
    await world.act(intake.gold_add, project=project, gold=added, exam_only=False)


async def answer_gold(world: World, who: Caller, project: UUID, *answers: str) -> None:
    """Answer so many gold items, and let what they say of the person sink in."""
    for said in answers:
        (lease,) = (await world.pull(who, project))["leases"]
        assert lease["payload"]["task"].startswith("g"), "gold is dealt first"
        await world.submit(who, lease["id"], said)
    await settle(world)


async def settle(world: World) -> None:
    """Fold the evidence, then run what was announced."""
    await world.follow()
    await world.decide()


async def held(world: World, who: Caller, skill: UUID, reader: Caller | None = None) -> dict[str, Any]:
    """What a person holds in a skill, as somebody reads it."""
    body = await world.act(skills.annotator_skills, reader, annotator=who.subject.id)
    return next(one for one in body["skills"] if one["skill"] == skill)


async def explained(
    world: World, who: Caller, reader: Caller | None = None, **about: UUID
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The whole answer, and its first failing condition (empty when all pass)."""
    said = {"project": None, "task": None} | about
    body = await world.act(explaining.annotator_eligibility, reader, annotator=who.subject.id, **said)
    return body, next((one for one in body["conditions"] if not one["passed"]), {})


async def lived(world: World, here: str = "") -> None:
    """All that can happen to skills: given and taken, imported, ended, closed by the record, opened, closed again."""
    project = await world.project(f"{here}owls", plan={"gold_share": 1.0})
    ann, eve = await world.invite(f"{here}skilled"), await world.invite(f"{here}gone")
    skill, german = await skill_of(world, project), await define(world, f"{here}German", "language")
    await world.items(project, *(f"{here}owl {n}" for n in range(25)))
    await gold(world, project, 20)
    await world.act(skills.skill_weights_update, skill=german, weights=LIGHTER)
    await grant(world, ann, german, 3)
    await grant(world, ann, german, 2)
    await grant(world, ann, skill, 1, await _in_days(world, 1))
    await ask(world, project, any_=[[{"skill": german, "level_min": 2}, {"skill": skill}]])
    score = {"annotator": ann.subject.id, "skill": skill, "correct": 30, "total": 40, "system": "old"}
    for more in (0, 1):
        await world.act(skills.score_import, scores=(score | {"total": 40 + more},))
    await answer_gold(world, ann, project, *["no"] * 10)
    said = {"annotator": ann.subject.id, "skill": skill, "reason": "the gold was wrong"}
    await world.act(skills.skill_reopen, **said)
    await answer_gold(world, ann, project, *["no"] * 10)
    await evidence_lived(world, here)
    world.clock.moved += timedelta(days=1)
    assert (await world.system(priors_fit, most=10))["fitted"] >= 2
    assert (await world.system(skills.skills_lapse, most=10))["expired"] == 1
    await grant(world, eve, german)
    about = {"annotator": eve.subject.id, "skill": german, "source": None, "reason": "a mistake"}
    await world.act(skills.skill_withdraw, **about)


async def evidence_lived(world: World, here: str) -> None:
    """Evidence of every kind: somebody falls and is stopped for it, answers weigh nothing for a while, disputes are
    won, an expert has decided."""
    ann, skill = (await world.invite(f"{here}falling")).subject.id, await define(world, f"{here}moths")
    fallen = [True] * 40 + [n % 3 != 0 for n in range(45)]
    await tell(world, *gold_scored(ann, skill, fallen[:-1]), last := scored(ann, skill, False, "a", "b"))
    await tell(world, adjudicated(ann, skill, True))
    await world.follow()
    told = {"annotator": ann, "skill": skill, "floor_ppm": 700_000}
    assert (await world.system(skill_review, **told))["closed"]
    since = await _in_days(world, -1)
    flags: list[dict[str, Any]] = [{"annotator": ann, "skill": skill, "flag": uuid4()} for _ in range(2)]
    await tell(world, *(scores.AnswersDiscounted(**flag, since=since) for flag in flags))
    await tell(world, scores.AnswersRestored(**flags[0]), corrected(last, True))
    await world.follow()


async def _in_days(world: World, days: float) -> datetime:
    async with transaction(world.perform.pool, world.tenant) as conn:
        return await world.clock.now(conn) + timedelta(days=days)
