"""Pilots and deliveries on the real database: production waits until a small batch meets its targets, and what is
handed over is held back while it falls short."""

from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest

from backend.usecases.projects import deliveries, iterations, targets
from backend.usecases.projects import pilots as use
from backend.usecases.work import Caller
from tests.support.refused import refused
from tests.support.world import World

PLAN = {"overlap": 1, "gold_share": 0.0, "review_rate": 0.0}
ACCEPTED = "the customer accepts it"
SEED = "a seed of the test"


async def asked(world: World, project: UUID, least: float = 0.6) -> None:
    """Accuracy, with a confidence that eight answers can give."""
    wanted = [{"measure": "accuracy", "least": least, "confidence": 0.8}]
    await world.act(targets.project_targets_update, project=project, expected_version=1, targets=wanted)


async def begun(world: World, project: UUID, items: int) -> dict[str, Any]:
    pilot = await world.act(use.pilot_begin, project=project, items=items, seed=SEED)
    await world.decide()
    return pilot


async def offered(world: World, who: Caller, project: UUID) -> list[str]:
    """What they may still do, answered as they go with the item's own name."""
    seen = []
    while leases := (await world.pull(who, project))["leases"]:
        for lease in leases:
            seen.append(lease["payload"]["task"])
            await world.submit(who, lease["id"], lease["payload"]["task"])
    return seen


async def reviewed(world: World, who: Caller, project: UUID, verdict: str) -> int:
    """Everything that was drawn is looked at; how much that was."""
    n = 0
    while leases := (await world.review_pull(who, project))["leases"]:
        for lease in leases:
            await world.review(who, lease["id"], verdict)
            n += 1
    await world.follow()
    await world.decide()
    return n


async def test_production_waits_until_a_seeded_batch_meets_the_targets(world: World) -> None:
    project = await world.project(plan=PLAN)
    await world.items(project, *(f"i{n}" for n in range(20)))
    await asked(world, project)
    ann, rev = await world.invite("ann"), await world.invite("rev", "reviewer")
    pilot = await begun(world, project, 8)
    assert (pilot["matched"], pilot["drawn"], pilot["state"]) == (20, 8, "running")

    done = await offered(world, ann, project)
    assert len(done) == 8, "everything else waits"
    await world.items(project, "late")
    assert await offered(world, ann, project) == [], "what comes in waits too"
    with refused("pilot_not_passed", "conflict"):
        await world.act(iterations.iteration_open, project=project, iteration=pilot["waiting"])

    assert await reviewed(world, rev, project, "accept") == 8, "in a pilot every answer is looked at"
    await world.system(use.pilots_judge, most=10)
    await world.decide()
    now = await world.act(use.pilot_get, project=project, pilot=pilot["id"])
    assert (now["state"], now["judged"]["outcome"]) == ("passed", "met")
    assert (now["judged"]["targets"][0]["n"], now["judged"]["targets"][0]["value"]) == (8, 1.0)
    assert len(await offered(world, ann, project)) == 13


async def test_the_same_seed_draws_the_same_tasks_for_everybody(world: World) -> None:
    project = await world.project(plan=PLAN)
    made = await world.items(project, *(f"i{n}" for n in range(12)))
    await asked(world, project)
    pilot = await begun(world, project, 4)
    drawn = await world.rows(
        "SELECT t.task FROM iteration_item n JOIN task t USING (tenant, item) WHERE tenant = $1 AND n.iteration = $2",
        pilot["iteration"],
    )
    assert sorted(row["task"] for row in drawn) == by_lot([row["task"] for row in made], 4)


