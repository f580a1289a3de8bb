"""Doing again: short ways to plan, execute and undo, and a history in which all of it happens."""

from typing import Any
from uuid import UUID

from backend.usecases.tasks import reworking as use
from backend.usecases.work import Caller
from tests.support.world import World


async def plan(world: World, project: UUID, by: Caller | None = None, **selection: Any) -> dict[str, Any]:
    """A plan with this selection."""
    return await world.act(use.rework_plan, by, project=project, selection=selection, reason="bad day")


async def execute(world: World, made: dict[str, Any]) -> dict[str, Any]:
    """Execute, and let the job do the rest."""
    await world.act(use.rework_execute, project=made["project"], rework=made["id"])
    await world.decide()
    return await shown(world, made)


async def undo(world: World, made: dict[str, Any]) -> dict[str, Any]:
    """Undo, and let the job do the rest."""
    await world.act(use.rework_undo, project=made["project"], rework=made["id"])
    await world.decide()
    return await shown(world, made)


async def shown(world: World, made: dict[str, Any]) -> dict[str, Any]:
    """The plan as it is now."""
    return await world.act(use.rework_get, project=made["project"], rework=made["id"])


async def answered(
    world: World, project: UUID, who: Caller, *names: str, answer: Any = "1"
) -> dict[str, UUID]:
    """New items that this person alone answers, decided; external key -> item."""
    made = await world.items(project, *names)
    for _ in names:
        await world.work(who, project, answer)
    await world.decide()
    return {one["external_key"]: one["item"] for one in made}


async def generations(world: World, project: UUID) -> dict[str, list[int]]:
    """External key -> the generations of its annotating tasks that are not cancelled."""
    rows = await world.rows(
        "SELECT item, generation FROM task WHERE tenant = $1 AND stage = 'annotate' AND state <> 'cancelled'"
        " ORDER BY generation"
    )
    exported = await world.export(project)
    return {
        key: [row["generation"] for row in rows if row["item"] == one["item"]]
        for key, one in exported.items()
    }


async def two_people(world: World, **asked: Any) -> tuple[UUID, Caller, Caller]:
    """A project where ann did a and b, and ben did c."""
    project = await world.project(**asked)
    ann, ben = await world.invite("ann"), await world.invite("ben")
    await answered(world, project, ann, "a", "b")
    await answered(world, project, ben, "c", answer="0")
    return project, ann, ben


async def lived(world: World, here: str = "") -> None:
    """Planned, requeued with the cause kept away, executed, in part redone and in part taken back; left half done."""
    project = await world.project(f"{here}again")
    ann, ben = await world.invite(f"{here}rework ann"), await world.invite(f"{here}rework ben")
    await answered(world, project, ann, *(f"again {n}" for n in range(4)))
    made = await plan(world, project, annotators=[ann.subject.id])
    await execute(world, made)
    await world.work(ben, project, "0")
    await world.decide()
    await world.pull(ben, project)
    await undo(world, made)
    await execute(world, await plan(world, project, annotators=[ann.subject.id]))
