"""A shift: people who work minute by minute on a clock that only the test moves."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from backend.events.store.database import transaction
from backend.usecases.tasks import holding
from backend.usecases.work import Caller
from backend.usecases.workforce import availability, counting
from tests.support.world import World

MINUTE = timedelta(minutes=1)
NEAR = timedelta(seconds=10)
"""As much real time as a test may take on top of what it moved the clock by."""


async def now(world: World) -> datetime:
    """The time that the next act will see."""
    async with transaction(world.perform.pool, world.tenant) as conn:
        return await world.clock.now(conn)


async def monday(world: World, hour: int = 8) -> datetime:
    """Go on to the next Monday, at this hour of UTC; returns the time."""
    here = await now(world)
    midnight = datetime(here.year, here.month, here.day, tzinfo=UTC)
    then = midnight + timedelta(days=7 - here.weekday(), hours=hour)
    world.clock.moved += then - here
    return then


async def keep(world: World, who: Caller, lease: UUID, minutes: int, every: int = 1) -> None:
    """Work for so many minutes with a heartbeat each (or `every` few of them)."""
    for _ in range(minutes // every):
        world.clock.moved += every * MINUTE
        await world.act(holding.lease_heartbeat, who, lease=lease)


async def lease_of(world: World, who: Caller, project: UUID) -> UUID:
    """Pull one lease."""
    pulled = await world.pull(who, project)
    assert pulled["leases"], pulled["reasons"]
    return UUID(str(pulled["leases"][0]["id"]))


async def codes(world: World, who: Caller, project: UUID | None = None) -> list[tuple[str, str | None]]:
    """The reasons of an empty pull as (code, why)."""
    pulled = await world.pull(who, project)
    assert pulled["leases"] == []
    return [(one["code"], one.get("why")) for one in pulled["reasons"]]


async def limit(
    world: World, annotator: UUID | None = None, open_leases_max: int | None = None, **limits: int
) -> dict[str, Any]:
    """Set limits of everybody or of one person."""
    given: dict[str, Any] = {"limits": limits, "open_leases_max": open_leases_max}
    if annotator is None:
        return await world.act(availability.limits_update, **given)
    return await world.act(availability.annotator_limits_update, annotator=annotator, **given)


async def in_zone(world: World, who: Caller, zone: str) -> None:
    """The person lives in this time zone."""
    plain: dict[str, Any] = {"hours": (), "exceptions": (), "enforced": False}
    await world.act(availability.schedule_update, who, annotator=who.subject.id, time_zone=zone, **plain)


async def hours(world: World, who: Caller) -> dict[str, Any]:
    """Working time of the last seven days, as the person sees it."""
    return await world.act(
        availability.working_time_get, who, annotator=who.subject.id, first=None, last=None
    )


async def sweep(world: World) -> int:
    """Write down what is due; returns how many stretches."""
    return int((await world.system(counting.work_count, most=100))["counted"])


async def lived(world: World, who: Caller, project: UUID) -> None:
    """All that can happen to the availability of somebody who has worked; afterwards no time waits to be written
    down. Touches nothing that belongs to the whole tenant, so it can be lived through by several people."""
    about = who.subject.id
    await limit(world, about, day_minutes=400, open_leases_max=5)
    await limit(world, about, day_minutes=300)
    limits = {"day_minutes": 900}
    await world.act(availability.project_limits_update, project=project, limits=limits)
    await world.act(
        availability.schedule_update,
        annotator=about,
        time_zone="Europe/Berlin",
        hours=({"day": 0, "begins": 0, "ends": 1440},),
        exceptions=({"date": "2026-12-24", "begins": None, "ends": None},),
        enforced=False,
    )
    for activity in ("break", "available"):
        await world.act(availability.activity_update, who, annotator=about, activity=activity)
    world.clock.moved += 4 * MINUTE
    assert await sweep(world) > 0, "nobody has worked"
