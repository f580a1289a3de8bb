"""What vendors' answers cost, and their score beside all vendors in the same work, made again from its own sums."""

import math
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from backend.statistics.wilson import wilson
from backend.usecases.quality.reports.scorecard import vendor_quality
from backend.usecases.work import Caller
from backend.usecases.workforce import vendor_rates as use
from tests.support import people as way
from tests.support.refused import refused
from tests.support.reporting import manager_of, report
from tests.support.skilled import skill_of
from tests.support.world import World

RATE: dict[str, Any] = {
    "skill": None,
    "stage": None,
    "per": "answer",
    "currency": "EUR",
    "effective": "2020-01-01",
}
PLAN = {"overlap": 1, "review_rate": 1.0, "rework_max": 0, "gold_share": 0.0}
NOBODY = "no such thing"


async def rated(world: World, vendor: UUID, minor: int | None, **other: Any) -> dict[str, Any]:
    return await world.act(use.vendor_rates_update, vendor=vendor, amount_minor=minor, **RATE | other)


async def answered(world: World, project: UUID, who: Caller, said: str, seconds: int, name: str) -> None:
    """These words one after the other, each in so many seconds; the reviewer rejects what is wrong."""
    words = said.split()
    await world.items(project, *(f"{name} {n}" for n in range(len(words))))
    for word in words:
        await world.work(who, project, word)
    await world.rows(
        "UPDATE lease_ended SET started_at = ended_at - make_interval(secs => $3)"
        " WHERE tenant = $1 AND annotator = $2 RETURNING lease",
        who.subject.id,
        seconds,
    )


async def two(world: World) -> tuple[UUID, UUID, UUID]:
    """A project, and two vendors: the first answers half as well, in 30 seconds; the second in 60."""
    project = await world.project(plan=PLAN)
    acme, bolt = await way.vendor(world, "Acme"), await way.vendor(world, "Bolt")
    ann, ben = await way.join(world, "ann", vendor=acme), await way.join(world, "ben", vendor=bolt)
    rev = await world.invite("rev", "reviewer")
    await answered(world, project, ann, "dog dog dog cat", 30, "a")
    await answered(world, project, ben, "dog dog dog dog", 60, "b")
    wrong = 2
    while leases := (await world.review_pull(rev, None, 20))["leases"]:
        for one in leases:
            bad = wrong > 0 and one["answer"] == "dog" and one["payload"]["task"].startswith("a ")
            wrong -= bad
            await world.review(rev, one["id"], "reject" if bad else "accept")
    await world.decide()
    await world.follow()
    return project, acme, bolt


async def card(world: World, vendor: UUID, caller: Caller | None = None, **given: Any) -> dict[str, Any]:
    return await report(world, vendor_quality, caller, vendor=vendor, **given)


async def test_a_right_answer_costs_the_cost_over_the_accuracy(world: World) -> None:
    _, acme, _ = await two(world)
    await rated(world, acme, 12)
    (place,) = (await card(world, acme))["data"]
    low, high = wilson(2, 4)
    (cost,) = place["costs"]["data"]
    assert (cost["currency"], cost["digits"], cost["answers"], cost["total"]) == ("EUR", 2, 4, 48.0)
    assert (cost["per_answer"], cost["per_right_answer"]["value"]) == (12.0, 24.0)
    assert cost["per_right_answer"]["low"] == pytest.approx(12 / high, abs=1e-5)
    assert cost["per_right_answer"]["high"] == pytest.approx(12 / low, abs=1e-5)


async def test_hours_are_from_opening_to_submitting_by_the_servers_clock(world: World) -> None:
    _, acme, _ = await two(world)
    await rated(world, acme, 2_400, per="hour")
    (place,) = (await card(world, acme))["data"]
    (cost,) = place["costs"]["data"]
    assert (cost["per_answer"], place["costs"]["unpriced"]) == (20.0, 0), "30 seconds at 24.00 an hour"


async def test_currencies_are_never_added_and_the_rate_of_the_day_and_place_holds(world: World) -> None:
    project, acme, bolt = await two(world)
    skill = await skill_of(world, project)
    await rated(world, acme, 10)
    assert len((await rated(world, acme, 7, currency="USD", skill=skill))["data"]) == 2
    (place,) = (await card(world, acme))["data"]
    assert [(one["currency"], one["per_answer"]) for one in place["costs"]["data"]] == [("USD", 7.0)]
    await rated(world, acme, None, currency="USD", skill=skill, effective="2020-02-01")
    (place,) = (await card(world, acme))["data"]
    assert [(one["currency"], one["per_answer"]) for one in place["costs"]["data"]] == [("EUR", 10.0)]
    await rated(world, acme, 10, currency="USD", stage="annotate", effective="2999-01-01")
    await rated(world, bolt, 99, currency="USD")
    told = await card(world, acme)
    assert (told["data"][0]["costs"]["data"][0]["currency"], told["score"]["currency"]) == ("EUR", "EUR")
    assert told["score"]["components"]["cost"]["expected"] == 10.0, "who is paid in dollars is not beside it"


