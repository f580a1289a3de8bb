"""A guideline may ask to be learnt anew: who is told, who stops when, and what restores it."""

from uuid import uuid4

from backend.usecases.projects import guidelines, recertifying
from backend.usecases.training import curriculum
from tests.support.recertified import codes, in_days, pass_exam, pass_time, read, write
from tests.support.refused import refused
from tests.support.school import attempt, examine, publish, said, skill_of
from tests.support.skilled import ask, explained, grant
from tests.support.world import World

EVENTS = "SELECT count(*) AS n FROM event WHERE tenant = $1"


async def test_the_preview_says_who_stops_and_at_the_deadline_they_do_until_the_course_is_passed(
    world: World,
) -> None:
    project = await world.project()
    await world.items(project, *"abcdefgh")
    ann, ben, eve = await world.invite("ann"), await world.invite("ben"), await world.invite("eve")
    skill = await skill_of(world, project)
    await ask(world, project, all_=[{"skill": skill}])
    for who in (ann, ben):
        await grant(world, who, skill)
    await write(world, project, "one")
    for who in (ann, ben):
        await read(world, who, project, 1)
    await world.pull(ben, project)
    course, until = await publish(world, title="What is new"), await in_days(world, 1)
    recertify = {"course": course["id"], "by": until}

    (before,) = await world.rows(EVENTS)
    told = await world.act(guidelines.guideline_preview, project=project, text="two", recertify=recertify)
    assert await world.rows(EVENTS) == [before], "a preview leaves nothing in the log"
    assert (told["version"], told["changes"], told["by"]) == (2, True, until)
    assert (told["people_count"], told["active_count"], told["stops_count"]) == (2, 2, 2)
    begun = {row["annotator"]: (row["stops"], row["open_leases"]) for row in told["people"]}
    assert begun == {ann.subject.id: (True, 0), ben.subject.id: (True, 1)}
    assert eve.subject.id not in begun, "who lacks the skill is not concerned"

    made = await write(world, project, "two", **recertify)
    asked = {"course": course["id"], "by": until, "people_count": 2, "assigned": 2}
    assert made["recertification"] == asked
    (given,) = (await world.act(curriculum.annotator_training, ann, annotator=ann.subject.id))["courses"]
    assert (given["state"], given["because"], given["project"]) == ("assigned", "recertification", project)
    for who in (ann, ben):
        await read(world, who, project, 2)
    body, first = await explained(world, ann, ann, project=project)
    assert (body["eligible"], first) == (True, {})
    assert body["recertification_due"] == [{"version": 2, "course": course["id"], "until": until}]
    assert await codes(world, ann, project) == ["work"], "until then the old certificate suffices"

    await pass_time(world)
    (reason,) = (await world.pull(ann, project))["reasons"]
    assert (reason["code"], reason["condition"]) == ("recertification_required", "certified")
    about = (str(course["id"]), str(project), 2)
    assert (reason["course"], reason["project"], reason["version"]) == about
    assert reason["act"]["operation"] == "course_attempt"
    assert reason["act"]["arguments"] == {"course": course["id"], "version": 1}
    body, first = await explained(world, ann, ann, project=project)
    assert (body["eligible"], first["condition"], body["recertification_due"]) == (False, "certified", [])
    assert await world.facts("lease.revoked") == []
    assert len(await world.rows("SELECT 1 FROM skill_held WHERE tenant = $1")) == 2, "the skill itself stays"
    (listed,) = (await world.act(recertifying.recertification_list, project=project))["data"]
    assert (listed["over"], listed["waiting"], listed["waiting_active"]) == (True, 2, 2)

    await attempt(world, ann, course["id"], said("q"))
    assert await codes(world, ann, project) == ["work"], "passing restores it at once"
    assert await codes(world, ben, project) == ["recertification_required"]
    (listed,) = (await world.act(recertifying.recertification_list, project=project))["data"]
    assert listed["waiting"] == 1


async def test_what_was_begun_before_the_deadline_is_finished_after_it(world: World) -> None:
    project, ann = await world.project(plan={"lease_seconds": 86_400}), await world.invite("ann")
    await world.items(project, "a", "b")
    await write(world, project, "one")
    await read(world, ann, project, 1)
    (lease,) = (await world.pull(ann, project))["leases"]
    course = await publish(world)
    await write(world, project, "two", course=course["id"], by=await in_days(world, 0.1))
    await read(world, ann, project, 2)
    await pass_time(world, 0.2)
    assert await codes(world, ann, project) == ["recertification_required"]
    await world.submit(ann, lease["id"], "bird")
    assert await world.facts("lease.revoked") == []


