"""Pilots and deliveries in the history that a rebuild reproduces."""

from uuid import UUID

from backend.usecases.projects import deliveries, pilots, targets
from backend.usecases.work import Caller
from tests.support.world import World


async def lived(world: World, here: str = "") -> None:
    """A pilot falls short and is overruled; of two deliveries one is withdrawn, and the next is released anyway."""
    project = await world.project(f"{here}owls", plan={"overlap": 1, "rework_max": 0})
    await world.items(project, *(f"owl {n}" for n in range(4)))
    wanted = [{"measure": "accuracy", "least": 0.99}]
    await world.act(targets.project_targets_update, project=project, expected_version=1, targets=wanted)
    ann = await world.invite(f"{here}owl ann")
    pilot = await world.act(pilots.pilot_begin, project=project, items=2, seed="owls")
    await world.decide()
    await _answer(world, ann, project, 2)
    await world.act(pilots.pilot_judge, project=project, pilot=pilot["id"])
    await world.act(pilots.pilot_overrule, project=project, pilot=pilot["id"], reason="no")
    for settle in (deliveries.delivery_withdraw, deliveries.delivery_release):
        lot = await world.act(deliveries.delivery_prepare, project=project, iteration=None, items=None)
        await world.act(settle, delivery=lot["id"], reason="agreed")


async def _answer(world: World, who: Caller, project: UUID, n: int) -> None:
    for _ in range(n):
        await world.work(who, project, "owl")
    await world.decide()
