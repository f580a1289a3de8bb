"""Variants of gold in tests: gold of pictures with boxes and of pairs of texts, and what was derived from it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from backend.usecases.gold import hygiene, variants
from backend.usecases.projects import intake, scoring
from tests.support.mistaken import wrong
from tests.support.skilled import settle
from tests.support.world import World

PLAN = {"gold_share": 1.0, "live_floor": 0.0}
SWAP = {"kind": "permute", "at": ["/a", "/b"], "order": [1, 0], "names": ["A", "B"]}


async def pairs(world: World, n: int, name: str = "pairs", **plan: Any) -> tuple[UUID, list[UUID]]:
    """A project with so much gold that asks which of two texts is better; project and gold."""
    project = await world.project(name, plan=PLAN | plan)
    gold = tuple(
        {"external_key": f"{name}{g}", "payload": {"a": f"{g} good", "b": f"{g} bad"}, "truth": "A"}
        for g in range(n)
    )
    added = await world.act(intake.gold_add, project=project, gold=gold, exam_only=False)
    return project, [UUID(str(one["id"])) for one in added["gold"]]


def swapped(name: str) -> dict[str, Any]:
    """The two texts the other way round, under this external key."""
    return {"external_key": name, "transform": SWAP}


async def vary(world: World, project: UUID, gold: UUID, *said: dict[str, Any]) -> list[UUID]:
    """Derive these from the gold item."""
    made = await world.act(variants.gold_variants_add, project=project, gold=gold, variants=tuple(said))
    return [UUID(str(one["id"])) for one in made["variants"]]


async def boxed(world: World, name: str = "boxed", **plan: Any) -> tuple[UUID, UUID]:
    """A project of pictures in which one box is right; project and gold."""
    project = await world.project(name, plan=PLAN | plan)
    await world.act(
        scoring.project_scoring_update, project=project, expected_version=1, kind="boxes", options={}
    )
    gold: Sequence[dict[str, Any]] = [
        {
            "external_key": f"{name}0",
            "payload": said_of(1),
            "truth": [{"label": "cat", "box": [10, 10, 30, 40]}],
        }
    ]
    added = await world.act(intake.gold_add, project=project, gold=tuple(gold), exam_only=False)
    return project, UUID(str(added["gold"][0]["id"]))


def said_of(n: int) -> dict[str, Any]:
    """The payload of a picture."""
    return {"url": f"https://a.invalid/{n}", "width": 100, "height": 50}


def mirrored(name: str) -> dict[str, Any]:
    """The mirrored picture under this external key."""
    return {
        "external_key": name,
        "transform": {"kind": "mirror", "axis": "horizontal"},
        "payload": said_of(2),
    }


async def lived(world: World, here: str = "") -> None:
    """Gold is varied and met, other gold is withdrawn; the family's key is found wrong, and all is made anew."""
    project, gold = await pairs(world, 2, f"{here}pairs")
    ann = await world.invite(f"{here}varied")
    made = await vary(world, project, gold[0], swapped(f"{here}swapped"))
    await world.items(project, f"{here}pair")
    for _ in range(2):
        (lease,) = (await world.pull(ann, project))["leases"]
        await world.submit(ann, lease["id"], "A")
    await settle(world)
    await world.act(hygiene.gold_retire, gold=gold[1], reason="withdrawn")
    await wrong(world, made[0], "A")
    await settle(world)
    again = {"external_key": f"{here}pairs0", "payload": {"a": "0 good", "b": "0 bad"}, "truth": "B"}
    await world.act(intake.gold_add, project=project, gold=(again,), exam_only=False)
    assert await vary(world, project, gold[0], swapped(f"{here}swapped")) == made
