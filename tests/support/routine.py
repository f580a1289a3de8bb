"""Routines in a test: asked some days ago, so that periods are over without waiting, and judged."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from backend.domain.projects.routine import ROUTINES, SetRoutine
from backend.events.ids import ProjectId
from backend.events.routines import Rule
from backend.usecases.quality import routine_judging, routines
from backend.usecases.quality.routine_judging import stream_of
from backend.usecases.work import Answer, Work
from tests.support.world import World

SAMPLING = Rule(every_days=1, least=1)


async def routine_set(work: Work, *, project: UUID, kind: str, rule: Rule, days_ago: int) -> Answer:
    """Ask for it as if it had been said so many days ago: its first period begins on the day after, at midnight."""
    work.require("project:update")
    stream = stream_of(project)
    await work.load(ROUTINES, [stream])
    then = work.now - timedelta(days=days_ago)
    command = SetRoutine(project=ProjectId(project), kind=kind, rule=rule, now=then)
    work.decide(ROUTINES, stream, command)
    return Answer({})


async def asked(
    world: World, project: UUID, days_ago: int, kind: str = "sampling", rule: Rule = SAMPLING
) -> None:
    """A routine that runs since the midnight after the day so many days ago."""
    await world.act(routine_set, project=project, kind=kind, rule=rule, days_ago=days_ago)


async def judge(world: World) -> int:
    """What the schedule does, until nothing is due; how many periods were judged."""
    judged = 0
    while done := (await world.system(routine_judging.routines_judge, most=500))["judged"]:
        judged += int(done)
    return judged


async def shown(world: World, project: UUID) -> dict[str, Any]:
    """The routines as they are read."""
    return await world.act(routines.project_routines_get, project=project)


async def alerts(world: World, **wanted: Any) -> list[dict[str, Any]]:
    """The alerts as they are listed."""
    said = {"project": None, "state": None, "cursor": None, "limit": 50} | wanted
    return list((await world.act(routines.quality_alert_list, **said))["data"])


async def lived(world: World, here: str = "") -> None:
    """Periods are missed and, since nobody is at work there, those of gold are met; an alert is acknowledged; a routine
    is changed, others are turned off, and in the end all of them."""
    project = await world.project(f"{here}kept")
    await asked(world, project, 4)
    await asked(world, project, 4, "consensus", Rule(every_days=2, least=1, independent=2))
    await asked(world, project, 4, "gold", Rule(every_days=2, least=1, per="annotator", active_from=1))
    assert await judge(world) >= 5
    first = (await alerts(world, project=project))[-1]
    await world.act(routines.quality_alert_acknowledge, alert=first["id"], note="A holiday.")
    said: dict[str, Any] = {"gold": None, "consensus": None, "sampling": {"every_days": 2, "least": 3}}
    for now in (said, dict.fromkeys(said)):
        version = (await shown(world, project))["version"]
        await world.act(routines.project_routines_update, project=project, expected_version=version, **now)
    # What ran is still judged: nothing is left to whoever lives later.
    world.clock.moved += timedelta(days=3)
    await judge(world)
