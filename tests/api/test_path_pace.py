"""The pace of work over HTTP: limits, breaks, hours and capacity hold at the pull; time is measured, not said."""

from tests.api.people import (
    At,
    codes,
    failing,
    key,
    moment,
    pass_time,
    person,
    project,
    pull,
    sweep,
    why,
)
from tests.api.speaker import Speaker
from tests.support.shift import monday
from tests.support.world import World

SHORT = {"continuous_minutes": 10, "break_minutes": 5, "rest_minutes": 0}


async def work(world: World, who: Speaker, at: At, minutes: int, every: int = 1) -> None:
    """One lease, worked on for so many minutes with a heartbeat each (or `every` few), and submitted."""
    lease = await pull(who, at)
    for _ in range(minutes // every):
        pass_time(world, minutes=every)
        await who.do("lease_heartbeat", lease=lease["id"])
    await who.do("lease_submit", {"answer": "cat"}, lease=lease["id"])


async def test_after_continuous_work_a_break_is_required_until_a_told_moment(
    world: World, admin: Speaker
) -> None:
    await monday(world)
    await admin.do("limits_update", {"limits": SHORT})
    at = await project(admin, *"abcdef")
    ann, ann_id = await person(admin, "ann")
    await work(world, ann, at, 9)
    await work(world, ann, at, 1)
    (told,) = await why(ann, at)
    assert (told["code"], told["why"]) == ("break_required", "continuous")
    assert 290 <= told["retry_after_s"] <= 300
    assert (
        await moment(world, minutes=4)
        < told["until"].replace("Z", "+00:00")
        <= await moment(world, minutes=5)
    )
    assert await failing(ann, ann_id, at) == ["break"]
    ben, _ = await person(admin, "ben")
    await pull(ben, at)
    pass_time(world, minutes=5)
    await pull(ann, at)


async def test_working_time_is_shown_raw_and_counted(world: World, admin: Speaker) -> None:
    await monday(world)
    at = await project(admin, "a", "b")
    ann, ann_id = await person(admin, "ann")
    await work(world, ann, at, 6)
    await work(world, ann, at, 10, every=10)
    worked = await ann.do("working_time_get", annotator=ann_id)
    minutes = {name: round(ms / 60_000) for name, ms in worked["total"].items()}
    assert minutes == {"raw_ms": 16, "counted_ms": 9}, "of ten silent minutes three count"
    assert (worked["idle_seconds"], [one["project"] for one in worked["days"]]) == (180, [at["project"]])
    pass_time(world, minutes=6)
    assert (await sweep(world))["work_count"] == 1
    again = await admin.do("working_time_get", annotator=ann_id)
    assert again["total"] == worked["total"], "written down it is the same"
    ben, _ = await person(admin, "ben")
    await ben.refused(403, "forbidden", "working_time_get", annotator=ann_id)


async def test_a_project_may_ask_for_less_than_the_day_allows(world: World, admin: Speaker) -> None:
    await monday(world)
    at, other = await project(admin, "a", "b"), await project(admin, "c", name="bees")
    await admin.do("project_limits_update", {"limits": {"day_minutes": 5}}, **at)
    ann, _ = await person(admin, "ann")
    await work(world, ann, at, 6)
    (told,) = await why(ann, at)
    assert (told["code"], told["why"], told["project"]) == ("break_required", "daily", at["project"])
    await pull(ann, other)
    pass_time(world, hours=24)
    await pull(ann, at)


async def test_the_day_and_the_week_are_limited_for_a_person(world: World, admin: Speaker) -> None:
    await monday(world)
    at = await project(admin, *"abcd")
    ann, ann_id = await person(admin, "ann")
    limits = {"day_minutes": 4, "week_minutes": 7, "rest_minutes": 0}
    await admin.do("annotator_limits_update", {"limits": limits}, annotator=ann_id)
    await ann.refused(403, "forbidden", "annotator_limits_update", {"limits": {}}, annotator=ann_id)
    await work(world, ann, at, 4)
    assert [(one["code"], one["why"]) for one in await why(ann, at)] == [("break_required", "daily")]
    pass_time(world, days=1)
    await work(world, ann, at, 4)
    assert {one["why"] for one in await why(ann, at)} == {"weekly", "daily"}
    pass_time(world, days=1)
    assert {one["why"] for one in await why(ann, at)} == {"weekly"}
    pass_time(world, days=5)
    await pull(ann, at)


async def test_capacity_activity_and_enforced_hours_stop_a_pull(world: World, admin: Speaker) -> None:
    await monday(world, hour=8)
    at = await project(admin, *"abc")
    ann, ann_id = await person(admin, "ann")
    who = {"annotator": ann_id}
    await admin.do("annotator_limits_update", {"limits": {}, "open_leases_max": 1}, **who)
    lease = await pull(ann, at)
    assert await codes(ann, at) == ["at_capacity"]
    assert await failing(ann, ann_id, at) == ["capacity"]
    await ann.do("lease_release", lease=lease["id"])
    await ann.do("activity_update", {"activity": "training"}, **who)
    assert [(one["code"], one["activity"]) for one in await why(ann, at)] == [("not_available", "training")]
    await ann.do("activity_update", {"activity": "available"}, **who)
    hours = {"time_zone": "Asia/Kolkata", "hours": [{"day": 0, "begins": 900, "ends": 1020}]}
    await ann.do("schedule_update", hours, **who)
    lease = await pull(ann, at)
    await ann.do("lease_release", lease=lease["id"])
    await admin.do("schedule_update", hours | {"enforced": True}, **who)
    (told,) = await why(ann, at)
    assert told["code"] == "outside_hours"
    assert told["until"][11:16] == "09:30", "15:00 in Kolkata"
    assert await failing(admin, ann_id, at) == ["availability"]
    pass_time(world, hours=1, minutes=31)
    await pull(ann, at)
    manager = await key(admin, "manager")
    assert (await manager.do("schedule_get", **who))["enforced"]