async def test_a_share_of_the_open_tasks_is_drawn_rounded_up_within_its_bounds(world: World) -> None:
    project = await world.project(plan=PLAN)
    made = await world.items(project, *(f"i{n}" for n in range(11)))
    await asked(world, project)
    with refused("pilot_size_unclear", "invalid"):
        await world.act(use.pilot_begin, project=project, items=3, share=0.1, seed=SEED)
    pilot = await world.act(use.pilot_begin, project=project, share=0.2, items_max=9, seed=SEED)
    await world.decide()
    assert (pilot["matched"], pilot["drawn"]) == (11, 3)
    assert pilot["asked"] == {"share": 0.2, "items_min": 1, "items_max": 9}
    fact = (await world.facts("pilot.begun"))[0].event
    assert (fact.share_ppm, fact.items_min, fact.items_max, fact.drawn) == (200_000, 1, 9, 3)
    three = by_lot([row["task"] for row in made], 3)
    assert pilot["digest"] == sha256(b"".join(task.bytes for task in three)).hexdigest()


def by_lot(tasks: list[UUID], n: int) -> list[UUID]:
    """What anybody computes from the seed and the ids."""
    head = sha256(SEED.encode()).digest()
    return sorted(sorted(tasks, key=lambda task: sha256(head + task.bytes).digest())[:n])


async def test_after_a_pilot_that_fell_short_the_next_one_draws_from_what_waits(world: World) -> None:
    project = await world.project(plan=PLAN | {"rework_max": 0})
    await world.items(project, *(f"i{n}" for n in range(20)))
    await asked(world, project, least=0.9)
    ann, rev = await world.invite("ann"), await world.invite("rev", "reviewer")
    one = await begun(world, project, 8)
    with refused("pilot_running", "conflict"):
        await world.act(use.pilot_begin, project=project, items=4, seed=None)
    first = await offered(world, ann, project)
    assert await reviewed(world, rev, project, "reject") == 8
    judged = await world.act(use.pilot_judge, project=project, pilot=one["id"])
    assert (judged["state"], judged["judged"]["outcome"]) == ("running", "not_met")

    two = await begun(world, project, 6)
    assert (two["number"], two["matched"], two["waiting"]) == (2, 12, one["waiting"])
    second = await offered(world, ann, project)
    assert len(second) == 6 and not set(first) & set(second)
    with refused("pilot_overtaken", "conflict"):
        await world.act(use.pilot_judge, project=project, pilot=one["id"])
    over = await world.act(use.pilot_overrule, project=project, pilot=two["id"], reason=ACCEPTED)
    await world.decide()
    assert (over["state"], over["reason"]) == ("overruled", ACCEPTED)
    assert len(await offered(world, ann, project)) == 6


async def test_a_pilot_without_targets_is_refused(world: World) -> None:
    project = await world.project(plan=PLAN)
    await world.items(project, "a")
    with refused("targets_missing", "conflict"):
        await world.act(use.pilot_begin, project=project, items=1, seed=None)


@pytest.mark.parametrize(("verdict", "state"), [("accept", "released"), ("reject", "held")])
async def test_a_delivery_is_held_while_it_falls_short(world: World, verdict: str, state: str) -> None:
    project = await world.project(plan=PLAN | {"review_rate": 1.0, "rework_max": 0})
    await world.items(project, *(f"i{n}" for n in range(8)))
    await asked(world, project)
    ann, rev = await world.invite("ann"), await world.invite("rev", "reviewer")
    expert = await world.invite("expert", "expert")
    await offered(world, ann, project)
    await reviewed(world, rev, project, verdict)
    if verdict == "reject":
        await offered(world, expert, project)
        await world.decide()
    lot = await world.act(deliveries.delivery_prepare, project=project, iteration=None, items=None)
    assert (lot["items"], lot["state"], lot["number"]) == (8, state, 1)
    if state == "held":
        with refused("delivery_held", "conflict"):
            await world.act(deliveries.delivery_export, delivery=lot["id"], cursor=None, limit=10)
        lot = await world.act(deliveries.delivery_release, delivery=lot["id"], reason="agreed with them")
    page = await world.act(deliveries.delivery_export, delivery=lot["id"], cursor=None, limit=5)
    rest = await world.act(
        deliveries.delivery_export, delivery=lot["id"], cursor=page["next_cursor"], limit=5
    )
    assert (len(page["data"]), len(rest["data"]), rest["next_cursor"]) == (5, 3, None)
    with refused("delivery_empty", "conflict"):
        await world.act(deliveries.delivery_prepare, project=project, iteration=None, items=None)
