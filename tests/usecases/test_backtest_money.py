"""Backtest in money: both plans priced by the rates of who worked, currencies apart; and what quality costs."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from backend.usecases.backtest.backtest import project_backtest
from backend.usecases.projects import staff_rates
from backend.usecases.quality.reports.quality_costs import project_quality_costs
from backend.usecases.work import Caller
from tests.support import people as way
from tests.support.backtested import contents, tried, worked
from tests.support.priced import staff, took, vendor
from tests.support.refused import refused
from tests.support.world import World

NOBODY = UUID(int=1)


def only(side: dict[str, Any], code: str = "EUR") -> dict[str, Any]:
    """What a side costs in one currency."""
    (found,) = [one for one in side["costs"] if one["currency"] == code]
    return dict(found)


async def two(world: World) -> tuple[UUID, Caller, Caller, UUID]:
    """Ten answers of an own annotator and ten of a vendor's, all reviewed by an own reviewer, every fifth wrong."""
    project = await world.project(plan={"review_rate": 1.0})
    acme = await way.vendor(world, "Acme")
    ann, ben = await world.invite("ann"), await way.join(world, "ben", vendor=acme)
    await worked(world, project, [ann, ben], 20, lambda n: n % 5 != 4, follow_every=10)
    await world.decide()
    await took(world, ann.subject.id, 36.0)
    await took(world, ben.subject.id, 90.0)
    return project, ann, ben, acme


async def test_both_plans_are_priced_by_who_worked_and_currencies_stay_apart(world: World) -> None:
    project, _, _, acme = await two(world)
    await staff(world, project, 2_000)
    await staff(world, project, 30, stage="review", per="answer")
    await vendor(world, acme, 1_000, currency="USD")
    money = (await tried(world, project, review_rate=0.0))["money"]
    was, now = money["recorded"], money["replayed"]
    assert [one["currency"] for one in was["costs"]] == ["EUR", "USD"]
    # Four of twenty items were rejected. Ten answers took 36 seconds at 20.00 an hour; twenty reviews cost 0.30 each;
    # ten answers took 90 seconds at 10.00 an hour.
    assert (only(was)["answers_minor"], only(was)["reviews_minor"], only(was)["total_minor"]) == (
        200,
        600,
        800,
    )
    assert only(was, "USD")["answers_minor"] == only(was, "USD")["total_minor"] == 250
    assert (only(was)["per_accepted_item"], only(now)["per_accepted_item"]) == ("50.0000", "12.5000")
    assert (only(now)["reviews_minor"], only(now)["total_minor"]) == (0, 200)
    assert [(one["currency"], one["total_minor"]) for one in money["difference"]] == [
        ("EUR", -600),
        ("USD", 0),
    ]
    assert was["unpriced"]["share"] == 0.0 and money["cost_per_error"] is None
    same = (await tried(world, project))["money"]
    assert same["recorded"] == same["replayed"]


async def test_what_has_no_rate_is_said_as_a_share_of_pieces_and_minutes(world: World) -> None:
    project, ann, *_ = await two(world)
    money = (await tried(world, project, review_rate=0.5))["money"]
    assert money["recorded"]["costs"] == [] and money["difference"] == []
    assert money["recorded"]["unpriced"]["share"] == money["recorded"]["unpriced"]["minutes_share"] == 1.0
    await staff(world, project, 2_000, stage="annotate")
    left = (await tried(world, project))["money"]["recorded"]["unpriced_by_kind"]["answers"]
    assert (left["pieces"], left["share"], left["minutes"]) == (20.0, 0.5, 21.0)
    assert left["minutes_share"] == pytest.approx(90 / 126, abs=1e-6)
    await took(world, ann.subject.id, None)
    left = (await tried(world, project))["money"]["recorded"]["unpriced_by_kind"]["answers"]
    assert left["share"] == 1.0, "an hour's rate prices nothing that nobody timed"


