"""Guidelines: every version kept and comparable, acknowledged by whom, and what is new learnt before."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from backend.usecases.projects import guidelines
from backend.usecases.tasks import queue
from backend.usecases.training import curriculum
from backend.usecases.work import Caller
from tests.support.refused import refused
from tests.support.school import attempt, publish, said
from tests.support.world import World


async def write(world: World, project: UUID, text: str, **more: Any) -> dict[str, Any]:
    return await world.act(guidelines.guideline_publish, project=project, text=text, **more)


async def acknowledge(world: World, who: Caller, project: UUID, version: int) -> dict[str, Any]:
    return await world.act(guidelines.guideline_acknowledge, who, project=project, version=version)


async def report(world: World, project: UUID) -> dict[str, Any]:
    return await world.act(guidelines.guideline_acknowledgements, project=project)


async def test_every_version_is_kept_and_two_of_them_are_compared(world: World) -> None:
    project = await world.project()
    for text in ("one\ntwo\nthree", "one\n2\nthree", "one\n2\nthree\nfour"):
        await write(world, project, text)
    old = await world.act(guidelines.guideline_get, project=project, version=1)
    assert (old["text"], old["version"], old["current_version"]) == ("one\ntwo\nthree", 1, 3)
    assert (await world.act(guidelines.guideline_get, project=project))["version"] == 3
    with refused("not_found"):
        await world.act(guidelines.guideline_get, project=project, version=4)
    last = await world.act(guidelines.guideline_diff, project=project)
    assert (last["before"], last["after"], last["added"], last["removed"]) == (2, 3, 1, 0)
    whole = await world.act(guidelines.guideline_diff, project=project, before=1, after=3)
    assert whole["lines"] == ["@@ -1,3 +1,4 @@", " one", "-two", "+2", " three", "+four"]
    assert (whole["added"], whole["removed"]) == (2, 1)
    listed = await world.act(guidelines.guideline_list, project=project)
    assert [one["version"] for one in listed["data"]] == [3, 2, 1]


async def test_a_lease_begun_under_a_version_is_finished_under_it(world: World) -> None:
    project = await world.project()
    await world.items(project, "a", "b")
    await write(world, project, "one")
    ann = await world.invite("ann")
    await acknowledge(world, ann, project, 1)
    (lease,) = (await world.pull(ann, project))["leases"]
    await write(world, project, "two")
    assert (await world.act(queue.lease_get, ann, lease=lease["id"]))["payload"] == lease["payload"]
    assert (await world.pull(ann, project))["reasons"][0]["code"] == "guideline_required"
    await world.submit(ann, lease["id"], "bird")
    await acknowledge(world, ann, project, 2)
    await world.work(ann, project, "bird")
    rows = await world.rows("SELECT guideline_version FROM answer WHERE tenant = $1 ORDER BY submitted_at")
    assert [row["guideline_version"] for row in rows] == [1, 2]


async def test_who_knows_an_earlier_version_passes_the_delta_course_and_a_newcomer_need_not(
    world: World,
) -> None:
    project = await world.project()
    await world.items(project, "a", "b")
    await write(world, project, "one")
    ann, new = await world.invite("ann"), await world.invite("new")
    await acknowledge(world, ann, project, 1)
    delta = await publish(world, title="What is new")
    with refused("course_unknown", "invalid"):
        await write(world, project, "two", delta_course=uuid4())
    made = await write(world, project, "two", delta_course=delta["id"])
    assert (made["version"], made["assigned"]) == (2, 1)
    (told,) = (await world.act(curriculum.annotator_training, ann, annotator=ann.subject.id))["courses"]
    assert (told["state"], told["because"], told["project"]) == ("assigned", "guideline", project)
    with refused("training_required", "conflict") as caught:
        await acknowledge(world, ann, project, 2)
    assert caught.value.extra == {"course": str(delta["id"])}
    await acknowledge(world, new, project, 2)
    assert (await world.pull(new, project))["leases"]
    await attempt(world, ann, delta["id"], said("q"))
    await acknowledge(world, ann, project, 2)
    assert (await world.pull(ann, project))["leases"]


async def test_who_skips_a_version_passes_its_delta_course_all_the_same(world: World) -> None:
    project = await world.project()
    await write(world, project, "one")
    ann = await world.invite("ann")
    await acknowledge(world, ann, project, 1)
    delta = await publish(world)
    await write(world, project, "two", delta_course=delta["id"])
    await write(world, project, "three")
    with refused("training_required", "conflict"):
        await acknowledge(world, ann, project, 3)


async def test_the_share_acknowledged_is_of_those_whom_the_version_concerns(world: World) -> None:
    course = await publish(world)
    project = await world.project(courses=(course["id"],))
    await write(world, project, "one")
    assert (await report(world, project))["share"] is None
    ann, ben, cas = [await world.invite(name) for name in ("ann", "ben", "cas")]
    await attempt(world, ben, course["id"], said("q"))
    await acknowledge(world, ann, project, 1)
    shown = await report(world, project)
    assert (shown["people"], shown["acknowledged"], shown["share"]) == (2, 1, 0.5)
    assert shown["missing"] == [{"annotator": ben.subject.id, "name": "ben", "latest": None}]
    assert str(cas.subject.id) not in str(shown)
    await write(world, project, "two")
    world.clock.moved += timedelta(hours=2)
    await acknowledge(world, ann, project, 2)
    world.clock.moved += timedelta(hours=4)
    await acknowledge(world, ben, project, 2)
    shown = await report(world, project)
    assert (shown["share"], shown["missing"], round(shown["hours_median"], 1)) == (1.0, [], 4.0)
