"""Lanes as managers see them: what waits, whom each serves, which nobody on shift can, and why a lease went where."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from backend.usecases.insight import reports
from backend.usecases.insight.lanes import lane_list, lane_orphans, lane_overflow
from backend.usecases.insight.lease_reasons import lease_why, why_shown
from backend.usecases.lanes import lane_of
from backend.usecases.tasks import assigning, steering
from backend.usecases.work import Caller
from backend.usecases.workforce import availability, standing
from tests.support import people
from tests.support import queueing as say
from tests.support.refused import refused
from tests.support.shift import monday
from tests.support.skilled import ask, define, explained, grant
from tests.support.world import World

NOBODY = UUID(int=9)


async def away(world: World, who: Caller) -> None:
    """The person takes a break."""
    await world.act(availability.activity_update, who, annotator=who.subject.id, activity="break")


async def orphans(world: World, project: UUID | None = None) -> dict[str, Any]:
    return await say.report(world, lane_orphans, project)


async def test_a_lane_is_listed_with_what_it_asks_what_waits_and_whom_it_serves(world: World) -> None:
    project, ann, _ = await world.project(), await world.invite("ann"), await world.invite("ben")
    await world.invite("rev", "reviewer")
    condition = await say.levelled(world, project)
    await grant(world, ann, condition["skill"], 3)
    await world.items(project, *"abc")
    world.clock.moved += timedelta(seconds=10)
    lanes = await say.lanes_of(world, project)
    one = lanes["annotate"]
    token = f"skill:{condition['skill']}:3"
    assert (one["stage"], one["priority"], one["paused"], one["project"]) == ("annotate", 2, False, project)
    assert token in one["requires"] and one["needs"] == {"all": [], "any": [], "none": []}
    assert (one["open_slots"], one["open_slots_at_least"]) == (3, False)
    assert one["waited_s"] == pytest.approx(10, abs=5) and one["ring"] == 0
    assert (one["eligible"], one["on_shift"]) == (1, 1)
    assert [(ring["after_seconds"], ring["eligible"]) for ring in one["rings"]] == [(0, 1), (60, 2)]
    assert (lanes["review"]["open_slots"], lanes["review"]["waited_s"]) == (0, None)
    world.clock.moved += timedelta(seconds=60)
    one = (await say.lanes_of(world, project))["annotate"]
    assert (one["ring"], one["eligible"]) == (1, 2)
    await away(world, ann)
    one = (await say.lanes_of(world, project))["annotate"]
    assert (one["eligible"], one["on_shift"]) == (2, 1)


async def test_lanes_are_walked_page_by_page(world: World) -> None:
    for name in ("birds", "fish"):
        await world.project(name)
    found, cursor = [], None
    while True:
        page = await world.act(lane_list, project=None, cursor=cursor, limit=2)
        assert len(page["data"]) <= 2
        found += [one["lane"] for one in page["data"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert found == sorted(set(found)) and len(found) == 6


async def test_a_lane_without_anybody_is_an_orphan_with_what_is_missing_for_most(world: World) -> None:
    project, ann, ben = await world.project(), await world.invite("ann"), await world.invite("ben")
    rare, common = await define(world, "Rare"), await define(world, "Common")
    await ask(world, project, all_=[{"skill": rare}, {"skill": common}])
    await grant(world, ann, common)
    assert (await orphans(world))["orphans"] == 0, "nothing waits there yet"
    await world.items(project, "a")
    found = await orphans(world)
    assert (found["lanes"], found["orphans"], found["people"], found["people_on_shift"]) == (1, 1, 2, 2)
    (one,) = found["data"]
    assert (one["missing"]["condition"], one["missing"]["lacking"]) == (f"skill:{rare}", 2)
    assert one["missing"]["eligible_without"] == 1 and one["missing"]["code"] == "not_qualified"
    assert one["missing"]["act"]["operation"] == "skill_grant"
    assert one["unlocks"] == one["missing"] and one["eligible_off_shift"] == 0
    await grant(world, ben, rare)
    (one,) = (await orphans(world))["data"]
    assert one["missing"]["lacking"] == 1 and one["unlocks"]["eligible_without"] == 1
    await grant(world, ann, rare)
    assert (await orphans(world))["data"] == []


async def test_an_orphan_says_who_could_when_they_are_back(world: World) -> None:
    project, ann = await world.project(), await world.invite("ann")
    await world.items(project, "a")
    assert (await orphans(world))["orphans"] == 0
    await away(world, ann)
    (one,) = (await orphans(world))["data"]
    assert (one["eligible_off_shift"], one["missing"]) == (1, None)
    rev = await world.invite("rev", "reviewer")
    found = await orphans(world)
    (one,) = found["data"]
    assert found["people_on_shift"] == 1
    assert (one["missing"]["condition"], one["eligible_off_shift"]) == ("role:annotator", 1)
    await world.act(standing.annotator_suspend, annotator=rev.subject.id, reason="x")
    await world.act(standing.annotator_suspend, annotator=ann.subject.id, reason="x")
    (one,) = (await orphans(world))["data"]
    assert one["eligible_off_shift"] == 0


async def test_who_said_their_hours_is_not_on_shift_outside_of_them_though_nobody_binds_them(
    world: World,
) -> None:
    await monday(world, 9)
    project, ann = await world.project(), await world.invite("ann")
    await world.items(project, "a")
    for hours, expected in (((540, 660), 0), ((600, 660), 1)):
        said = ({"day": 0, "begins": hours[0], "ends": hours[1]},)
        plain: dict[str, Any] = {"time_zone": "UTC", "exceptions": (), "enforced": False}
        await world.act(availability.schedule_update, ann, annotator=ann.subject.id, hours=said, **plain)
        assert (await orphans(world))["orphans"] == expected


async def test_an_orphan_names_the_ring_that_will_bring_somebody(world: World) -> None:
    project = await world.project()
    await world.invite("ann")
    await say.levelled(world, project)
    await world.items(project, "a")
    (one,) = (await orphans(world))["data"]
    assert (one["ring_that_helps"]["ring"], one["ring_that_helps"]["on_shift"]) == (1, 1)
    world.clock.moved += timedelta(seconds=61)
    assert (await orphans(world))["data"] == [], "the ring is open"
    assert (await orphans(world, await world.project("fish")))["lanes"] == 0


async def test_what_waits_too_long_is_told_with_the_ring_and_the_vendor_that_would_help(world: World) -> None:
    project, works = await world.project(), await people.vendor(world)
    ours, night = await people.vendor(world, "Ours"), await say.team(world)
    await people.join(world, "ann", origin="vendor", vendor=works)
    await people.join(world, "ben", team=night)
    condition = {"skill": await define(world, "German", "language")}
    await ask(world, project, any_=[[{"vendor": ours}, {"team": night}]], all_=[condition])
    await say.settings(
        world,
        project,
        wait_target_seconds=30,
        rings=[{"after_seconds": 3_600, "without": [condition]}],
    )
    await world.items(project, "a")
    assert (await say.report(world, lane_overflow))["late"] == 0
    world.clock.moved += timedelta(seconds=45)
    found = await say.report(world, lane_overflow)
    (one,) = found["data"]
    assert (found["lanes"], found["late"], one["eligible"], one["wait_target_seconds"]) == (1, 1, 0, 30)
    assert [ring["more"] for ring in one["rings"]] == [{"eligible": 1, "on_shift": 1}]
    assert one["vendors"] == [], "the skill keeps them out, too"
    await ask(world, project, any_=[[{"vendor": ours}, {"team": night}]])
    (one,) = (await say.report(world, lane_overflow, project))["data"]
    assert one["eligible"] == 1
    assert one["vendors"] == [{"vendor": works, "eligible": 1, "on_shift": 1}]


async def test_only_who_sees_all_people_sees_lanes(world: World) -> None:
    ann = await world.invite("ann")
    for usecase, more in ((lane_list, {"cursor": None}), (lane_orphans, {}), (lane_overflow, {})):
        with refused("forbidden", "forbidden"):
            await world.act(usecase, ann, project=None, limit=10, **more)


# --- explaining


async def test_a_lane_put_aside_is_a_reason_of_its_own(world: World) -> None:
    project, ann = await world.project(), await world.invite("ann")
    lane = lane_of(project, "annotate")
    await world.act(steering.lane_pause, lane=lane)
    assert [one["code"] for one in (await world.pull(ann, project))["reasons"]] == ["no_tasks"]
    await world.items(project, "a")
    (why,) = (await world.pull(ann, project))["reasons"]
    assert (why["code"], why["count"]) == ("lane_paused", 1) and why["retry_after_s"] > 0
    assert (await explained(world, ann, project=project))[1]["condition"] == "lane_open"
    assert (await orphans(world))["lanes"] == 0, "it serves nobody on purpose"


async def test_a_task_that_is_not_wanted_says_so(world: World) -> None:
    project, ann = await world.project(), await world.invite("ann")
    task = (await world.items(project, "a"))[0]["task"]
    await world.act(steering.task_hold, task=task, code="wrong_data", note=None)
    body = (await explained(world, ann, task=task))[0]
    told = {one["condition"]: one for one in body["conditions"] if not one["passed"]}
    assert told["task_open"]["actual"] == {"state": "held", "code": "wrong_data"}
    assert body["eligible"] and not body["served_now"], "it is not about the person"


async def test_what_was_met_is_told_with_its_generation(world: World) -> None:
    project, ann = await world.project(plan={"overlap": 2}), await world.invite("ann")
    task = (await world.items(project, "a"))[0]["task"]
    await world.work(ann, project, "x")
    body = (await explained(world, ann, task=task))[0]
    (met,) = [one for one in body["conditions"] if one["condition"] == "already_worked"]
    assert (met["passed"], met["actual"]) == (False, {"met": True, "generation": 1})


async def test_why_a_lease_went_to_somebody_says_what_was_asked_then_and_by_which_facts_it_was_met(
    world: World,
) -> None:
    project, ann = await world.project(), await world.invite("ann")
    condition = await say.levelled(world, project)
    await grant(world, ann, condition["skill"], 3)
    await world.items(project, "a")
    (lease,) = (await world.pull(ann, project))["leases"]
    world.clock.moved += timedelta(minutes=1)
    await ask(world, project)
    told = await world.act(lease_why, lease=lease["id"])
    assert (told["annotator"], told["ring"], told["left_out"]) == (ann.subject.id, 0, [])
    assert isinstance(told["why"], dict) and told["why"]
    asked = {one["token"]: [fact["type"] for fact in one["facts"]] for one in told["asked"]}
    assert asked[f"skill:{condition['skill']}:3"] == ["skill.granted"]
    assert asked["role:annotator"] == ["annotator.invited"]
    with refused("not_found"):
        await world.act(lease_why, lease=NOBODY)
    with refused("forbidden", "forbidden"):
        await world.act(lease_why, ann, lease=lease["id"])


async def test_who_was_served_by_a_later_ring_is_told_what_it_left_out(world: World) -> None:
    project, ann = await world.project(), await world.invite("ann")
    condition = await say.levelled(world, project)
    await world.items(project, "a")
    world.clock.moved += timedelta(seconds=61)
    (lease,) = (await world.pull(ann, project))["leases"]
    told = await world.act(lease_why, lease=lease["id"])
    assert (told["ring"], told["left_out"]) == (1, [f"skill:{condition['skill']}:3"])


async def test_the_history_of_a_task_shows_why_as_an_object(world: World) -> None:
    project, ann = await world.project(plan={"overlap": 2}), await world.invite("ann")
    ben = await world.invite("ben")
    task = (await world.items(project, "a"))[0]["task"]
    await world.work(ann, project, "x")
    await world.act(assigning.lease_assign, task=task, annotator=ben.subject.id)
    events = (await world.act(reports.task_history, task=task))["events"]
    whys = [one["data"]["why"] for one in events if one["type"] == "lease.claimed"]
    assert len(whys) == 2 and all(isinstance(why, dict) and why for why in whys)


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        ('{"by": "pull", "ring": 1}', {"by": "pull", "ring": 1}),
        ("pulled: eligible", {"by": "pulled: eligible"}),
        ("3", {"by": 3}),
    ],
)
def test_an_old_reason_is_told_as_an_object_too(kept: str, told: dict[str, Any]) -> None:
    assert why_shown(kept) == told