async def test_errors_that_go_out_cost_what_the_plan_says_of_one(world: World) -> None:
    project, *_ = await two(world)
    asked = {"project": project, "plan": {"review_rate": 0.4}, "since": None, "until": None}
    said = {"amount_minor": 5_000, "currency": "EUR"}
    money = (await world.act(project_backtest, **asked, cost_per_error=said))["money"]
    assert only(money["recorded"])["per_accepted_item"] is None, "nothing has a price"
    assert money["cost_per_error"] == said | {"digits": 2}
    was, now = only(money["recorded"])["errors_out"], only(money["replayed"])["errors_out"]
    # Four of twenty were wrong: all were found, and six of ten would not have been.
    assert was["value_minor"] == 0 and now["value_minor"] == 12_000 and now["answers"] == pytest.approx(2.4)
    assert now["low_minor"] < now["value_minor"] < now["high_minor"]
    assert money["difference"][0]["errors_out_minor"] == 12_000
    with refused("currency_unknown"):
        await world.act(project_backtest, **asked, cost_per_error=said | {"currency": "ABC"})


async def test_work_that_nobody_did_costs_what_the_staff_rate_says(world: World) -> None:
    project = await world.project(plan={"review_rate": 0.0})
    ann = await world.invite("ann")
    await worked(world, project, [ann], 10, lambda n: True, follow_every=10)
    await took(world, ann.subject.id, 36.0)
    await staff(world, project, 2_000)
    body = await tried(world, project, review_rate=1.0)
    assert (body["replayed"]["reviews"], only(body["money"]["replayed"])["reviews_minor"]) == (10, 200)
    assert any("nobody did costs" in one for one in body["assumptions"])
    await staff(world, project, None)
    left = (await tried(world, project, review_rate=1.0))["money"]["replayed"]["unpriced_by_kind"]["reviews"]
    assert (left["pieces"], left["share"]) == (10.0, 1.0)


async def test_a_rate_holds_from_its_day_on_and_a_priced_preview_leaves_nothing_behind(world: World) -> None:
    project, *_ = await two(world)
    sql = "SELECT max(submitted_at)::date AS day FROM answer WHERE tenant = $1"
    today = (await world.rows(sql))[0]["day"]
    await staff(world, project, 10, per="answer")
    await staff(world, project, 20, per="answer", effective=(today + timedelta(days=1)).isoformat())
    before = await contents(world)
    money = (await tried(world, project, review_rate=0.1))["money"]
    after = await contents(world)
    moved = {name for name in before if before[name] != after[name]}
    assert only(money["recorded"])["answers_minor"] == 100
    assert moved == {"public.access_entry", "public.access_ref"}, "but the entry that it was looked at"


async def test_what_quality_costs_is_read_as_it_stands(world: World) -> None:
    project, *_ = await two(world)
    await staff(world, project, 30, per="answer")
    body = await world.act(project_quality_costs, project=project, since=None, until=None)
    (cost,) = body["costs"]
    assert (cost["answers_minor"] + cost["rejected_minor"], cost["reviews_minor"]) == (300, 600)
    assert cost["rejected_minor"] > 0 and cost["total_minor"] == 900
    assert cost["quality_minor"] == 600 + cost["rejected_minor"]
    assert cost["quality_share"] == pytest.approx(cost["quality_minor"] / 900, abs=1e-6)
    assert body["unpriced_by_kind"]["answers"]["share"] is not None and 0 < body["unpriced"]["share"] < 1
    now = body["to"]
    for since, until in ((now, now), (now - timedelta(days=400), now)):
        with refused("period_invalid"):
            await world.act(project_quality_costs, project=project, since=since, until=until)
    with refused("not_found"):
        await world.act(staff_rates.staff_rates_get, project=NOBODY)
    with refused("stage_unknown"):
        await staff(world, project, 1, stage="sleep")
    assert len((await world.act(staff_rates.staff_rates_get, project=project))["data"]) == 1


async def test_reviews_that_wait_in_the_record_cost_nothing_and_fewer_of_them_no_less(world: World) -> None:
    project = await world.project(plan={"review_rate": 1.0})
    ann = await world.invite("ann")
    await world.items(project, *(f"w{n}" for n in range(4)))
    for _ in range(4):
        await world.work(ann, project, "a")
    await world.follow()
    await took(world, ann.subject.id, 36.0)
    await staff(world, project, 2_000)
    body = await tried(world, project, review_rate=0.0)
    assert (body["recorded"]["reviews"], body["replayed"]["reviews"]) == (4, 0)
    money = body["money"]
    assert [only(money[side])["reviews_minor"] for side in ("recorded", "replayed")] == [0, 0]
    assert money["difference"][0]["total_minor"] == 0
