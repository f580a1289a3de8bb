"""Pacing through the door: breaks, caps, rest, hours and activity stop a pull until exactly when they say."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from backend.domain.errors import Refusal
from backend.usecases.tasks import queue
from backend.usecases.work import Caller
from backend.usecases.workforce import availability
from tests.support.shift import MINUTE, NEAR, codes, in_zone, keep, lease_of, limit, monday, now
from tests.support.world import World

HOUR = timedelta(hours=1)
MANY = tuple(f"item {n}" for n in range(12))


async def scene(world: World, hour: int = 8) -> tuple[Caller, UUID]:
    """Monday; one person and a project with work."""
    await monday(world, hour)
    ann, project = await world.invite("ann"), await world.project()
    await world.items(project, *MANY)
    return ann, project


async def reason(world: World, who: Caller, project: UUID | None = None) -> dict[str, Any]:
    """The one reason of an empty pull."""
    pulled = await world.pull(who, project)
    assert pulled["leases"] == [] and pulled["hints"] == []
    (one,) = pulled["reasons"]
    return dict(one)


async def test_after_110_minutes_there_is_no_work_until_10_minutes_have_passed(world: World) -> None:
    ann, project = await scene(world)
    lease = await lease_of(world, ann, project)
    await keep(world, ann, lease, 109)
    assert (await world.pull(ann, project))["leases"]
    await keep(world, ann, lease, 1)
    last = await now(world)
    told = await reason(world, ann, project)
    assert (told["code"], told["why"]) == ("break_required", "continuous")
    assert abs(told["until"] - (last + 10 * MINUTE)) < NEAR and 590 < told["retry_after_s"] <= 600
    world.clock.moved += 9 * MINUTE
    assert (await reason(world, ann))["until"] == told["until"], "asking in vain is no work"
    world.clock.moved += told["until"] - await now(world)
    assert (await world.pull(ann, project))["leases"]


async def test_a_break_taken_in_between_starts_the_count_anew(world: World) -> None:
    ann, project = await scene(world)
    lease = await lease_of(world, ann, project)
    await keep(world, ann, lease, 100, every=5)
    await world.submit(ann, lease, "a")
    world.clock.moved += 10 * MINUTE
    lease = await lease_of(world, ann, project)
    await keep(world, ann, lease, 100, every=5)
    assert (await world.pull(ann, project))["leases"]


async def test_from_50_minutes_on_a_break_is_suggested_beside_the_work(world: World) -> None:
    ann, project = await scene(world)
    lease = await lease_of(world, ann, project)
    await keep(world, ann, lease, 45, every=5)
    assert (await world.pull(ann, project))["hints"] == []
    await keep(world, ann, lease, 5, every=5)
    pulled = await world.answer(queue.lease_pull, ann, project=project, max=1, key="k")
    assert [one["code"] for one in pulled.body["hints"]] == ["break_suggested"] and pulled.body["leases"]
    again = await world.answer(queue.lease_pull, ann, project=project, max=1, key="k", again=queue.pull_again)
    assert [one["code"] for one in again.body["hints"]] == ["break_suggested"]


async def test_reviewers_need_their_break_too(world: World) -> None:
    ann, project = await scene(world)
    reviewer = await world.invite("rev", "reviewer")
    await limit(world, continuous_minutes=2)
    await keep(world, ann, await lease_of(world, ann, project), 3)
    assert await codes(world, ann, project) == [("break_required", "continuous")]
    assert [one["code"] for one in (await world.review_pull(reviewer))["reasons"]] == ["no_tasks"]


async def test_the_daily_cap_holds_until_local_midnight(world: World) -> None:
    ann, project = await scene(world, hour=12)
    await limit(world, day_minutes=20, rest_minutes=0)
    await in_zone(world, ann, "Asia/Kolkata")
    await keep(world, ann, await lease_of(world, ann, project), 20)
    told = await reason(world, ann, project)
    assert (told["why"], told["until"].isoformat()[11:]) == ("daily", "18:30:00+00:00")
    world.clock.moved += told["until"] - await now(world) - MINUTE
    assert await codes(world, ann, project) == [("break_required", "daily")]
    world.clock.moved += MINUTE
    assert (await world.pull(ann, project))["leases"]


async def test_the_weekly_cap_holds_until_monday(world: World) -> None:
    ann, project = await scene(world)
    await limit(world, ann.subject.id, week_minutes=30)
    for _ in range(3):
        lease = await lease_of(world, ann, project)
        await keep(world, ann, lease, 10)
        await world.submit(ann, lease, "a")
        world.clock.moved += timedelta(days=1)
    told = await reason(world, ann, project)
    assert (told["why"], told["until"].weekday(), told["until"].hour) == ("weekly", 0, 0)
    world.clock.moved += told["until"] - await now(world)
    assert (await world.pull(ann, project))["leases"]


async def test_between_two_days_lie_11_hours(world: World) -> None:
    ann, project = await scene(world, hour=20)
    lease = await lease_of(world, ann, project)
    await keep(world, ann, lease, 60, every=5)
    last = await now(world)
    world.clock.moved += 9 * HOUR
    told = await reason(world, ann, project)
    assert told["why"] == "rest" and abs(told["until"] - (last + 11 * HOUR)) < NEAR
    world.clock.moved += 2 * HOUR
    assert (await world.pull(ann, project))["leases"]


async def test_work_is_for_those_who_are_available(world: World) -> None:
    ann, project = await scene(world)
    own: dict[str, Any] = {"annotator": ann.subject.id}
    await world.act(availability.activity_update, ann, activity="training", **own)
    assert await reason(world, ann, project) == {"code": "not_available", "activity": "training"}
    said = await world.act(availability.activity_update, ann, activity="training", **own)
    assert len(await world.facts("activity.changed")) == 1 and said["activity"] == "training"
    await world.act(availability.activity_update, activity="available", **own)
    assert (await world.pull(ann, project))["leases"]


async def test_enforced_hours_are_kept_and_only_a_manager_enforces_them(world: World) -> None:
    ann, project = await scene(world)
    schedule: dict[str, Any] = {
        "annotator": ann.subject.id,
        "time_zone": "Europe/Berlin",
        "hours": ({"day": 1, "begins": 600, "ends": 720},),
        "exceptions": (),
    }
    await world.act(availability.schedule_update, ann, **schedule, enforced=False)
    assert (await world.pull(ann, project))["leases"]
    with pytest.raises(Refusal, match="schedule_enforced"):
        await world.act(availability.schedule_update, ann, **schedule, enforced=True)
    bound = await world.act(availability.schedule_update, **schedule, enforced=True)
    assert (bound["version"], bound["enforced"]) == (2, True)
    told = await reason(world, ann, project)
    assert told["code"] == "outside_hours" and told["until"].weekday() == 1
    world.clock.moved += told["until"] - await now(world)
    assert (await world.pull(ann, project))["leases"]


async def test_a_projects_limit_stops_that_project_alone(world: World) -> None:
    ann, hard = await scene(world)
    easy = await world.project("easy")
    await world.items(easy, "one", "two")
    await world.act(
        availability.project_limits_update,
        project=hard,
        limits={"day_minutes": 5, "continuous_minutes": None},
    )
    lease = await lease_of(world, ann, hard)
    await keep(world, ann, lease, 5)
    await world.submit(ann, lease, "a")
    told = await reason(world, ann, hard)
    assert (told["code"], told["why"], told["project"]) == ("break_required", "daily", hard)
    pulled = await world.pull(ann, most=3)
    assert {lease["project"] for lease in pulled["leases"]} == {easy} and pulled["reasons"] == []
    for lease in pulled["leases"]:
        await world.submit(ann, lease["id"], "a")
    assert (await reason(world, ann))["project"] == hard


async def test_a_projects_break_counts_only_work_in_it(world: World) -> None:
    ann, hard = await scene(world)
    easy = await world.project("easy")
    await world.items(easy, "one", "two")
    await world.act(
        availability.project_limits_update,
        project=hard,
        limits={"continuous_minutes": 20, "break_minutes": 30},
    )
    lease = await lease_of(world, ann, hard)
    await keep(world, ann, lease, 20)
    await world.submit(ann, lease, "a")
    until = (await reason(world, ann, hard))["until"]
    await keep(world, ann, await lease_of(world, ann, easy), 29)
    assert (await reason(world, ann, hard))["until"] == until
    world.clock.moved += until - await now(world)
    assert (await world.pull(ann, hard))["leases"]


async def test_capacity_is_the_persons_else_the_tenants_else_three(world: World) -> None:
    ann, project = await scene(world)
    who = ann.subject.id

    async def room() -> int:
        return len((await world.pull(ann, project, 20))["leases"])

    assert await room() == 3
    assert await codes(world, ann, project) == [("at_capacity", None)]
    assert (await limit(world, open_leases_max=4))["effective"]["open_leases_max"] == 4
    assert await room() == 1
    assert (await limit(world, who, open_leases_max=6))["effective"]["open_leases_max"] == 6
    assert await room() == 2
    assert (await limit(world, who))["effective"]["open_leases_max"] == 4
    assert await room() == 0


async def test_a_stopped_person_is_told_what_else_is_missing(world: World) -> None:
    ann, _ = await scene(world)
    asking = await world.project("asking")
    await world.act(availability.activity_update, annotator=ann.subject.id, activity="offline")
    await limit(world, ann.subject.id, open_leases_max=1)
    assert await codes(world, ann, asking) == [("not_available", None)]


async def test_nobody_sets_own_limits_or_sees_anothers_hours(world: World) -> None:
    ann, _ = await scene(world)
    ben = await world.invite("ben")
    who = ann.subject.id
    for usecase, caller, more in (
        (availability.annotator_limits_update, ann, {"limits": {}, "open_leases_max": 20}),
        (availability.annotator_limits_get, ben, {}),
        (availability.schedule_get, ben, {}),
        (availability.activity_update, ben, {"activity": "offline"}),
        (availability.working_time_get, ben, {"first": None, "last": None}),
    ):
        with pytest.raises(Refusal, match="forbidden"):
            await world.act(usecase, caller, annotator=who, **more)
    assert (await world.act(availability.annotator_limits_get, ann, annotator=who))["version"] == 0
