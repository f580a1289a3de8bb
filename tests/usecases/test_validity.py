"""What was passed ends at its moment, closes the gate by itself, and opens it again when it is passed again."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from backend.usecases.tasks import queue
from backend.usecases.training import curriculum
from backend.usecases.work import Caller
from tests.support.refused import refused
from tests.support.school import attempt, examine, publish, said
from tests.support.world import World


async def at_work(world: World, **rules: Any) -> tuple[Any, UUID, Caller]:
    made = await publish(world, valid_days=30, **rules)
    project = await world.project(courses=(made["id"],))
    await world.items(project, "a", "b")
    ann = await world.invite("ann")
    await attempt(world, ann, made["id"], said("q"))
    return made["id"], project, ann


async def test_the_gate_closes_at_the_moment_and_opens_when_passed_again(world: World) -> None:
    course, project, ann = await at_work(world)
    world.clock.moved += timedelta(days=29, hours=23)
    (lease,) = (await world.pull(ann, project))["leases"]
    world.clock.moved += timedelta(hours=1, minutes=1)
    pulled = await world.pull(ann, project)
    assert not pulled["leases"] and pulled["reasons"][0]["code"] == "training_required"
    with refused("training_required", "forbidden"):
        await world.act(queue.lease_get, ann, lease=lease["id"])
    assert (await attempt(world, ann, course, said("q")))["passed"]
    assert (await world.act(queue.lease_get, ann, lease=lease["id"]))["payload"]
    assert (await world.pull(ann, project))["leases"]


async def test_the_sweep_records_it_once_takes_the_leases_and_assigns_the_course_again(world: World) -> None:
    course, project, ann = await at_work(world)
    await world.pull(ann, project)
    swept = await world.system(curriculum.courses_lapse, most=10)
    assert (swept["lapsed"], swept["leases_revoked"]) == (0, 0)
    world.clock.moved += timedelta(days=30)
    swept = await world.system(curriculum.courses_lapse, most=10)
    assert (swept["lapsed"], swept["leases_revoked"]) == (1, 1)
    assert (await world.system(curriculum.courses_lapse, most=10))["lapsed"] == 0
    (fact,) = await world.facts("course.lapsed")
    assert fact.event.course == course
    (mine,) = (await world.act(curriculum.annotator_training, ann, annotator=ann.subject.id))["courses"]
    assert (mine["state"], mine["because"]) == ("lapsed", "lapsed")
    assert await world.rows("SELECT 1 FROM holding WHERE tenant = $1 AND source = 'course'") == []
    await attempt(world, ann, course, said("q"))
    assert (await world.pull(ann, project))["leases"]
    (mine,) = (await world.act(curriculum.annotator_training, ann, annotator=ann.subject.id))["courses"]
    assert (mine["state"], mine["because"]) == ("lapsing", None)


async def test_who_renews_in_time_never_stops(world: World) -> None:
    course, project, ann = await at_work(world)
    world.clock.moved += timedelta(days=20)
    await attempt(world, ann, course, said("q"))
    world.clock.moved += timedelta(days=20)
    assert (await world.system(curriculum.courses_lapse, most=10))["lapsed"] == 0
    assert (await world.pull(ann, project))["leases"]


async def test_a_failed_renewal_takes_nothing_away_before_the_end(world: World) -> None:
    course, project, ann = await at_work(world)
    world.clock.moved += timedelta(days=20)
    assert not (await attempt(world, ann, course, said("q", answer="no")))["passed"]
    assert (await world.pull(ann, project))["leases"]
    world.clock.moved += timedelta(days=11)
    assert not (await world.pull(ann, project))["leases"]


async def test_a_lapsed_exam_takes_its_skill_unless_another_one_holds_it_up(world: World) -> None:
    project = await world.project()
    short = await examine(world, project, {"s": "a"}, valid_days=10, level=2, pass_mark=0.0)
    long = await examine(world, project, {"l": "a"}, valid_days=300, pass_mark=0.0)
    ann = await world.invite("ann")
    await attempt(world, ann, short["id"])
    await attempt(world, ann, long["id"])
    world.clock.moved += timedelta(days=10)
    await world.system(curriculum.courses_lapse, most=10)
    held = {
        row["token"]
        for row in await world.rows("SELECT token FROM holding WHERE tenant = $1 AND until > now()")
    }
    skill = short["skill"]
    assert held == {f"course:{long['id']}:1", f"skill:{skill}", f"skill:{skill}:1"}
    rows = await world.rows("SELECT 1 FROM holding WHERE tenant = $1 AND token = $2", f"skill:{skill}:2")
    assert rows == []
