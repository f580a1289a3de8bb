"""Devices and addresses in a test: people are seen at work from somewhere, and days go by."""

from collections.abc import Iterable, Mapping
from datetime import UTC, timedelta
from typing import Any

from backend.usecases.access import access, delegation
from backend.usecases.quality import fraud_graph
from backend.usecases.quality.flags_gone import flags_close
from backend.usecases.quality.sighted import sightings_tell
from backend.usecases.sightings import Whence
from backend.usecases.work import Caller
from backend.usecases.workforce import standing
from tests.support.flagged import settle, suspect
from tests.support.shift import now
from tests.support.skilled import define
from tests.support.world import World

SLOT = timedelta(minutes=15)
PHONE = Whence("203.0.113.7", b"phone-1")


async def see(world: World, who: Caller, whence: Whence = PHONE) -> None:
    """This person works from there now."""
    world.perform.sighted(who, whence)
    await world.perform.sightings.flush()


async def day(world: World, slots: Mapping[int, Iterable[tuple[Caller, Whence]]]) -> None:
    """The next day (UTC): in each of these quarters of an hour these people are seen there."""
    here = await now(world)
    midnight = here.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    for slot, seen in sorted(slots.items()):
        world.clock.moved += midnight + slot * SLOT + timedelta(minutes=5) - await now(world)
        for who, whence in seen:
            world.perform.sighted(who, whence)
        await world.perform.sightings.flush()


async def night(world: World) -> int:
    """The day ends and what was seen becomes facts; returns how many."""
    world.clock.moved += timedelta(days=1)
    return int((await world.system(sightings_tell, most=500))["told"])


async def graph(world: World, caller: Caller | None = None, **asked: Any) -> dict[str, Any]:
    """The fraud graph as the administrator sees it."""
    query = {"skill": None, "vendor": None, "since": None, "days": 5, "limit": 50} | asked
    return await world.act(fraud_graph.fraud_graph, caller, **query)


async def frontend_for(world: World, who: Caller) -> str:
    """The text of a token with which a front-end acts for this person."""
    made = await world.act(access.key_create, kind="service", roles=("frontend",), scopes=("*",), days=1)
    front = await world.perform.authenticate(made["key"])
    told = await world.act(
        delegation.annotator_token_create, front, annotator=who.subject.id, project=None, minutes=15
    )
    return str(told["token"])


async def lived(world: World, here: str = "") -> None:
    """Seen from here and there, on two days; somebody of them is erased, and a case about them is closed; a pair is
    explained; and something that was seen today is no fact yet."""
    skill = await define(world, f"{here}kiosks")
    ann, ben, cas = [await world.invite(f"{here}kiosk {name}") for name in ("ann", "ben", "cas")]
    for _ in range(2):
        await day(world, {40: [(ann, PHONE), (ben, Whence("2001:db8::7", b"x", True))], 41: [(cas, PHONE)]})
        await night(world)
    case = await suspect(world, cas, skill, "shared_device", ann)
    await settle(world, await suspect(world, ann, skill, "shared_address", ben), "explained")
    await world.act(standing.annotator_erase, annotator=cas.subject.id, reason="asked for")
    assert (await world.system(flags_close, most=10))["closed"] == 1, case
    await day(world, {40: [(ann, PHONE)]})
