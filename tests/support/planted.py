"""Planted answers in tests: a stock of answers to gold, and a history in which reviewers are shown some."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from backend.usecases.projects import intake
from backend.usecases.review import planting
from backend.usecases.work import Caller
from tests.support.world import World

PLAN = {"gold_share": 1.0, "review_rate": 1.0, "live_floor": 0.0}


async def stocked(world: World, *answers: str, here: str = "") -> tuple[UUID, Caller, Caller]:
    """A project in which ann gave these answers to as many gold items, whose truth is "1", and then one to real work
    that waits for review; with ann, and a reviewer."""
    project = await world.project(f"{here}planted", plan=PLAN)
    names = [f"g{n}" for n in range(len(answers))]
    gold = tuple({"external_key": name, "payload": {"task": name}, "truth": "1"} for name in names)
    await world.act(intake.gold_add, project=project, gold=gold, exam_only=False)
    await world.items(project, "a")
    ann = await world.invite(f"{here}planter")
    left, task = list(answers), ""
    while task != "a":
        (lease,) = (await world.pull(ann, project))["leases"]
        task = lease["payload"]["task"]
        await world.submit(ann, lease["id"], "1" if task == "a" else left.pop(0))
    assert left == [], "gold comes first where all of it is wanted"
    await world.follow()
    return project, ann, await world.invite(f"{here}looker", "reviewer")


async def pulled(world: World, who: Caller, project: UUID) -> dict[str, Any]:
    """The one review that this person is given."""
    (lease,) = (await world.review_pull(who, project))["leases"]
    return dict(lease)


@contextmanager
def planted_always() -> Iterator[None]:
    """Every review is a planted one, while there are any to plant."""
    before, planting.SHARE_PPM = planting.SHARE_PPM, 1_000_000
    try:
        yield
    finally:
        planting.SHARE_PPM = before


async def lived(world: World, here: str = "") -> None:
    """A planted error is found, another one stays in a reviewer's hands."""
    project, _, rev = await stocked(world, "0", "0", here=here)
    with planted_always():
        await world.review(rev, (await pulled(world, rev, project))["id"], "reject")
        await pulled(world, rev, project)