async def test_the_score_is_the_weighted_geometric_mean_of_what_is_reached_over_what_all_reach(
    world: World,
) -> None:
    _, acme, bolt = await two(world)
    await rated(world, acme, 10)
    told = (await card(world, acme))["score"]
    assert told["missing"] == [] and told["weights"]["version"] == 0
    await rated(world, bolt, 30)
    await world.act(use.vendor_score_update, accuracy=1.0, speed=0.5, cost=0.5)
    told = (await card(world, acme))["score"]
    # Of the class dog: 3 of acme's at 1 of 3 right, all 7 at 5 of 7; the one cat is right and alone.
    accuracy = told["components"]["accuracy"]
    assert accuracy["own"] == 0.5 and accuracy["expected"] == pytest.approx((3 * 5 / 7 + 1) / 4)
    speed = told["components"]["speed"]
    assert speed["own"] == pytest.approx(30)
    together = (3 * math.log(30) + 4 * math.log(60)) / 7
    assert math.log(speed["expected"]) == pytest.approx((3 * together + math.log(30)) / 4)
    cost = told["components"]["cost"]
    assert (cost["own"], cost["expected"]) == (10.0, pytest.approx((3 * (3 * 10 + 4 * 30) / 7 + 10) / 4))
    assert told["weights"] == {"accuracy": 0.5, "speed": 0.25, "cost": 0.25, "version": 1}
    expected = accuracy["ratio"] ** 0.5 * speed["ratio"] ** 0.25 * cost["ratio"] ** 0.25
    assert told["value"] == pytest.approx(expected, abs=1e-8)
    assert told["low"] < told["value"] < told["high"] and told["compared_share"] == 0.75
    other = (await card(world, bolt))["score"]
    assert other["components"]["accuracy"]["ratio"] > 1.0 > other["components"]["cost"]["ratio"]


async def test_a_score_is_made_again_from_its_own_cells(world: World) -> None:
    project, acme, bolt = await two(world)
    for vendor, minor in ((acme, 10), (bolt, 30)):
        await rated(world, vendor, minor)
    told = (await card(world, acme))["score"]
    done = expected = own = 0.0
    for cell in told["cells"]:
        sums = cell["accuracy"]
        done += sums["weight"]
        own += sums["sum"]
        expected += sums["weight"] * sums["all_sum"] / sums["all_weight"]
    assert told["components"]["accuracy"]["ratio"] == pytest.approx(own / expected, abs=1e-8)
    assert (done, len(told["behind"])) == (4.0, 1)
    assert told["behind"][0].startswith(
        f"/v1/reports/projects/{project}/accuracy/answers?by=vendor&group={acme}"
    )


async def test_what_is_not_known_makes_no_score_until_it_weighs_nothing(world: World) -> None:
    _, acme, _ = await two(world)
    told = (await card(world, acme))["score"]
    assert (told["value"], told["low"], told["missing"]) == (None, None, ["cost"])
    await world.act(use.vendor_score_update, accuracy=1.0, speed=0.0, cost=0.0)
    told = (await card(world, acme))["score"]
    assert told["value"] == told["components"]["accuracy"]["ratio"] and told["missing"] == []


async def test_a_vendors_managers_see_their_costs_and_no_score(world: World) -> None:
    _, acme, bolt = await two(world)
    await rated(world, acme, 10)
    await rated(world, bolt, 30)
    mine = await manager_of(world, acme)
    world.clock.moved += timedelta(days=1)
    told = await card(world, acme, mine)
    assert told["score"] is None
    assert [one["per_answer"] for one in told["data"][0]["costs"]["data"]] == [10.0]
    assert len((await world.act(use.vendor_rates_get, mine, vendor=acme))["data"]) == 1
    with refused("not_found"):
        await world.act(use.vendor_rates_get, mine, vendor=bolt)
    with refused("forbidden"):
        await world.act(use.vendor_rates_update, mine, vendor=acme, amount_minor=1, **RATE)
    with refused("forbidden"):
        await world.act(use.vendor_score_update, mine, accuracy=1.0, speed=0.0, cost=0.0)


async def test_rates_are_of_what_there_is(world: World) -> None:
    acme = await way.vendor(world, "Acme")
    with refused("not_found"):
        await rated(world, uuid4(), 1)
    with refused("not_found"):
        await rated(world, acme, 1, skill=uuid4())
    with refused("stage_unknown"):
        await rated(world, acme, 1, stage=NOBODY)
    for _ in range(2):
        await rated(world, acme, 1)
    assert len(await world.facts("vendor.rate_set")) == 1
