"""Availability over HTTP: schedules, activity, limits and working time, as people and managers send them."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest_asyncio

from backend.usecases.access import access
from tests.api.speaker import Speaker, connect
from tests.support.world import World

OFFICE = [{"day": day, "begins": 540, "ends": 1020} for day in range(5)]
LIMITS = {"continuous_minutes": 2, "break_minutes": 5, "rest_minutes": 0}


@pytest_asyncio.fixture
async def admin(world: World) -> AsyncIterator[Speaker]:
    """A tenant administrator over HTTP."""
    made = await world.act(access.key_create, kind="user", roles=("tenant_admin",), scopes=("*",), days=1)
    async with connect(world.perform) as client:
        yield Speaker(client, made["key"])


async def person(admin: Speaker) -> tuple[Speaker, str]:
    """Somebody who was invited and has claimed, and their id."""
    body = {"name": "ann", "email": "ann@example.invalid", "roles": ["annotator"]}
    invited = await admin.do("annotator_invite", body)
    claimed = await Speaker(admin.client).do("annotator_claim", {"claim_token": invited["claim_token"]})
    return Speaker(admin.client, claimed["key"]), invited["id"]


async def test_a_schedule_is_put_by_the_person_and_enforced_by_a_manager(admin: Speaker) -> None:
    ann, about = await person(admin)
    assert (await ann.do("schedule_get", annotator=about))["version"] == 0
    day_off = {"date": "2026-12-24", "begins": None, "ends": None}
    wanted = {"time_zone": "Asia/Kolkata", "hours": OFFICE, "exceptions": [day_off]}
    put = await ann.do("schedule_update", wanted, annotator=about)
    assert put["hours"] == OFFICE and put["exceptions"] == [day_off] and put["version"] == 1
    bound = wanted | {"enforced": True}
    await ann.refused(403, "schedule_enforced", "schedule_update", bound, annotator=about)
    assert (await admin.do("schedule_update", bound, annotator=about))["enforced"]
    nowhere = {"time_zone": "Mars/Olympus"}
    await admin.refused(422, "time_zone_unknown", "schedule_update", nowhere, annotator=about)
    assert (await admin.do("schedule_get", annotator=about))["version"] == 2
    nobody = str(UUID(int=1))
    await admin.refused(404, "not_found", "schedule_get", annotator=nobody)


async def test_limits_are_set_for_all_for_one_and_for_a_project(admin: Speaker) -> None:
    ann, about = await person(admin)
    project = (await admin.do("project_create", {"name": "p", "skill": "s"}))["id"]
    everyone = await admin.do("limits_update", {"limits": LIMITS, "open_leases_max": 5})
    assert everyone == await admin.do("limits_get")
    own = await admin.do("annotator_limits_update", {"limits": {"break_minutes": 7}}, annotator=about)
    assert own == await ann.do("annotator_limits_get", annotator=about)
    held = own["effective"]
    assert (held["continuous_minutes"], held["break_minutes"], held["day_minutes"]) == (2, 7, 480)
    assert held["open_leases_max"] == 5
    there = await admin.do("project_limits_update", {"limits": {"day_minutes": 60}}, project=project)
    assert there == await admin.do("project_limits_get", project=project)
    rest = {"limits": {"rest_minutes": 60}}
    await admin.refused(422, "limits_invalid", "project_limits_update", rest, project=project)
    await ann.refused(403, "forbidden", "limits_update", {"limits": {}})


async def test_a_break_is_required_over_http_and_the_time_worked_is_told(
    world: World, admin: Speaker
) -> None:
    ann, about = await person(admin)
    plan = {"overlap": 1, "gold_share": 0.0, "review_rate": 0.0}
    project = (await admin.do("project_create", {"name": "p", "skill": "s", "plan": plan}))["id"]
    items = [{"external_key": name, "payload": 1} for name in ("a", "b")]
    await admin.do("item_import", {"items": items}, project=project)
    await admin.do("limits_update", {"limits": LIMITS})
    (lease,) = (await ann.do("lease_pull", {"project": project}))["leases"]
    for _ in range(2):
        world.clock.moved += timedelta(minutes=1)
        await ann.do("lease_heartbeat", lease=lease["id"])
    (told,) = (await ann.do("lease_pull", {"project": project}))["reasons"]
    assert (told["code"], told["why"]) == ("break_required", "continuous") and 0 < told[
        "retry_after_s"
    ] <= 300
    await ann.do("activity_update", {"activity": "break"}, annotator=about)
    world.clock.moved += timedelta(minutes=5)
    (told,) = (await ann.do("lease_pull", {"project": project}))["reasons"]
    assert told == {"code": "not_available", "activity": "break"}
    await ann.do("activity_update", {"activity": "available"}, annotator=about)
    assert (await ann.do("lease_pull", {"project": project}))["leases"]
    worked = await ann.do("working_time_get", annotator=about)
    assert worked["total"]["counted_ms"] == worked["total"]["raw_ms"] >= 120_000
    none = {"from": "2020-01-01", "to": "2020-01-31"}
    assert (await ann.do("working_time_get", annotator=about, query=none))["days"] == []
    wrong = {"from": "2020-02-01", "to": "2020-01-31"}
    await ann.refused(422, "period_invalid", "working_time_get", annotator=about, query=wrong)
