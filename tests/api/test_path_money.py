"""Money over HTTP: staff rates, a backtest priced by them, and what quality costs."""

from typing import Any

from pydantic import TypeAdapter

from backend.api.backtest import Backtested
from backend.api.quality_costs import QualityCosts
from tests.api.people import NOBODY, person, project, pull
from tests.api.speaker import Speaker
from tests.support.world import World

RATE: dict[str, Any] = {"per": "answer", "amount_minor": 12, "currency": "EUR", "effective": "2020-01-01"}


async def test_own_people_have_a_rate_by_which_plans_are_priced(world: World, admin: Speaker) -> None:
    at = await project(admin, "a", "b", plan={"review_rate": 1.0})
    ann, _ = await person(admin, "ann")
    for _ in range(2):
        await ann.do("lease_submit", {"answer": "1"}, lease=(await pull(ann, at))["id"])
    await world.follow()
    told = await admin.do("staff_rates_update", RATE, **at)
    assert told == await admin.do("staff_rates_get", **at)
    assert (told["data"][0]["digits"], told["data"][0]["stage"]) == (2, None)
    per_error = {"amount_minor": 100, "currency": "EUR"}
    body = {"plan": {"review_rate": 0.0}, "cost_per_error": per_error}
    shown = TypeAdapter(Backtested).validate_python(await admin.do("project_backtest", body, **at))
    (cost,) = shown.money.recorded.costs
    assert (cost.currency, cost.answers_minor, cost.total_minor) == ("EUR", 24, 24)
    assert cost.errors_out is not None and shown.money.recorded.unpriced.share == 0.0
    costs = TypeAdapter(QualityCosts).validate_python(await admin.do("project_quality_costs", **at))
    assert [(one.answers_minor, one.quality_share) for one in costs.costs] == [(24, 0.0)]
    wrong = body | {"cost_per_error": per_error | {"currency": "XYZ"}}
    await admin.refused(422, "currency_unknown", "project_backtest", wrong, **at)
    await admin.refused(422, "body_invalid", "staff_rates_update", RATE | {"per": "week"}, **at)
    await admin.refused(422, "stage_unknown", "staff_rates_update", RATE | {"stage": "sleep"}, **at)
    await admin.refused(404, "not_found", "staff_rates_update", RATE, project=NOBODY)
    await ann.refused(403, "forbidden", "staff_rates_get", **at)
    query = {"from": "2030-01-02T00:00:00Z", "to": "2030-01-01T00:00:00Z"}
    await admin.refused(422, "period_invalid", "project_quality_costs", **at, query=query)
