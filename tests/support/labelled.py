"""Labels shown in tests: a model's answers to work and to gold, people's beside them, and who sees them."""

from typing import Any
from uuid import UUID

from backend.usecases.models import later
from backend.usecases.projects import intake
from backend.usecases.work import Caller
from tests.support.foretold import bring, register, routed
from tests.support.planted import planted_always
from tests.support.world import World

PLAN = {"gold_share": 1.0, "review_rate": 1.0, "live_floor": 0.0, "overlap": 2}


async def predict(world: World, item: UUID, model: UUID, answer: Any, sure: float = 0.5) -> dict[str, Any]:
    """A model's answer to an item that is there."""
    return await world.act(later.item_predict, item=item, model=model, answer=answer, confidence=sure)


async def gold(world: World, project: UUID, *names: str, exam_only: bool = False) -> list[UUID]:
    """Gold items under these external keys, whose truth is "1"."""
    given = tuple({"external_key": one, "payload": {"task": one}, "truth": "1"} for one in names)
    added = await world.act(intake.gold_add, project=project, gold=given, exam_only=exam_only)
    return [UUID(str(one["item"])) for one in added["gold"]]


async def answered(world: World, who: Caller, project: UUID, answer: Any = "1") -> int:
    """This person answers all there is; how many that was."""
    n = 0
    while leases := (await world.pull(who, project))["leases"]:
        await world.submit(who, leases[0]["id"], answer)
        n += 1
    return n


async def stocked(
    world: World,
    *work: tuple[str, str],
    golden: tuple[str, ...] = ("g0", "g1", "g2"),
    predicted: int = 3,
    show: str = "both",
    here: str = "",
    people: tuple[str, ...] = ("1", "1"),
    plan: dict[str, Any] | None = None,
) -> tuple[UUID, UUID]:
    """A project with this gold, the first `predicted` of it with a model's label, and with work (key, the model's
    answer); each of `people` has given their answer to all of it. With the model."""
    project = await world.project(f"{here}labelled", plan=PLAN | (plan or {}))
    model = await register(world, f"{here}labeller")
    await routed(world, project, model, show_labels=show)
    for item in (await gold(world, project, *golden))[:predicted]:
        await predict(world, item, model, "1")
    await bring(world, project, model, [(key, said, 0.5) for key, said in work])
    for n, said in enumerate(people):
        await answered(world, await world.invite(f"{here}labeller{n}"), project, said)
    await world.decide()
    await world.follow()
    return project, model


async def lived(world: World, here: str = "") -> None:
    """A reviewer sees labels beside a planted answer and beside work; an expert beside gold; a class changes sides."""
    metric = {"kind": "precision", "at_least": 0.5, "sure": False, "n_min": 2}
    project, model = await stocked(world, ("a", "1"), ("b", "1"), here=here)
    rev = await world.invite(f"{here}labelled-rev", "reviewer")
    with planted_always():
        (lease,) = (await world.review_pull(rev, project))["leases"]
        await world.review(rev, lease["id"], "accept")
    (lease,) = (await world.review_pull(rev, project))["leases"]
    await world.review(rev, lease["id"], "reject")
    overrides = ({"class": "0", "to": "people"},)
    await routed(world, project, model, metric=metric, overrides=overrides, default_threshold=0.4)
    await world.decide()
    await bring(world, project, model, [("stands", "1", 0.5), ("asked", "0", 0.5)])
