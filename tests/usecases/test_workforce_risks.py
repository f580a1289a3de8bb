"""What may stop work soon, in small scenes whose answers are known."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from backend.usecases.agreements import agreements, signing
from backend.usecases.insight.workforce_risks import workforce_expiring, workforce_risk
from backend.usecases.proficiency import skills
from backend.usecases.training import training
from backend.usecases.work import Caller
from backend.usecases.workforce import screening, standing
from tests.support.reporting import joined, manager_of, report, vendor
from tests.support.shift import now
from tests.support.skilled import ask, define, skill_of
from tests.support.world import World

DAY = timedelta(days=1)


async def sign(world: World, who: Caller, nda: dict[str, Any]) -> None:
    exact = {"version": nda["version"], "sha256": nda["sha256"], "typed_name": "x"}
    await world.act(signing.agreement_sign, who, agreement=nda["id"], **exact)


async def check(world: World, who: Caller, days: int) -> None:
    told: dict[str, Any] = {
        "annotator": who.subject.id,
        "kind": "identity",
        "passed": True,
        "evidence": "seen",
    }
    await world.act(screening.annotator_check_record, **told, until=await now(world) + days * DAY)


async def grant(world: World, who: Caller, skill: UUID, days: int | None = None) -> None:
    until = None if days is None else await now(world) + days * DAY
    told: dict[str, Any] = {"annotator": who.subject.id, "skill": skill, "level": 1, "reason": "knows birds"}
    await world.act(skills.skill_grant, **told, until=until)


async def test_what_ends_soon_is_told_with_the_work_that_it_stops(world: World) -> None:
    employer = await vendor(world, "acme hands")
    nda = await world.act(
        agreements.agreement_publish, title="NDA", text="Say nothing.", agreement=None, valid_days=20
    )
    project = await world.project(agreements=(nda["id"],))
    await world.items(project, "a")
    ann, ben = await joined(world, "ann"), await joined(world, "ben", employer)
    for who in (ann, ben):
        await sign(world, who, nda)
    await check(world, ann, 10)
    assert (await report(world, workforce_expiring, days=5))["data"] == []
    first, second = (await report(world, workforce_expiring, days=30))["data"]
    assert (first["kind"], first["about"], first["people"]) == ("agreement", str(nda["id"]), 2)
    assert first["projects"] == [{"project": project, "open_work": True}]
    assert {(one["vendor"], one["people"]) for one in first["vendors"]} == {(employer, 1), (None, 1)}
    assert (second["kind"], second["about"], second["ids"]) == ("check", "identity", [ann.subject.id])
    assert second["projects"] == []
    keys = [one for one in (await report(world, workforce_expiring, days=91))["data"] if one["kind"] == "key"]
    assert [one["people"] for one in keys] == [2]
    mine = await report(world, workforce_expiring, await manager_of(world, employer), days=30)
    assert [(one["kind"], one["ids"]) for one in mine["data"]] == [("agreement", [ben.subject.id])]


async def test_what_somebody_holds_for_longer_in_another_way_does_not_end(world: World) -> None:
    project = await world.project()
    (row,) = await world.rows("SELECT skill FROM project WHERE tenant = $1 AND project = $2", project)
    ann = await joined(world, "ann")
    await grant(world, ann, row["skill"], 10)
    (ending,) = (await report(world, workforce_expiring, days=30))["data"]
    assert (ending["kind"], ending["about"]) == ("skill", str(row["skill"]))
    course, gold = await world.exam(project, {"g": "1"}, row["skill"])
    answers = tuple({"question": str(one), "answer": "1"} for one in gold.values())
    await world.act(training.course_attempt, ann, course=course, version=1, answers=answers)
    assert (await report(world, workforce_expiring, days=30))["data"] == []


async def test_skills_and_lanes_that_hang_on_few_people_are_named(world: World) -> None:
    nda = await world.act(agreements.agreement_publish, title="NDA", text="Say nothing.", agreement=None)
    project = await world.project(agreements=(nda["id"],))
    await world.items(project, "a")
    (row,) = await world.rows("SELECT skill FROM project WHERE tenant = $1 AND project = $2", project)
    ann, ben = await joined(world, "ann"), await joined(world, "ben")
    await sign(world, ann, nda)
    for who in (ann, ben):
        await grant(world, who, row["skill"])
    found = await report(world, workforce_risk, people_max=2)
    assert [(one["skill"], one["people"]) for one in found["skills"]] == [(row["skill"], 2)]
    assert [(one["project"], one["stage"], one["people"]) for one in found["lanes"]] == [
        (project, "annotate", 1)
    ]
    few = await report(world, workforce_risk, people_max=0)
    assert few["skills"] == few["lanes"] == []


async def test_work_that_depends_on_one_vendor_is_told_with_shares(world: World) -> None:
    employer = await vendor(world, "acme hands")
    project = await world.project()
    await world.items(project, *"abc")
    ben = await joined(world, "ben", employer)
    cyd = await joined(world, "cyd", employer)
    await joined(world, "ann")
    for who in (ben, cyd):
        await world.work(who, project, "1")
    await world.follow()
    found = await report(world, workforce_risk)
    assert {one["project"] for one in found["dependencies"]} == {None, project}
    for one in found["dependencies"]:
        assert (one["vendor"], one["answers"]["count"], one["answers"]["n"]) == (employer, 2, 2)
        assert (one["people"]["count"], one["people"]["n"]) == (2, 3)
        assert 0 < one["people"]["low"] < 2 / 3 < one["people"]["high"] < 1
    mine = await report(world, workforce_risk, await manager_of(world, employer))
    assert (mine["people"], mine["dependencies"]) == (2, [])


async def test_a_vendors_manager_learns_nothing_of_other_peoples_skills_and_lanes(world: World) -> None:
    employer, other = await vendor(world, "acme hands"), await vendor(world, "other hands")
    birds, cats = await world.project("birds"), await world.project("cats")
    for project in (birds, cats):
        await world.items(project, "a")
    await ask(world, cats, all_=[{"vendor": other}])
    ben, cyd = await joined(world, "ben", employer), await joined(world, "cyd", other)
    known, foreign, nobodys = (
        await skill_of(world, birds),
        await skill_of(world, cats),
        await define(world, "owls"),
    )
    await grant(world, ben, known)
    await grant(world, cyd, foreign)
    everything = await report(world, workforce_risk, people_max=5)
    assert {one["skill"] for one in everything["skills"]} == {known, foreign, nobodys}
    assert {one["project"] for one in everything["lanes"]} == {birds, cats}
    mine = await report(world, workforce_risk, await manager_of(world, employer), people_max=5)
    assert [one["skill"] for one in mine["skills"]] == [known]
    assert {one["project"] for one in mine["lanes"]} == {birds}
    await world.act(standing.annotator_pause, annotator=ben.subject.id, reason="holiday", until=None)
    paused = await report(world, workforce_risk, await manager_of(world, employer), people_max=5)
    assert [(one["skill"], one["people"]) for one in paused["skills"]] == [(known, 0)], "a risk all the more"
    assert [(one["project"], one["people"]) for one in paused["lanes"]] == [(birds, 0)]
