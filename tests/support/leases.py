"""Leases in tests: their verbs in short, how they stand, and what a project says of them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from backend.events.store.database import transaction
from backend.usecases.projects import queueing
from backend.usecases.tasks import assigning, giving_back, handing, holding, listing, queue
from backend.usecases.work import Caller
from tests.support.world import World

ROW = "SELECT * FROM lease WHERE tenant = $1 AND lease = $2"
ENDED = "SELECT * FROM lease_ended WHERE tenant = $1 AND lease = $2"


async def say(world: World, project: UUID, **settings: Any) -> None:
    """How the project's work is handed out from now on."""
    version = (await world.act(queueing.project_queue_get, project=project))["version"]
    await world.act(
        queueing.project_queue_update, project=project, expected_version=version, settings=settings
    )


async def later(world: World, **time: float) -> datetime:
    """Let so much time pass; the moment it is then."""
    world.clock.moved += timedelta(**time)
    return await now(world)


async def now(world: World) -> datetime:
    """The moment as a use case would see it."""
    async with transaction(world.perform.pool, world.tenant) as conn:
        return await world.clock.now(conn)


async def row(world: World, lease: Any) -> Mapping[str, Any]:
    """The lease as it stands, or as it ended."""
    found = await world.rows(ROW, lease) or await world.rows(ENDED, lease)
    return found[0]


async def sweep(world: World) -> int:
    """What the worker does about time that has passed; how many leases ended."""
    return int((await world.system(holding.leases_expire, most=100))["expired"])


# --- verbs


async def beat(world: World, who: Caller, lease: Any) -> dict[str, Any]:
    """A heartbeat."""
    return await world.act(holding.lease_heartbeat, who, lease=lease)


async def start(world: World, who: Caller, lease: Any) -> dict[str, Any]:
    """Open it."""
    return await world.act(holding.lease_start, who, lease=lease)


async def pause(world: World, who: Caller, lease: Any, draft: Any = None) -> dict[str, Any]:
    """Put it aside."""
    return await world.act(holding.lease_pause, who, lease=lease, draft=draft)


async def resume(world: World, who: Caller, lease: Any) -> dict[str, Any]:
    """Take it up again."""
    return await world.act(holding.lease_resume, who, lease=lease)


async def draft(world: World, who: Caller, lease: Any, said: Any) -> dict[str, Any]:
    """Keep what there is."""
    return await world.act(holding.lease_draft, who, lease=lease, draft=said)


async def shown(world: World, who: Caller, lease: Any) -> dict[str, Any]:
    """As its holder sees it."""
    return await world.act(queue.lease_get, who, lease=lease)


async def skip(world: World, who: Caller, lease: Any, code: str = "", reason: str = "") -> dict[str, Any]:
    """Decline it."""
    return await world.act(giving_back.lease_skip, who, lease=lease, code=code, reason=reason)


async def release(world: World, who: Caller, lease: Any, code: str = "", reason: str = "") -> dict[str, Any]:
    """Give it back."""
    return await world.act(giving_back.lease_release, who, lease=lease, code=code, reason=reason)


async def assign(
    world: World, task: Any, to: Caller, *, over_capacity: bool = False, by: Caller | None = None
) -> dict[str, Any]:
    """Give a task to somebody by name."""
    asked = {"task": task, "annotator": to.subject.id, "over_capacity": over_capacity}
    return await world.act(assigning.lease_assign, by, **asked)


async def delegate(
    world: World, who: Caller, lease: Any, to: UUID, *, keep_draft: bool = True, reason: str = ""
) -> dict[str, Any]:
    """Hand it to a colleague."""
    asked = {"lease": lease, "annotator": to, "keep_draft": keep_draft, "reason": reason}
    return await world.act(handing.lease_delegate, who, **asked)


async def reassign(
    world: World,
    lease: Any,
    to: UUID,
    *,
    keep_draft: bool = True,
    over_capacity: bool = False,
    reason: str = "",
    by: Caller | None = None,
) -> dict[str, Any]:
    """Move it to somebody, as a manager."""
    asked = {"lease": lease, "annotator": to, "keep_draft": keep_draft}
    asked |= {"over_capacity": over_capacity, "reason": reason}
    return await world.act(handing.lease_reassign, by, **asked)


async def revoke(world: World, lease: Any, reason: str = "", by: Caller | None = None) -> dict[str, Any]:
    """Take it away, as a manager."""
    return await world.act(handing.lease_revoke, by, lease=lease, reason=reason)


async def listed(
    world: World, who: Caller | None = None, *, cursor: str | None = None, limit: int = 50, **asked: Any
) -> dict[str, Any]:
    """A page of the leases that are held."""
    wanted = {"project": None, "annotator": None, "state": None} | asked
    return await world.act(listing.lease_list, who, **wanted, cursor=cursor, limit=limit)


# --- everything that can happen to a lease


async def lived(world: World, here: str = "") -> None:
    """Opened late, put aside and taken up, given back unopened, handed on by its holder and by a manager, taken away,
    declined for reasons, abandoned; each under names of its own."""
    project = await world.project(f"{here}held")
    await say(world, project, start_seconds=10, pause_seconds_max=600)
    items = await world.items(project, *(f"{here}{n}" for n in range(8)))
    ann, ben, eve = [await world.invite(f"{here}{name}") for name in ("lea", "leo", "lou")]
    tasks = [one["task"] for one in items]
    given = (await assign(world, tasks[0], ann))["lease"]
    await start(world, ann, given)
    await later(world, minutes=1)
    await pause(world, ann, given, {"boxes": [1]})
    await later(world, minutes=4)
    await resume(world, ann, given)
    await world.submit(ann, given, "a")
    for task, act in zip(tasks[1:4], ("nothing", "pause", "start"), strict=True):
        lease = (await assign(world, task, ben))["lease"]
        if act != "nothing":
            await start(world, ben, lease)
        if act == "pause":
            await pause(world, ben, lease)
    await later(world, minutes=30)
    assert await sweep(world) >= 3, "returned, given back and abandoned"
    held = (await assign(world, tasks[4], ann))["lease"]
    await draft(world, ann, held, {"boxes": [2]})
    await delegate(world, ann, held, eve.subject.id, reason="yours")
    (theirs,) = (await listed(world, eve))["data"]
    moved = await reassign(world, theirs["id"], ben.subject.id, reason="away")
    await revoke(world, moved["lease"], "mistake")
    for task, code in zip(tasks[5:7], ("no_time", "conflict_of_interest"), strict=True):
        await skip(world, eve, (await assign(world, task, eve))["lease"], code, "so it is")
    unopened = (await assign(world, tasks[7], eve))["lease"]
    await world.submit(eve, unopened, "b")
