"""What stops work now and whom it stops; small scenes whose answers are known."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from backend.api.routes import ROUTES
from backend.usecases.agreements import agreements, signing
from backend.usecases.insight.explaining import STATUS_MENDS
from backend.usecases.insight.workforce_blockers import workforce_blockers, workforce_roster
from backend.usecases.projects import guidelines
from backend.usecases.work import Caller
from backend.usecases.workforce import counting, onboarding, standing
from tests.support.refused import refused
from tests.support.reporting import invited, joined, manager_of, report, vendor
from tests.support.shift import MINUTE, keep, lease_of, monday
from tests.support.skilled import ask
from tests.support.world import World


@dataclass
class Scene:
    """Ann has signed and may work; the vendor's Ben has not, nor its Cyd, who is paused; Dee was only invited."""

    employer: UUID
    project: UUID
    nda: dict[str, Any]
    ann: Caller
    ben: Caller
    cyd: Caller
    dee: UUID


async def sign(world: World, who: Caller, nda: dict[str, Any]) -> None:
    exact = {"version": nda["version"], "sha256": nda["sha256"], "typed_name": "x"}
    await world.act(signing.agreement_sign, who, agreement=nda["id"], **exact)


async def scene(world: World) -> Scene:
    employer = await vendor(world, "acme hands")
    nda = await world.act(agreements.agreement_publish, title="NDA", text="Say nothing.", agreement=None)
    project = await world.project(agreements=(nda["id"],))
    await world.items(project, *"abcdef")
    ann, ben, cyd = (
        await joined(world, "ann"),
        await joined(world, "ben", employer),
        await joined(world, "cyd", employer),
    )
    await sign(world, ann, nda)
    await world.act(standing.annotator_pause, annotator=cyd.subject.id, reason="holiday", until=None)
    dee = UUID(str((await invited(world, "dee"))["id"]))
    return Scene(employer, project, nda, ann, ben, cyd, dee)


async def test_each_reason_counts_whom_it_stops_and_whom_it_alone_stops(world: World) -> None:
    s = await scene(world)
    found = await report(world, workforce_blockers)
    assert (found["lanes"], found["people"], found["people_served"], found["people_stopped"]) == (1, 4, 1, 3)
    cells = {(one["code"], one["vendor"]): one for one in found["data"]}
    counts = {place: (one["people"], one["people_unlocked"], one["lanes"]) for place, one in cells.items()}
    assert counts == {
        ("agreement_required", s.employer): (2, 1, 1),
        ("agreement_required", None): (1, 0, 1),
        ("paused", s.employer): (1, 0, 1),
        ("invited", None): (1, 0, 1),
    }
    signing_ = cells["agreement_required", s.employer]
    assert set(signing_["ids"]) == {s.ben.subject.id, s.cyd.subject.id}
    assert signing_["act"]["operation"] == "agreement_sign" and "NDA" in signing_["act"]["says"]
    assert signing_["act"]["arguments"] == {"agreement": UUID(str(s.nda["id"])), "version": 1}
    assert cells["paused", s.employer]["act"]["operation"] == "annotator_resume"
    assert found["data"][0] == signing_, "what unlocks most comes first"
    assert all(one["hours"] is None for one in found["data"]), "nobody's working time was ever measured"
    by_code = {(one["code"], one["vendor"]): one["people"] for one in found["codes"]}
    assert by_code == {place: one[0] for place, one in counts.items()}


async def test_hours_unlocked_are_the_usual_ones_of_those_whom_nothing_else_stops(world: World) -> None:
    """Ann worked half an hour this week. Nothing is known of Ben: the middle of everybody stands for him."""
    await monday(world)
    s = await scene(world)
    lease = await lease_of(world, s.ann, s.project)
    await keep(world, s.ann, lease, 30)
    await world.submit(s.ann, lease, "1")
    await world.expire(600)
    await world.system(counting.work_count, most=100)
    found = await report(world, workforce_blockers)
    hours = {(one["code"], one["vendor"]): one["hours"] for one in found["data"]}
    assert hours.pop(("agreement_required", s.employer)) == pytest.approx(0.5, abs=0.05)
    assert set(hours.values()) == {0.0}


async def test_who_must_rest_is_stopped_by_that_and_by_nothing_that_a_manager_could_mend(
    world: World,
) -> None:
    await monday(world)
    s = await scene(world)
    lease = await lease_of(world, s.ann, s.project)
    await keep(world, s.ann, lease, 112)
    await world.submit(s.ann, lease, "1")
    assert (await world.pull(s.ann, s.project))["reasons"][0]["code"] == "break_required"
    found = await report(world, workforce_blockers)
    (rest,) = [one for one in found["data"] if one["code"] == "break_required"]
    assert (rest["people"], rest["people_unlocked"], rest["ids"]) == (1, 1, [s.ann.subject.id])
    assert rest["act"]["operation"] is None
    world.clock.moved += 11 * MINUTE
    found = await report(world, workforce_blockers)
    assert "break_required" not in {one["code"] for one in found["codes"]}


async def test_what_is_met_stops_nobody_any_more(world: World) -> None:
    s = await scene(world)
    await sign(world, s.ben, s.nda)
    await world.act(standing.annotator_resume, annotator=s.cyd.subject.id, reason=None)
    found = await report(world, workforce_blockers)
    of_vendor = [one for one in found["data"] if one["vendor"] == s.employer]
    assert [(one["code"], one["people"], one["people_unlocked"]) for one in of_vendor] == [
        ("agreement_required", 1, 1)
    ]
    assert found["people_served"] == 2


