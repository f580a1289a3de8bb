"""The queue over HTTP: settings and their defaults, staffing and quotas, lanes and orphans, why somebody got a task."""

from datetime import timedelta
from typing import Any

from tests.api.people import PLAN, key, moment, person, project, pull, skill, why
from tests.api.speaker import Speaker
from tests.support.world import World


async def _ring(admin: Speaker, at: dict[str, str]) -> dict[str, Any]:
    """The project asks for a level; after a minute it asks no more."""
    condition = {"skill": await skill(admin, at), "level_min": 2}
    await admin.do(
        "project_requirements_update",
        {"agreements": [], "courses": [], "conditions": {"all": [condition]}},
        **at,
    )
    ring = {"after_seconds": 60, "without": [condition]}
    told = await admin.do("project_queue_update", {"rings": [ring]}, if_match='"1"', **at)
    assert told["settings"]["rings"] == [ring] and told["said_by"]["rings"] == "project"
    return condition


async def test_settings_are_read_changed_and_inherited(admin: Speaker) -> None:
    at = await project(admin)
    assert (await admin.do("queue_defaults_get"))["version"] == 1
    told = await admin.do("queue_defaults_update", {"prefetch_max": 5, "weight": 2}, if_match='"1"')
    assert (told["settings"]["prefetch_max"], told["said_by"]["prefetch_max"]) == (5, "tenant")
    mine = await admin.do("project_queue_get", **at)
    assert (mine["settings"]["weight"], mine["said_by"]["weight"], mine["version"]) == (2.0, "tenant", 1)
    skips = [{"code": "blurry", "holds": True}]
    mine = await admin.do("project_queue_update", {"weight": 0.5, "skips": skips}, if_match='"1"', **at)
    assert mine["settings"]["skips"] == [{"code": "blurry", "returns": False, "counts": True, "holds": True}]
    mine = await admin.do("project_queue_update", {"weight": None}, if_match='"2"', **at)
    assert (mine["settings"]["weight"], mine["version"]) == (2.0, 3)
    await admin.refused(412, "queue_changed", "project_queue_update", {"weight": 1}, if_match='"2"', **at)
    await admin.refused(412, "queue_changed", "queue_defaults_update", {"weight": 1}, if_match='"1"')
    twice = {"skips": [{"code": "a"}, {"code": "a"}]}
    problem = await admin.refused(422, "queue_invalid", "project_queue_update", twice, if_match='"3"', **at)
    assert problem["field"] == "skips"
    bad = {"weight": 1_000}
    await admin.refused(422, "body_invalid", "project_queue_update", bad, if_match='"3"', **at)


async def test_rings_are_waited_for_listed_and_explained(world: World, admin: Speaker) -> None:
    ann, ann_id = await person(admin, "ann")
    at = await project(admin, "a")
    condition = await _ring(admin, at)
    (reason,) = await why(ann, at)
    assert reason["code"] == "ring_not_open" and 0 < reason["retry_after_s"] <= 60
    lanes = {one["step"]: one for one in (await admin.do("lane_list", query=at))["data"]}
    assert (lanes["annotate"]["open_slots"], lanes["annotate"]["eligible"]) == (1, 0)
    assert [one["on_shift"] for one in lanes["annotate"]["rings"]] == [0, 1]
    (orphan,) = (await admin.do("lane_orphans", query=at))["data"]
    assert orphan["missing"]["condition"] == f"skill:{condition['skill']}:2"
    assert orphan["ring_that_helps"]["ring"] == 1
    await admin.do("project_queue_update", {"wait_target_seconds": 30}, if_match='"2"', **at)
    world.clock.moved += timedelta(seconds=40)
    (late,) = (await admin.do("lane_overflow"))["data"]
    assert late["rings"][0]["more"]["on_shift"] == 1
    world.clock.moved += timedelta(seconds=30)
    lease = await pull(ann, at)
    auditor = await key(admin, "auditor")
    told = await auditor.do("lease_why", lease=lease["id"])
    assert (told["annotator"], told["ring"]) == (ann_id, 1) and told["why"]
    await ann.refused(403, "forbidden", "lease_why", lease=lease["id"])


async def test_a_vendor_is_staffed_and_the_staffing_ends(world: World, admin: Speaker) -> None:
    at = await project(admin)
    vendor = (await admin.do("vendor_register", {"name": "Label Works"}))["id"]
    said = {
        "vendor": vendor,
        "starts": await moment(world),
        "ends": await moment(world, days=7),
        "shares": [{"project": at["project"], "share": 0.4}],
    }
    told = await admin.do("staffing_set", said)
    assert (told["vendor"], told["team"], told["shares"][0]["share"]) == (vendor, None, 0.4)
    problem = await admin.refused(409, "staffing_overlaps", "staffing_set", said)
    assert problem["staffing"] == told["id"]
    page = await admin.do("staffing_list", query={"vendor": vendor})
    assert [one["id"] for one in page["data"]] == [told["id"]]
    ended = await admin.do("staffing_end", staffing=told["id"])
    assert ended["ended_at"] is not None
    await admin.do("staffing_set", said)
    most = {"shares": [{"project": at["project"], "share": 1.0}] * 2}
    await admin.refused(422, "staffing_invalid", "staffing_set", said | most)


async def test_a_quota_ends_the_day_and_is_removed(world: World, admin: Speaker) -> None:
    ann, ann_id = await person(admin, "ann")
    at = await project(admin, "a", "b", plan=PLAN)
    told = await admin.do("quota_set", {"per_day": 1, "annotator": ann_id})
    await pull(ann, at)
    (listed,) = (await admin.do("quota_list", query={"annotator": ann_id}))["data"]
    assert (listed["id"], listed["today"]) == (told["id"], 1)
    (reason,) = await why(ann, at)
    assert (reason["code"], reason["per_day"]) == ("quota_reached", 1)
    assert (await admin.do("quota_remove", quota=told["id"]))["removed"]
    assert await pull(ann, at)
