"""Costs and checks in the history that a rebuild reproduces: rates, weights, a rule that suspends, diversity asked."""

from typing import Any

from backend.usecases.proficiency import below_floor, skills
from backend.usecases.projects import deliveries, targets
from backend.usecases.workforce import standing, vendor_rates
from tests.support import people as way
from tests.support.recertified import judged
from tests.support.skilled import define
from tests.support.world import World

RATE: dict[str, Any] = {"stage": None, "per": "hour", "currency": "EUR", "effective": "2026-01-01"}


async def lived(world: World, here: str = "") -> None:
    """A rate is said, corrected and ended; the score is weighed twice; somebody below the floor is suspended by rule,
    reinstated and open again; a delivery is held for one person's answers."""
    works, skill = await way.vendor(world, f"{here}Terns"), await define(world, f"{here}terns")
    for minor, more in (
        (1_850, {}),
        (1_900, {}),
        (40, {"per": "answer", "skill": skill}),
        (None, {"skill": skill}),
    ):
        asked = {"vendor": works, "amount_minor": minor, "skill": None} | RATE | more
        await world.act(vendor_rates.vendor_rates_update, **asked)
    # One for the tenant: two lives would share its stream.
    for cost in () if here else (0.5, 0.0):
        await world.act(vendor_rates.vendor_score_update, accuracy=1.0, speed=0.5, cost=cost)
    for mode in ("suspend", "close_skill", "suspend"):
        await world.act(below_floor.skill_below_floor_update, skill=skill, mode=mode)
    tern = await way.join(world, f"{here}tern", vendor=works)
    await judged(world, tern, skill, [False] * 10, 700_000)
    about = {"annotator": tern.subject.id, "reason": "looked at"}
    await world.act(standing.annotator_reinstate, **about)
    await world.act(skills.skill_reopen, skill=skill, **about)
    project = await world.project(f"{here}terns", plan={"overlap": 1, "gold_share": 0.0, "review_rate": 0.0})
    diversity = {"by": "annotator", "least": 2, "share": 0.5}
    await world.act(
        targets.project_targets_update, project=project, expected_version=1, targets=(), diversity=diversity
    )
    await world.items(project, f"{here}tern a")
    await world.work(tern, project, "tern")
    await world.decide()
    await world.act(deliveries.delivery_prepare, project=project, iteration=None, items=None)