async def test_without_a_deadline_it_is_asked_at_once_and_of_annotating_alone(world: World) -> None:
    project = await world.project(plan={"review_rate": 1.0})
    await world.items(project, "a", "b")
    ann, rev = await world.invite("ann"), await world.invite("rev", "reviewer")
    await world.work(ann, project, "bird")
    await world.decide()
    course = await publish(world)
    made = await write(world, project, "one", course=course["id"])
    assert made["recertification"]["people_count"] == 1, "who works there without any skill is concerned"
    await read(world, ann, project, 1)
    assert await codes(world, ann, project) == ["recertification_required"]
    assert (await world.review_pull(rev, project))["leases"]


async def test_an_exam_in_the_skill_that_is_passed_afterwards_certifies_as_well(world: World) -> None:
    project = await world.project()
    await world.items(project, "a", "b", "c")
    exam = await examine(world, project, {f"e{n}": "a" for n in range(3)})
    old, new = await world.invite("old"), await world.invite("new")
    await pass_exam(world, old, exam)
    course = await publish(world)
    made = await write(world, project, "one", course=course["id"])
    assert made["recertification"]["people_count"] == 2
    await pass_exam(world, new, exam)
    for who in (old, new):
        await read(world, who, project, 1)
    assert await codes(world, new, project) == ["work"]
    assert await codes(world, old, project) == ["recertification_required"]


async def test_who_has_passed_the_course_before_it_is_asked_has_learnt_it(world: World) -> None:
    project, ann = await world.project(), await world.invite("ann")
    await world.items(project, "a")
    course = await publish(world)
    await attempt(world, ann, course["id"], said("q"))
    made = await write(world, project, "one", course=course["id"])
    assert made["recertification"]["people_count"] == 0
    await read(world, ann, project, 1)
    assert await codes(world, ann, project) == ["work"]


async def test_it_ends_with_the_course_and_every_version_asks_for_itself(world: World) -> None:
    project, ann = await world.project(), await world.invite("ann")
    await world.items(project, "a", "b", "c")
    short, other = await publish(world, valid_days=1), await publish(world, title="Other")
    await write(world, project, "one", course=short["id"])
    await write(world, project, "two", course=other["id"])
    await read(world, ann, project, 2)
    await attempt(world, ann, other["id"], said("q"))
    (why,) = (await world.pull(ann, project))["reasons"]
    assert (why["code"], why["version"]) == ("recertification_required", 1)
    await attempt(world, ann, short["id"], said("q"))
    assert await codes(world, ann, project) == ["work"]
    await pass_time(world, 1.1)
    (why,) = (await world.pull(ann, project))["reasons"]
    assert (why["code"], why["version"]) == ("recertification_required", 1)
    await world.system(curriculum.courses_lapse, most=10)
    left = "SELECT token FROM holding WHERE tenant = $1 AND starts_with(token, 'certified:')"
    assert [row["token"].split(":")[-1] for row in await world.rows(left)] == ["2"]
    await attempt(world, ann, short["id"], said("q"))
    assert await codes(world, ann, project) == ["work"]


async def test_it_is_put_off_by_asking_again_and_withdrawn_with_a_reason(world: World) -> None:
    project, ann = await world.project(), await world.invite("ann")
    await world.items(project, "a", "b", "c")
    course = await publish(world)
    await write(world, project, "one", course=course["id"])
    await read(world, ann, project, 1)
    assert await codes(world, ann, project) == ["recertification_required"]
    until = await in_days(world, 1)
    again = await write(world, project, "one", course=course["id"], by=until)
    assert (again["version"], again["recertification"]["by"], again["recertification"]["assigned"]) == (
        1,
        until,
        0,
    )
    assert await codes(world, ann, project) == ["work"]
    await pass_time(world)
    assert await codes(world, ann, project) == ["recertification_required"]
    gone = {"project": project, "version": 1, "reason": "nothing changed after all"}
    await world.act(recertifying.recertification_withdraw, **gone)
    assert await codes(world, ann, project) == ["work"]
    with refused("not_found"):
        await world.act(recertifying.recertification_withdraw, **gone)


async def test_what_is_not_there_and_a_deadline_that_is_past_are_refused(world: World) -> None:
    project, course = await world.project(), await publish(world)
    with refused("course_unknown", "invalid"):
        await write(world, project, "one", course=uuid4())
    with refused("skill_unknown", "invalid"):
        await write(world, project, "one", course=course["id"], skills=[uuid4()])
    with refused("recertification_invalid", "invalid"):
        await write(world, project, "one", course=course["id"], by=await in_days(world, -1))
    assert await world.facts("guideline.published") == []
