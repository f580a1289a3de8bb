"""Short ways to say how work is handed out, to staff teams, and to read what the lanes wait for."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from backend.usecases.insight import lanes
from backend.usecases.projects import planning, queueing, staffing
from backend.usecases.work import Caller, UseCase
from backend.usecases.workforce import vendors
from tests.support.shift import now
from tests.support.skilled import ask, define
from tests.support.world import World


async def settings(world: World, project: UUID, **said: Any) -> dict[str, Any]:
    """Say these settings for the project, over whatever it says now."""
    version = (await world.act(queueing.project_queue_get, project=project))["version"]
    return await world.act(
        queueing.project_queue_update, project=project, expected_version=version, settings=said
    )


async def defaults(world: World, **said: Any) -> dict[str, Any]:
    """Say these settings for all projects."""
    version = (await world.act(queueing.queue_defaults_get))["version"]
    return await world.act(queueing.queue_defaults_update, expected_version=version, settings=said)


async def team(world: World, name: str = "night shift", vendor: UUID | None = None) -> UUID:
    """A team."""
    return UUID(str((await world.act(vendors.team_create, name=name, vendor=vendor))["id"]))


async def staffed(
    world: World,
    shares: dict[UUID, float],
    *,
    days: float = 7,
    starts: datetime | None = None,
    team: UUID | None = None,
    vendor: UUID | None = None,
) -> dict[str, Any]:
    """Staff a team or vendor from now (or `starts`) on for so many days."""
    begin = starts or await now(world)
    given = tuple({"project": project, "share": share} for project, share in shares.items())
    span: dict[str, Any] = {"starts": begin, "ends": begin + timedelta(days=days)}
    return await world.act(staffing.staffing_set, team=team, vendor=vendor, **span, shares=given)


async def listed(world: World, **about: Any) -> list[dict[str, Any]]:
    """Staffings of this week, or of the span that is named."""
    asked = {"team": None, "vendor": None, "since": None, "until": None, "cursor": None, "limit": 50}
    return list((await world.act(staffing.staffing_list, **(asked | about)))["data"])


async def quota(
    world: World, per_day: int, project: UUID | None = None, who: Caller | None = None
) -> dict[str, Any]:
    """So many leases a day, of a project or all, to somebody or each."""
    about: dict[str, Any] = {"project": project, "annotator": who.subject.id if who else None}
    return await world.act(staffing.quota_set, per_day=per_day, **about)


async def levelled(world: World, project: UUID, level: int = 3) -> dict[str, Any]:
    """Ask for this level of a language, and for nothing of those who waited for a minute; returns the condition."""
    skill = await define(world, f"German {level}", "language")
    condition = {"skill": skill, "level_min": level}
    await ask(world, project, all_=[condition])
    await settings(world, project, rings=[{"after_seconds": 60, "without": [condition]}])
    return condition


async def report(world: World, usecase: UseCase, project: UUID | None = None) -> dict[str, Any]:
    """A report on lanes."""
    return await world.act(usecase, project=project, limit=100)


async def lanes_of(world: World, project: UUID | None = None) -> dict[str, dict[str, Any]]:
    """Step -> its lane, as it is listed; of one project or all."""
    page = await world.act(lanes.lane_list, project=project, cursor=None, limit=200)
    return {one["step"]: one for one in page["data"]}


async def lived(world: World, here: str = "") -> None:
    """All that can be said of handing out: settings of all and of one, staffing and quotas set and taken back."""
    project, night = await world.project(f"{here}queued"), await team(world, f"{here}night shift")
    if not here:
        await defaults(world, prefetch_max=4, weight=2.0)
        await world.act(planning.plan_defaults_update, expected_version=1, plan={"live_floor": 0.65})
    condition = await levelled(world, project, 4 if here else 3)
    assert condition["level_min"]
    first = await staffed(world, {project: 0.5}, team=night)
    await world.act(staffing.staffing_end, staffing=first["id"])
    await staffed(world, {project: 0.75}, team=night)
    removed = await quota(world, 5_000, project)
    await world.act(staffing.quota_remove, quota=removed["id"])
    await quota(world, 4_000, project)
