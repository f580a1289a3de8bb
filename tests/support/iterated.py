"""Iterations in tests: short ways to plan and open them, and a history in which all that can happen to them happens."""

from typing import Any
from uuid import UUID

from backend.usecases.projects import intake
from backend.usecases.projects import iterations as use
from backend.usecases.tasks import selection
from tests.support.world import World


async def plan(world: World, project: UUID, name: str = "one", **targets: Any) -> UUID:
    """A planned iteration; its id."""
    made = await world.act(use.iteration_plan, project=project, name=name, targets={"items": 1} | targets)
    return UUID(str(made["id"]))


async def opened(world: World, project: UUID, iteration: UUID) -> dict[str, Any]:
    """Open it, and let the job release what was held."""
    made = await world.act(use.iteration_open, project=project, iteration=iteration)
    await world.decide()
    return made


async def got(world: World, project: UUID, iteration: UUID) -> dict[str, Any]:
    """The iteration as it is now."""
    return await world.act(use.iteration_get, project=project, iteration=iteration)


async def close(world: World, project: UUID, iteration: UUID, reason: str | None = None) -> dict[str, Any]:
    """Close it; with a reason whatever it has reached."""
    said: dict[str, Any] = {"anyway": reason is not None, "reason": reason}
    return await world.act(use.iteration_close, project=project, iteration=iteration, **said)


async def bring(world: World, project: UUID, iteration: Any, *keys: str) -> list[dict[str, Any]]:
    """Import items under these keys for an iteration, named as it is given."""
    items = tuple(
        {"external_key": key, "payload": {"task": key}, "iteration": str(iteration)} for key in keys
    )
    return list((await world.act(intake.item_import, project=project, items=items))["results"])


async def move(world: World, project: UUID, to: UUID | None, *keys: str, **wanted: Any) -> dict[str, Any]:
    """Put the items under these keys into it (None: out of any), by a bulk act that is done to its end."""
    wanted = wanted | ({"external_keys": list(keys)} if keys else {})
    act = {"kind": "to_iteration", "iteration": to}
    begun = await world.act(selection.tasks_bulk, project=project, selection=wanted, act=act, dry_run=False)
    await world.decide()
    return await world.act(selection.tasks_bulk_get, bulk=begun["bulk"])


async def lived(world: World, here: str = "") -> None:
    """Iterations are planned, filled, opened, worked on, emptied and closed."""
    project = await world.project(f"{here}iterated")
    first, second, never = [await plan(world, project, name) for name in ("first", "second", "never")]
    await bring(world, project, "first", "a", "b")
    await bring(world, project, second, "c", "d")
    await world.items(project, "e")
    await move(world, project, second, "a", "e")
    await move(world, project, None, "d")
    await opened(world, project, first)
    await world.work(await world.invite(f"{here}ida"), project, "1")
    await world.decide()
    await close(world, project, first, "over")
    await move(world, project, first, "c")
    await close(world, project, never, "not needed")
