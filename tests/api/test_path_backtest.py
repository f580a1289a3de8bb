"""Backtest over HTTP: a manager tries another plan on what happened, and the plan stays what it was."""

from pydantic import TypeAdapter

from backend.api.backtest import Backtested
from tests.api.people import person, project, pull
from tests.api.speaker import Speaker
from tests.support.world import World


async def test_a_manager_tries_a_plan_on_what_happened(world: World, admin: Speaker) -> None:
    at = await project(admin, "a", "b", "c", plan={"review_rate": 1.0})
    ann, _ = await person(admin, "ann")
    rev, _ = await person(admin, "rev", "reviewer")
    for said in ("1", "1", "0"):
        await ann.do("lease_submit", {"answer": said}, lease=(await pull(ann, at))["id"])
    for verdict in ("accept", "reject"):
        (review,) = (await rev.do("review_pull", at))["leases"]
        await rev.do("review_submit", {"verdict": verdict}, lease=review["id"])
    await world.follow()
    before = await admin.do("project_get", **at)
    told = await admin.do("project_backtest", {"plan": {"review_rate": 0.0}}, **at)
    shown = TypeAdapter(Backtested).validate_python(told)
    assert (shown.answers, shown.judged, shown.plan.review_rate) == (3, 2, 0.0)
    assert (shown.recorded.reviews, shown.recorded.errors_found) == (3, 1.0)
    assert (shown.replayed.reviews, shown.saving.reviews, shown.saving.share) == (0, 3, 1.0)
    assert shown.replayed.errors_out.value > 0.0 and shown.assumptions
    assert await admin.do("project_get", **at) == before
    await admin.refused(422, "body_invalid", "project_backtest", {"plan": {"review_rat": 0.1}}, **at)
    await ann.refused(403, "forbidden", "project_backtest", {"plan": {}}, **at)


async def test_only_answers_of_the_time_asked_for_are_looked_at(world: World, admin: Speaker) -> None:
    at = await project(admin, "a")
    ann, _ = await person(admin, "ann")
    await ann.do("lease_submit", {"answer": "1"}, lease=(await pull(ann, at))["id"])
    await world.follow()
    body = {"plan": {}, "from": "2001-01-01T00:00:00Z", "to": "2002-01-01T00:00:00Z"}
    told = await admin.do("project_backtest", body, **at)
    assert (told["answers"], told["from"][:10]) == (0, "2001-01-01")
    body["to"] = "2000-01-01T00:00:00Z"
    await admin.refused(422, "period_invalid", "project_backtest", body, **at)
