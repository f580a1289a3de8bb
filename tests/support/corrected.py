"""Corrections in tests: somebody whose skill a rule has closed has the errors looked at again."""

from typing import Any
from uuid import UUID

from backend.usecases.proficiency import skills
from backend.usecases.work import Caller
from tests.support.disputed import dispute, judge, leases, resolve
from tests.support.skilled import answer_gold, gold, settle, skill_of
from tests.support.world import World

WRONG = 6


async def stopped(world: World, who: Caller, rev: Caller, here: str = "") -> tuple[UUID, UUID, list[UUID]]:
    """Somebody who is wrong six times in nine gold items and right once in review, and so loses the skill of the
    project: the project, the skill, and the leases of the errors."""
    plan = {"gold_share": 1.0, "review_rate": 1.0, "live_floor": 0.7}
    project = await world.project(f"{here}wrens", plan=plan)
    await world.items(project, f"{here}w")
    await world.work(who, project, "said")
    await gold(world, project, 9)
    await world.items(project, f"{here}x")
    await answer_gold(world, who, project, *["yes"] * (9 - WRONG), *["no"] * WRONG)
    await judge(world, rev, project, "accept")
    return project, await skill_of(world, project), (await leases(world, who))[-WRONG:]


async def win(world: World, who: Caller, arbiter: Caller, errors: list[UUID], outcome: str) -> None:
    """Dispute these and win, one after the other; what follows is done."""
    for lease in errors:
        await resolve(world, arbiter, await dispute(world, who, lease), outcome)
        await settle(world)
        await settle(world)


async def closed(world: World, who: Caller, skill: UUID) -> bool:
    """Whether a rule has closed this skill for them."""
    body = await world.act(skills.annotator_skills, annotator=who.subject.id)
    return any(one["skill"] == skill and one["closed"] for one in body["skills"])


async def lived(world: World, here: str = "") -> None:
    """A closing is undone because the errors were none."""
    who, rev = (
        await world.invite(f"{here}wren-worker"),
        await world.invite(f"{here}wren-reviewer", "reviewer"),
    )
    eve = await world.invite(f"{here}wren-arbiter", "reviewer")
    _, _, errors = await stopped(world, who, rev, here)
    await win(world, who, eve, errors[:1], "void")
    await win(world, who, eve, errors[1:], "reversed")


async def facts(world: World, name: str) -> list[Any]:
    """The events of this name, oldest first."""
    return [one.event for one in await world.facts(name)]
