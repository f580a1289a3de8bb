"""The forecast over HTTP: a spike comes in, the forecast says when the target breaks, a ring opens, and it holds."""

from datetime import timedelta
from typing import Any

from tests.api.people import PLAN, key, person, project, pull, skill
from tests.api.speaker import Speaker
from tests.support.world import World

ALWAYS = [{"day": day, "begins": 0, "ends": 1440} for day in range(7)]


async def _forecast(admin: Speaker, at: dict[str, str], **more: int) -> dict[str, Any]:
    """What is said of annotating in the project."""
    told = await admin.do("queue_forecast", query=at | more)
    return next(dict(one) for one in told["data"] if one["step"] == "annotate")


async def _imported(admin: Speaker, at: dict[str, str], *names: str) -> None:
    items = [{"external_key": name, "payload": {"task": name}} for name in names]
    await admin.do("item_import", {"items": items}, **at)


async def test_a_spike_is_foreseen_and_a_ring_takes_it(world: World, admin: Speaker) -> None:
    ann, ann_id = await person(admin, "ann")
    _, ben_id = await person(admin, "ben")
    at = await project(admin, *(f"a{n}" for n in range(20)), plan=PLAN)
    for _ in range(20):
        lease = await pull(ann, at)
        world.clock.moved += timedelta(seconds=180)
        await ann.do("lease_submit", {"answer": "x"}, lease=lease["id"])
    await world.follow()
    german = await skill(admin, at)
    condition = {"skill": german}
    asked = {"agreements": [], "courses": [], "conditions": {"all": [condition]}}
    await admin.do("project_requirements_update", asked, **at)
    rings = [{"after_seconds": 600, "without": [condition]}]
    said = {"wait_target_seconds": 7_200, "rings": rings}
    await admin.do("project_queue_update", said, if_match='"1"', **at)
    for who in (ann_id, ben_id):
        hours = {"time_zone": "UTC", "hours": ALWAYS, "exceptions": [], "enforced": False}
        await admin.do("schedule_update", hours, annotator=who)
    await admin.do("skill_grant", {"level": 1, "reason": "known"}, annotator=ann_id, skill=german)
    await _imported(admin, at, *(f"spike{n}" for n in range(60)))
    told = await _forecast(admin, at)
    assert (told["open_slots"], told["people"]["eligible"], told["people"]["by_schedule"]) == (60, 1, 1)
    assert told["missed"]["rings"][0]["more"] == {"eligible": 1, "on_shift": 1}
    assert 0.5 < told["missed"]["hours_lacking"] < 1.5 and len(told["backlog"]) == 24
    world.clock.moved += timedelta(seconds=601)
    told = await _forecast(admin, at, hours=12)
    assert (told["people"]["eligible"], told["missed"], len(told["backlog"])) == (2, None, 12)
    assert told["worked_off_at"] is not None


async def test_the_forecast_is_for_who_sees_lanes_and_looks_a_week_ahead_at_most(admin: Speaker) -> None:
    ann, _ = await person(admin, "ann")
    await ann.refused(403, "forbidden", "queue_forecast")
    auditor = await key(admin, "auditor")
    assert (await auditor.do("queue_forecast"))["hours"] == 24
    await admin.refused(422, "query_invalid", "queue_forecast", query={"hours": 169})
