"""Drift signals in a test: short ways to send one, and a history in which each outcome happens."""

from typing import Any
from uuid import UUID

from backend.usecases.access import access
from backend.usecases.projects import drift
from backend.usecases.work import Caller
from tests.support.world import World


async def monitor(world: World) -> Caller:
    """A monitoring system with a key that may do nothing else."""
    said: dict[str, Any] = {"kind": "service", "roles": ("monitor",), "scopes": ("drift:signal",), "days": 1}
    return await world.perform.authenticate((await world.act(access.key_create, **said))["key"])


def new(*keys: str, **more: Any) -> tuple[dict[str, Any], ...]:
    """Items under these keys as they are sent."""
    return tuple({"external_key": key, "payload": {"task": key}, **more} for key in keys)


async def signal(
    world: World, project: UUID, caller: Caller | None = None, id: str = "1", **said: Any
) -> dict[str, Any]:
    """A signal, and what became of it."""
    told: dict[str, Any] = {
        "source": "watch",
        "id": id,
        "metric": "psi",
        "value": 0.31,
        "threshold": 0.2,
    } | said
    return await world.act(drift.drift_signal_take, caller, project=project, **told)


async def ruled(world: World, project: UUID, mode: str, hours: int = 0) -> None:
    """The project's rule from now on."""
    before = await world.act(drift.drift_rule_get, project=project)
    said: dict[str, Any] = {"mode": mode, "cooldown_hours": hours}
    await world.act(drift.drift_rule_update, project=project, expected_version=before["version"], **said)


async def listed(world: World, project: UUID, **wanted: Any) -> list[dict[str, Any]]:
    """The project's signals, the newest first."""
    said = {"outcome": None, "source": None, "metric": None, "cursor": None, "limit": 50} | wanted
    return list((await world.act(drift.drift_signal_list, project=project, **said))["data"])


async def lived(world: World, here: str = "") -> None:
    """Signals make a planned batch of new items, none, and an opened one of what was there."""
    project = await world.project(f"{here}drifting")
    await world.items(project, "old 1", "old 2")
    await signal(world, project, id="1", items=new("new 1", "new 2"), note="Rain.", classes=["wet"])
    await signal(world, project, id="2", items=new("new 3"))
    await ruled(world, project, "off")
    await signal(world, project, id="3", items=new("new 3"))
    await ruled(world, project, "open")
    await signal(world, project, id="4", items=new("new 1"))
    await signal(
        world, project, id="5", selection={"states": ["open"]}, sample={"n": 1, "seed": "s"}, priority=1
    )
    await world.decide()
    assert [one["outcome"] for one in await listed(world, project)] == [
        "opened", "empty", "off", "cooldown", "proposed",
    ]  # fmt: skip
