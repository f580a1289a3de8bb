"""Vendors and the worst in the history that a rebuild reproduces."""

from typing import Any

from backend.usecases.quality.worst import mislabels_sample
from backend.usecases.workforce import vendor_floors, vendors
from tests.support import people as way
from tests.support.evidenced import gold_scored, tell
from tests.support.skilled import skill_of
from tests.support.world import World

RULE: dict[str, Any] = {"floor": 0.8, "confidence": 0.95, "answers_min": 10, "people_min": 2, "days": 90}


async def lived(world: World, here: str = "") -> None:
    """A vendor is flagged, then suspended by rule, and reinstated; of two results the one most probably wrong is
    done again."""
    project = await world.project(f"{here}herons")
    skill = await skill_of(world, project)
    works = await way.vendor(world, f"{here}Herons")
    who = [await way.join(world, f"{here}heron {n}", vendor=works) for n in range(3)]
    await world.items(project, f"{here}heron a", f"{here}heron b")
    for answer in ("heron", "egret"):
        await world.work(who[0], project, answer)
    await world.decide()
    asked: dict[str, Any] = {"seed": "herons", "classes": None, "reason": "spot check", "dry_run": False}
    await world.act(mislabels_sample, project=project, n=1, **asked)
    await world.decide()
    for mode in ("flag", "suspend"):
        about = {"vendor": works, "skill": skill}
        await world.act(vendor_floors.vendor_floor_set, **RULE | about | {"mode": mode})
        wrong = [fact for one in who for fact in gold_scored(one.subject.id, skill, [False] * 12)]
        await tell(world, *wrong)
        await world.follow()
        await world.system(vendor_floors.vendor_judge, vendor=works, skill=skill)
    await world.act(vendors.vendor_reinstate, vendor=works, reason="looked at")
