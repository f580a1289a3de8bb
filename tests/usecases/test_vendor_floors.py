"""A vendor that falls below its standard: flagged or suspended by rule, once, with the numbers; a person reinstates."""

from typing import Any
from uuid import UUID

from backend.usecases.proficiency.records import skill_review
from backend.usecases.quality.reports.scorecard import vendor_quality
from backend.usecases.work import Caller
from backend.usecases.workforce import vendor_floors, vendors
from tests.support import people as way
from tests.support.evidenced import adjudicated, gold_scored, tell
from tests.support.refused import refused
from tests.support.reporting import manager_of
from tests.support.skilled import skill_of
from tests.support.world import World

RULE: dict[str, Any] = {
    "vendor": None,
    "skill": None,
    "floor": 0.8,
    "confidence": 0.95,
    "answers_min": 30,
    "people_min": 3,
    "days": 90,
    "mode": "suspend",
}


async def vendor_of(world: World, people: int) -> tuple[UUID, UUID, list[Caller]]:
    """A vendor, a skill, and so many people of the vendor."""
    skill = await skill_of(world, await world.project(plan={"live_floor": 0.0}))
    works = await way.vendor(world)
    return works, skill, [await way.join(world, f"p{n}", vendor=works) for n in range(people)]


async def answered(world: World, who: list[Caller], skill: UUID, right: int, wrong: int) -> None:
    """Everybody meets as much gold, rightly and wrongly."""
    answers = [True] * right + [False] * wrong
    await tell(world, *(fact for one in who for fact in gold_scored(one.subject.id, skill, answers)))
    await world.follow()


async def held(world: World, works: UUID, skill: UUID) -> int:
    return int((await world.system(vendor_floors.vendor_judge, vendor=works, skill=skill))["fell"])


async def status(world: World, works: UUID) -> str:
    return str((await world.act(vendors.vendor_get, vendor=works))["status"])


async def test_a_vendor_below_its_floor_is_suspended_once_and_reinstated_by_a_person(world: World) -> None:
    works, skill, who = await vendor_of(world, 4)
    project = await world.project("more")
    await world.items(project, "a")
    await world.pull(who[0], project)
    await answered(world, who, skill, 4, 8)
    await world.act(vendor_floors.vendor_floor_set, **RULE)
    await world.decide()
    assert await status(world, works) == "suspended"
    assert (await world.pull(who[1], project))["reasons"] == [{"code": "suspended"}]
    assert await way.open_slots(world) == 1, "the lease was given back"
    (fell,) = await world.facts("vendor.fell_below")
    assert (fell.event.answers, fell.event.errors, fell.event.people) == (48, 32, 4)
    assert fell.event.probability_ppm > 950_000
    (stopped,) = await world.facts("vendor.suspended")
    xids = await world.rows(
        "SELECT DISTINCT xid FROM event WHERE tenant = $1 AND type = ANY($2)",
        ["vendor.suspended", "vendor.fell_below", "lease.revoked"],
    )
    assert len(xids) == 1, "in one transaction"
    assert stopped.actor.kind == "system"
    assert "by rule: accuracy 0.333" in (await world.act(vendors.vendor_get, vendor=works))["reason"]
    assert await held(world, works, skill) == 0
    await world.act(vendors.vendor_reinstate, vendor=works, reason="they were trained")
    assert await held(world, works, skill) == 0, "the same evidence speaks once"
    await answered(world, who, skill, 2, 8)
    assert await held(world, works, skill) == 1
    assert await status(world, works) == "suspended"


async def test_a_flag_stops_nobody_and_is_in_the_vendors_report(world: World) -> None:
    works, skill, who = await vendor_of(world, 4)
    await world.act(vendor_floors.vendor_floor_set, **RULE | {"mode": "flag"})
    await answered(world, who, skill, 4, 8)
    assert await held(world, works, skill) == 1
    assert await status(world, works) == "active"
    card = await world.act(vendor_quality, vendor=works, months=1, by="month", as_of=None)
    (below,) = card["fell_below"]
    assert (below["skill"], below["mode"], below["answers"], below["accuracy"]) == (
        skill,
        "flag",
        48,
        0.333333,
    )
    assert below["low"] < below["accuracy"] < below["high"] < below["floor"] == 0.8


async def test_the_rule_that_names_more_counts_alone(world: World) -> None:
    works, skill, who = await vendor_of(world, 4)
    other = await way.vendor(world, "Others")
    await world.act(vendor_floors.vendor_floor_set, **RULE)
    await world.act(vendor_floors.vendor_floor_set, **RULE | {"vendor": works, "skill": skill, "floor": 0.1})
    await answered(world, who, skill, 4, 8)
    assert await held(world, works, skill) == 0
    mine = await manager_of(world, works)
    listed = (await world.act(vendor_floors.vendor_floor_list, mine))["data"]
    assert [(one["vendor"], one["floor"]) for one in listed] == [(None, 0.8), (works, 0.1)]
    theirs = (await world.act(vendor_floors.vendor_floor_list, await manager_of(world, other)))["data"]
    assert [one["vendor"] for one in theirs] == [None]
    with refused("forbidden", "forbidden"):
        await world.act(vendor_floors.vendor_floor_set, mine, **RULE)


async def test_what_was_told_before_the_vendor_stood_or_by_somebody_else_is_not_held_against_it(
    world: World,
) -> None:
    works, skill, who = await vendor_of(world, 3)
    own = await way.join(world, "staff")
    await world.act(vendor_floors.vendor_floor_set, **RULE)
    await answered(world, [own], skill, 0, 60)
    await answered(world, who, skill, 20, 0)
    assert await held(world, works, skill) == 0
    exam = [adjudicated(one.subject.id, skill, False) for one in who for _ in range(40)]
    await tell(world, *exam)
    await world.follow()
    assert await held(world, works, skill) == 0, "chosen work is no sample"


async def test_evidence_that_came_in_is_judged_by_the_worker_that_judges_skills(world: World) -> None:
    _, skill, who = await vendor_of(world, 3)
    await world.act(vendor_floors.vendor_floor_set, **RULE | {"mode": "flag"})
    await answered(world, who, skill, 0, 12)
    await world.system(skill_review, annotator=who[0].subject.id, skill=skill, floor_ppm=0)
    await world.decide()
    assert len(await world.facts("vendor.fell_below")) == 1