async def test_where_nothing_is_open_nothing_is_stopped(world: World) -> None:
    await world.project()
    await joined(world, "ann")
    found = await report(world, workforce_blockers)
    assert (found["lanes"], found["people_stopped"], found["data"]) == (0, 0, [])


async def test_a_project_alone_tells_its_own_reasons(world: World) -> None:
    s = await scene(world)
    cats = await world.project("cats")
    await world.items(cats, "c")
    await world.act(guidelines.guideline_publish, project=cats, text="Look twice.")
    found = await report(world, workforce_blockers, project=cats)
    codes = {one["code"] for one in found["data"]}
    assert codes == {"guideline_required", "paused", "invited"}
    guideline = next(one for one in found["data"] if one["code"] == "guideline_required")
    assert guideline["act"]["arguments"] == {"project": cats, "version": 1}
    everywhere = await report(world, workforce_blockers, limit=1)
    assert everywhere["reasons"] > len(everywhere["data"]) == 1 and s.project != cats


async def test_onboarding_stops_with_what_it_still_asks_for(world: World) -> None:
    nda = await world.act(agreements.agreement_publish, title="NDA", text="Say nothing.", agreement=None)
    version = (await world.act(onboarding.onboarding_get))["version"]
    asks: dict[str, Any] = {
        "expected_version": version,
        "checks": (),
        "approval": True,
        "agreements": (nda["id"],),
        "courses": (),
    }
    await world.act(onboarding.onboarding_update, **asks)
    project = await world.project()
    await world.items(project, "a")
    await joined(world, "ann")
    found = await report(world, workforce_blockers)
    assert {(one["code"], one["condition"].partition(":")[0]) for one in found["data"]} == {
        ("agreement_required", "agreement"),
        ("onboarding", "approval"),
    }
    assert all(one["people_unlocked"] == 0 for one in found["data"]), "either alone opens nothing"


async def test_every_act_that_is_named_is_an_operation_of_the_api(world: World) -> None:
    await scene(world)
    known = {route.operation_id for route in ROUTES}
    found = await report(world, workforce_blockers)
    assert {one["act"]["operation"] for one in found["data"]} <= known
    assert {operation for _, operation, _ in STATUS_MENDS.values()} <= known


async def test_a_vendors_manager_sees_the_own_people_alone(world: World) -> None:
    s = await scene(world)
    manager = await manager_of(world, s.employer)
    found = await report(world, workforce_blockers, manager)
    assert found["people"] == 2 and {one["vendor"] for one in found["data"]} == {s.employer}
    listed = await report(world, workforce_roster, manager)
    assert {one["id"] for one in listed["data"]} == {s.ben.subject.id, s.cyd.subject.id}
    other = await report(world, workforce_roster, manager, vendor=await vendor(world, "other"))
    assert other["data"] == []


async def test_a_vendors_manager_counts_only_lanes_that_are_meant_for_the_own_people(world: World) -> None:
    s = await scene(world)
    cats = await world.project("cats")
    await world.items(cats, "c")
    await ask(world, cats, all_=[{"vendor": await vendor(world, "other")}])
    assert (await report(world, workforce_blockers))["lanes"] == 2
    manager = await manager_of(world, s.employer)
    assert (await report(world, workforce_blockers, manager))["lanes"] == 1
    assert (await report(world, workforce_blockers, manager, project=cats))["lanes"] == 0


async def test_an_annotator_reads_no_report(world: World) -> None:
    ann = await joined(world, "ann")
    for usecase in (workforce_blockers, workforce_roster):
        with refused("forbidden", "forbidden"):
            await report(world, usecase, ann)


async def test_the_roster_says_where_everybody_stands_and_what_stops_them(world: World) -> None:
    s = await scene(world)
    await world.work(s.ann, s.project, "1")
    await world.pull(s.ann, s.project)
    await world.follow()
    rows = {one["name"]: one for one in (await report(world, workforce_roster))["data"]}
    assert {name: (one["status"], one["blocked"], one["blockers"]) for name, one in rows.items()} == {
        "ann": ("active", False, []),
        "ben": ("active", True, ["agreement_required"]),
        "cyd": ("paused", True, ["agreement_required", "paused"]),
        "dee": ("invited", True, ["agreement_required", "invited"]),
    }
    ann = rows["ann"]
    assert (ann["open_leases"], ann["answers_7_days"], ann["lanes"], ann["lanes_open"]) == (1, 1, 1, 1)
    assert ann["last_seen_at"] is not None and rows["ben"]["last_seen_at"] is None


async def test_the_roster_is_turned_page_by_page_and_filtered(world: World) -> None:
    s = await scene(world)
    names, cursor = [], None
    for _ in range(3):
        page = await report(world, workforce_roster, blocked=True, limit=1, cursor=cursor)
        names += [one["name"] for one in page["data"]]
        cursor = page["next_cursor"]
    assert (names, cursor) == (["ben", "cyd", "dee"], None)
    of_vendor = await report(world, workforce_roster, vendor=s.employer, blocked=False)
    assert of_vendor["data"] == []
    paused = await report(world, workforce_roster, status="paused")
    assert [one["name"] for one in paused["data"]] == ["cyd"]


async def test_who_left_is_listed_only_when_asked_for(world: World) -> None:
    s = await scene(world)
    await world.act(standing.annotator_offboard, annotator=s.ben.subject.id, reason="moved away")
    everybody = await report(world, workforce_roster)
    assert "ben" not in {one["name"] for one in everybody["data"]}
    gone = await report(world, workforce_roster, status="offboarded")
    assert [one["name"] for one in gone["data"]] == ["ben"]
