"""The forecast of the queue: from what came in, who will be there and how long work takes to what will wait."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from backend.usecases.insight import demand
from backend.usecases.insight.capacity import split
from backend.usecases.insight.forecast import queue_forecast
from backend.usecases.tasks import steering
from backend.usecases.work import Caller
from backend.usecases.workforce import availability
from tests.support import people
from tests.support import queueing as say
from tests.support.leases import later
from tests.support.refused import refused
from tests.support.shift import keep, lease_of, monday, sweep
from tests.support.skilled import ask, define, gold, grant
from tests.support.world import World

HOUR = timedelta(hours=1)
NINE_TO_FIVE = tuple({"day": day, "begins": 540, "ends": 1020} for day in range(7))
ALWAYS = tuple({"day": day, "begins": 0, "ends": 1440} for day in range(7))
PLAN = {"lease_seconds": 3_600}


async def works(world: World, who: Caller, hours: Sequence[dict[str, int]], zone: str = "UTC") -> None:
    """The person says when they work."""
    said: dict[str, Any] = {"time_zone": zone, "hours": tuple(hours), "exceptions": (), "enforced": False}
    await world.act(availability.schedule_update, who, annotator=who.subject.id, **said)


async def measured(world: World, project: UUID, who: Caller, seconds: int = 180, n: int = 20) -> None:
    """So many answers of this length: from twenty on the handling time is known."""
    await world.items(project, *(f"m{k}" for k in range(n)))
    for _ in range(n):
        (lease,) = (await world.pull(who, project))["leases"]
        await later(world, seconds=seconds)
        await world.submit(who, lease["id"], "x")
    await world.follow()


async def forecast(
    world: World, project: UUID | None = None, hours: int = 24, limit: int = 50
) -> dict[str, Any]:
    return await world.act(queue_forecast, project=project, hours=hours, limit=limit)


async def step(
    world: World, project: UUID, name: str = "annotate", hours: int = 24, **more: Any
) -> dict[str, Any]:
    """What is said of one step of the project."""
    found = await forecast(world, project, hours, **more)
    return next(dict(one) for one in found["data"] if one["step"] == name)


async def named(world: World, project: UUID, prefix: str, n: int) -> None:
    await world.items(project, *(f"{prefix}{k}" for k in range(n)))


async def at_nine(world: World) -> datetime:
    """Monday after next at nine, long after all that was imported before: only what waits counts."""
    await monday(world, 9)
    world.clock.moved += timedelta(days=7)
    return await monday(world, 9)


# --- the whole path


async def test_what_waits_is_worked_off_by_who_is_on_shift(world: World) -> None:
    project, ann = await world.project(plan=PLAN), await world.invite("ann")
    await measured(world, project, ann)
    await works(world, ann, NINE_TO_FIVE)
    now = await at_nine(world)
    await say.settings(world, project, wait_target_seconds=3 * 86_400)
    await named(world, project, "a", 200)
    found = await step(world, project)
    assert (found["open_slots"], found["open_slots_by"], found["handling"]["answers"]) == (200, "counted", 20)
    assert found["handling"]["mean_seconds"] == pytest.approx(180, rel=0.05)
    assert found["handling"]["median_seconds"] == found["handling"]["p95_seconds"]
    assert found["people"] == {"eligible": 1, "on_shift": 1, "by_schedule": 1, "by_delivery": 0, "unknown": 0}
    able = 3600 / found["handling"]["mean_seconds"]
    assert sum(found["person_hours"]) == pytest.approx(8, abs=0.05)
    assert found["capacity"][0] == pytest.approx(able, abs=0.05) and found["capacity"][10] == 0
    assert found["backlog"][3] == pytest.approx(200 - 4 * able, abs=0.1)
    assert found["backlog"][7] == pytest.approx(200 - 8 * able, abs=0.3) == found["backlog"][20]
    assert found["worked_off_at"] is None and found["missed"] is None
    two = await step(world, project, hours=48)
    assert 25 * HOUR < two["worked_off_at"] - now < 28 * HOUR, "the rest is done the next morning"
    assert len(two["backlog"]) == 48 and two["backlog"][-1] == 0


async def test_a_target_that_will_be_missed_says_when_what_is_lacking_and_which_ring_brings_whom(
    world: World,
) -> None:
    project, ann = await world.project(plan=PLAN), await world.invite("ann")
    condition = await say.levelled(world, project)
    works_ltd = await people.vendor(world)
    await grant(world, ann, condition["skill"], 3)
    await measured(world, project, ann)
    await works(world, ann, ALWAYS)
    await people.join(world, "ben", origin="vendor", vendor=works_ltd)
    now = await at_nine(world)
    rings = [{"after_seconds": 7_200, "without": [condition]}]
    await say.settings(world, project, wait_target_seconds=4 * 3_600, rings=rings)
    await named(world, project, "a", 100)
    found = await step(world, project)
    able, missed = found["capacity"][0], found["missed"]
    assert missed["at"] - now == pytest.approx(4 * HOUR, abs=timedelta(minutes=1)), "it came in at once"
    assert missed["slots_lacking"] == pytest.approx(100 - 4 * able, abs=0.2)
    assert missed["hours_lacking"] == pytest.approx(missed["slots_lacking"] / able, abs=0.05)
    (ring,) = missed["rings"]
    assert (ring["ring"], ring["more"]) == (1, {"eligible": 1, "on_shift": 1})
    assert ring["opens_at"] - now == pytest.approx(2 * HOUR, abs=timedelta(minutes=1))
    assert missed["vendors"] == []
    await ask(world, project, any_=[[{"vendor": await people.vendor(world, "Ours")}]])
    late = (await step(world, project))["missed"]
    assert [one["more"]["eligible"] for one in late["rings"]] == [0], "it opens to nobody else"
    assert late["vendors"] == [{"vendor": works_ltd, "eligible": 1, "on_shift": 1}]
    assert late["slots_lacking"] == pytest.approx(100, abs=0.1), "nobody may take it"


async def test_what_came_in_at_these_hours_comes_again(world: World) -> None:
    project, ann = await world.project(plan=PLAN | {"overlap": 2}), await world.invite("ann")
    await works(world, ann, ALWAYS)
    await at_nine(world)
    for day in range(3):
        await named(world, project, f"d{day}-", 4 + 2 * day)
        world.clock.moved += timedelta(days=1)
    await gold(world, project, 5)
    world.clock.moved += HOUR
    await world.follow()
    found = await step(world, project)
    assert found["arrivals_days"] == 4, "the day that is not over counts, too"
    assert sum(found["arrivals"]) == pytest.approx(2 * (4 + 6 + 8) / 4, abs=0.1), "gold opens no work"
    assert found["arrivals"][23] == pytest.approx(9, abs=0.1), "at nine"
    assert found["open_slots"] == 36 and found["handling"] is None
    assert found["capacity"] is found["backlog"] is found["missed"] is None, (
        "nothing is known of the time it takes"
    )
    assert sum((await step(world, project, hours=48))["arrivals"]) == pytest.approx(18, abs=0.1)


async def test_bounds_are_told_from_three_days_on(world: World) -> None:
    project, ann = await world.project(plan=PLAN), await world.invite("ann")
    await works(world, ann, NINE_TO_FIVE)
    await at_nine(world)
    await measured(world, project, ann)
    for day in range(2):
        assert (await step(world, project))["backlog_low"] is None
        world.clock.moved += timedelta(days=1)
        await named(world, project, f"d{day}-", 80)
        await world.follow()
    world.clock.moved += timedelta(hours=2)
    found = await step(world, project)
    assert found["arrivals_days"] == 3
    assert found["backlog_low"][-1] < found["backlog"][-1] < found["backlog_high"][-1]


# --- who is there, and for what


async def test_who_said_no_hours_counts_by_what_they_worked_of_late(world: World) -> None:
    project, ann, ben = await world.project(plan=PLAN), await world.invite("ann"), await world.invite("ben")
    await measured(world, project, ann)
    await at_nine(world)
    await sweep(world)
    await named(world, project, "a", 50)
    assert sum((await step(world, project))["person_hours"]) == 0, (
        "what was worked two weeks ago says nothing"
    )
    lease = await lease_of(world, ann, project)
    await keep(world, ann, lease, minutes=30)
    await world.submit(ann, lease, "x")
    world.clock.moved += timedelta(minutes=10)
    await sweep(world)
    found = await step(world, project)
    assert (found["people"]["by_delivery"], found["people"]["unknown"]) == (1, 1)
    assert sum(found["person_hours"]) == pytest.approx(0.5, abs=0.02)
    assert found["person_hours"][0] == pytest.approx(0.5, abs=0.02), "it is past nine, and tomorrow before"
    await works(world, ben, ALWAYS)
    assert sum((await step(world, project))["person_hours"]) == pytest.approx(24.5, abs=0.05)


async def test_a_project_gets_its_share_of_the_time(world: World) -> None:
    birds, fish, night = await world.project("birds"), await world.project("fish"), await say.team(world)
    ann = await people.join(world, "ann", team=night)
    await works(world, ann, ALWAYS)
    await at_nine(world)
    await named(world, birds, "a", 2)
    assert sum((await step(world, birds))["person_hours"]) == 24, "nothing else waits"
    await named(world, fish, "a", 2)
    assert sum((await step(world, birds))["person_hours"]) == 12
    await say.settings(world, birds, weight=3.0)
    assert sum((await step(world, birds))["person_hours"]) == 18
    await say.staffed(world, {birds: 0.25}, team=night, days=0.5)
    time = (await step(world, birds))["person_hours"]
    assert (time[0], time[11], time[13]) == (0.25, 0.25, 0.75), "it ends after twelve hours"
    skill = await define(world, "German")
    await ask(world, fish, all_=[{"skill": skill}])
    assert sum((await step(world, birds))["person_hours"]) == 24, "she may do nothing else"
    assert sum((await step(world, fish))["person_hours"]) == 0


async def test_later_steps_get_what_the_first_ones_have_done(world: World) -> None:
    project = await world.project(plan=PLAN | {"review_rate": 1.0})
    ann, rev = await world.invite("ann"), await world.invite("rev", "reviewer")
    await measured(world, project, ann)
    for _ in range(20):
        (lease,) = (await world.review_pull(rev, project))["leases"]
        await later(world, seconds=60)
        await world.review(rev, lease["id"], "accept")
    await world.follow()
    for who in (ann, rev):
        await works(world, who, ALWAYS)
    await at_nine(world)
    assert (await forecast(world, project))["data"] == [], "nothing waits and nothing is to come"
    await named(world, project, "a", 50)
    first, second = await step(world, project), await step(world, project, "review")
    able = first["capacity"][0]
    assert second["open_slots"] == 0 and second["arrivals"][0] == pytest.approx(able, abs=0.05)
    assert sum(second["arrivals"]) == pytest.approx(50, abs=0.1), "each answer is reviewed"
    assert second["backlog"][0] == 0 and second["people"]["eligible"] == 1


# --- how it is told


async def test_what_is_too_much_to_count_is_estimated_or_said_to_be_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, ann = await world.project(plan=PLAN), await world.invite("ann")
    await measured(world, project, ann)
    await named(world, project, "a", 30)
    monkeypatch.setattr(demand, "COUNT_MAX", 10)
    found = await step(world, project)
    assert (found["open_slots"], found["open_slots_by"]) == (11, "at_least"), "the log is not followed yet"
    await world.follow()
    found = await step(world, project)
    assert (found["open_slots"], found["open_slots_by"]) == (30, "estimated")


async def test_steps_that_miss_their_target_come_first_and_paused_lanes_are_left_out(world: World) -> None:
    birds, fish, ann = (
        await world.project("birds", plan=PLAN),
        await world.project("fish"),
        await world.invite("a"),
    )
    await measured(world, birds, ann)
    await at_nine(world)
    await named(world, birds, "a", 3)
    await named(world, fish, "a", 3)
    await works(world, ann, ALWAYS)
    await ask(world, fish, all_=[{"skill": await define(world, "German")}])
    found = await forecast(world)
    assert (found["steps"], found["missed"]) == (2, 1)
    assert [one["project"] for one in found["data"]] == [fish, birds]
    assert found["data"][0]["handling"]["of"] == "tenant", "steps of this name elsewhere"
    assert [one["project"] for one in (await forecast(world, limit=1))["data"]] == [fish]
    lanes = await say.lanes_of(world, fish)
    await world.act(steering.lane_pause, lane=lanes["annotate"]["lane"])
    assert [one["project"] for one in (await forecast(world))["data"]] == [birds]


async def test_only_who_sees_lanes_sees_the_forecast(world: World) -> None:
    ann = await world.invite("ann")
    with refused("forbidden", "forbidden"):
        await world.act(queue_forecast, ann, project=None, hours=24, limit=50)


def test_everybody_is_in_one_group_with_those_who_are_in_the_same_sets() -> None:
    groups = dict(split(0b1111, [("odd", 0b1010), ("high", 0b1100)]))
    told = {people: sorted(names) for people, names in groups.items()}
    assert told == {0b0001: [], 0b0010: ["odd"], 0b0100: ["high"], 0b1000: ["high", "odd"]}
