"""How people come, work and go, in small scenes whose numbers are known."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from backend.events import leases
from backend.events.base import Actor, Recorded
from backend.events.ids import AnnotatorId, GoldId, LeaseId, PrincipalId, RequestId, SkillId
from backend.events.store.database import transaction
from backend.readmodels.projection import project as fold
from backend.readmodels.ramp import RAMP
from backend.usecases.agreements import agreements, signing
from backend.usecases.insight import workforce_reports as reports
from backend.usecases.proficiency import skills
from backend.usecases.work import Caller
from backend.usecases.workforce import counting, standing
from tests.support.reporting import invited, joined, manager_of, report, vendor
from tests.support.shift import keep, lease_of, monday, now
from tests.support.world import World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def by_step(steps: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {one["step"]: one for one in steps}


async def answer(world: World, who: Caller, project: UUID, times: int) -> None:
    for _ in range(times):
        await world.work(who, project, "1")


async def sign(world: World, who: Caller) -> None:
    nda = await world.act(agreements.agreement_publish, title="NDA", text="Say nothing.", agreement=None)
    exact = {"version": nda["version"], "sha256": nda["sha256"], "typed_name": "x"}
    await world.act(signing.agreement_sign, who, agreement=nda["id"], **exact)


async def test_the_funnel_counts_steps_and_says_how_long_each_took(world: World) -> None:
    employer = await vendor(world, "acme hands")
    project = await world.project()
    await world.items(project, *(f"i{n}" for n in range(12)))
    ann = await joined(world, "ann")
    ben = await joined(world, "ben", employer)
    dee = await invited(world, "dee", employer)
    world.clock.moved += 3 * HOUR
    await sign(world, ann)
    world.clock.moved += HOUR
    await answer(world, ann, project, 1)
    world.clock.moved += 2 * HOUR
    await answer(world, ann, project, 9)
    await world.follow()
    found = await report(world, reports.workforce_funnel)
    steps = by_step(found["steps"])
    assert {name: one["reached"] for name, one in steps.items()} == {
        "invited": 3,
        "claimed": 2,
        "screened": 0,
        "signed": 1,
        "trained": 0,
        "activated": 2,
        "first_answer": 1,
        "tenth_answer": 1,
    }
    first, tenth = steps["first_answer"], steps["tenth_answer"]
    assert first["hours_from_before"]["median"] == pytest.approx(1, abs=0.02)
    assert first["hours_from_invited"]["median"] == pytest.approx(4, abs=0.02)
    assert tenth["hours_from_before"]["p90"] == pytest.approx(2, abs=0.02)
    (late, *_) = (one for one in found["stuck"] if one["step"] == "first_answer")
    assert late["ids"] == [ben.subject.id], "active since six hours, where an hour was enough for others"
    assert [UUID(str(dee["id"]))] == [
        who for one in found["stuck"] if one["step"] == "claimed" for who in one["ids"]
    ]
    vendors = {one["vendor"]: by_step(one["steps"]) for one in found["by_vendor"]}
    assert vendors[employer]["invited"]["reached"] == 2 and vendors[None]["tenth_answer"]["reached"] == 1
    assert sum(by_step(one["steps"])["invited"]["reached"] for one in found["by_month"]) == 3


async def test_the_funnel_of_a_vendors_manager_has_the_own_people_alone(world: World) -> None:
    employer = await vendor(world, "acme hands")
    await joined(world, "ann")
    await joined(world, "ben", employer)
    await world.follow()
    found = await report(world, reports.workforce_funnel, await manager_of(world, employer))
    assert by_step(found["steps"])["invited"]["reached"] == 1
    assert [one["vendor"] for one in found["by_vendor"]] == [employer]
    later = await report(world, reports.workforce_funnel, since=await now(world) + DAY)
    assert by_step(later["steps"])["invited"]["reached"] == 0


async def test_hours_are_measured_and_set_against_answers(world: World) -> None:
    await monday(world)
    employer = await vendor(world, "acme hands")
    project = await world.project()
    await world.items(project, "a", "b", "c")
    ann, ben = await joined(world, "ann"), await joined(world, "ben", employer)
    lease = await lease_of(world, ann, project)
    await keep(world, ann, lease, 30)
    await world.submit(ann, lease, "1")
    await answer(world, ann, project, 1)
    await answer(world, ben, project, 1)
    await world.expire(600)
    await world.system(counting.work_count, most=100)
    await world.follow()
    rows = {one["id"]: one for one in (await report(world, reports.workforce_hours))["data"]}
    own = rows[ann.subject.id]
    assert own["hours_counted"] == pytest.approx(0.5, abs=0.02) and own["answers"] == 2
    assert own["answers_per_hour"] == pytest.approx(2 / own["hours_counted"])
    assert own["hours_raw"] >= own["hours_counted"]
    for by, ids in (("vendor", {employer, None}), ("team", {None}), ("project", {project})):
        found = await report(world, reports.workforce_hours, by=by)
        assert {one["id"] for one in found["data"]} == ids
        assert sum(one["answers"] for one in found["data"]) == 3
    first = await report(world, reports.workforce_hours, by="vendor", limit=1)
    second = await report(world, reports.workforce_hours, by="vendor", limit=1, cursor=first["next_cursor"])
    assert [first["data"][0]["id"], second["data"][0]["id"], second["next_cursor"]] == [employer, None, None]
    mine = await report(world, reports.workforce_hours, await manager_of(world, employer))
    assert [one["id"] for one in mine["data"]] == [ben.subject.id]
    before = await report(world, reports.workforce_hours, until=await now(world) - 30 * DAY)
    assert before["data"] == []


async def test_how_long_people_have_worked_on_a_projects_data_is_told_by_project(world: World) -> None:
    began = await monday(world)
    birds, cats = await world.project("birds"), await world.project("cats")
    await world.items(birds, "a", "b")
    await world.items(cats, "c")
    ann = await joined(world, "ann")
    await answer(world, ann, birds, 1)
    world.clock.moved += 40 * DAY
    await answer(world, ann, birds, 1)
    await answer(world, ann, cats, 1)
    await world.follow()
    since = began - DAY
    (row,) = (await report(world, reports.workforce_hours, project=birds, since=since))["data"]
    assert (row["id"], row["answers"]) == (ann.subject.id, 2)
    assert (row["first_at"], row["last_at"]) == (began, began + 40 * DAY)
    (other,) = (await report(world, reports.workforce_hours, project=cats, since=since))["data"]
    assert (other["answers"], other["first_at"]) == (1, began + 40 * DAY)


async def gold(
    world: World, skill: UUID, who: UUID, right: Sequence[bool], lease: UUID | None = None
) -> None:
    """Let so many gold items have been answered by this person, as the log would tell it."""
    facts = []
    for n, correct in enumerate(right):
        told = leases.GoldScored(
            lease=LeaseId(lease or UUID(int=n)),
            annotator=AnnotatorId(who),
            skill=SkillId(skill),
            gold=GoldId(UUID(int=n)),
            correct=correct,
            truth_class=None,
            answer_class=None,
        )
        actor, at = Actor("annotator", PrincipalId(who)), await now(world)
        facts.append(Recorded(world.tenant, told.lease, n + 1, told, at, actor, RequestId(UUID(int=n))))
    async with transaction(world.perform.pool, world.tenant) as conn:
        await fold((RAMP,), conn, world.tenant, facts)


async def skill_of(world: World, project: UUID) -> UUID:
    (row,) = await world.rows("SELECT skill FROM project WHERE tenant = $1 AND project = $2", project)
    return UUID(str(row["skill"]))


async def test_the_ramp_sets_first_pieces_against_what_came_after_many(world: World) -> None:
    """Ann: 15 wrong of her first 50, 3 of the 60 beyond her 200th. Ben is new: 8 wrong of 20."""
    employer = await vendor(world, "acme hands")
    skill = await skill_of(world, await world.project())
    ann, ben = await joined(world, "ann"), await joined(world, "ben", employer)
    await gold(world, skill, ann.subject.id, [n >= 15 for n in range(30)])
    await gold(world, skill, ann.subject.id, [True] * 170 + [n >= 3 for n in range(60)])
    await gold(world, skill, ben.subject.id, [n >= 8 for n in range(20)])
    (one,) = (await report(world, reports.workforce_ramp))["data"]
    counts = {
        name: (one[name]["count"], one[name]["n"]) for name in ("first_50", "new_people", "established")
    }
    assert counts == {"first_50": (23, 70), "new_people": (8, 20), "established": (3, 60)}
    between = one["new_people_minus_established"]
    assert between["difference"] == pytest.approx(8 / 20 - 3 / 60)
    assert 0 < between["low"] < between["difference"] < between["high"] and between["certain"]
    of_vendor = {row["vendor"]: row for row in one["vendors"]}
    assert (of_vendor[employer]["errors"]["count"], of_vendor[employer]["errors"]["n"]) == (8, 20)
    assert of_vendor[employer]["minus_others"]["difference"] == pytest.approx(8 / 20 - 18 / 260)
    assert of_vendor[None]["minus_others"]["difference"] == pytest.approx(18 / 260 - 8 / 20)
    months = [(row["vendor"], row["errors"]["count"], row["errors"]["n"]) for row in one["months"]]
    assert sorted(months, key=str) == sorted([(employer, 8, 20), (None, 18, 260)], key=str)
    (mine,) = (await report(world, reports.workforce_ramp, await manager_of(world, employer)))["data"]
    assert mine["first_50"]["n"] == 20 and mine["established"]["n"] == 0
    assert [row["minus_others"] for row in mine["vendors"]] == [None], "nothing of the others"


async def test_errors_are_told_by_the_hours_worked_before(world: World) -> None:
    """The first answer comes after no work, the second after an hour and three quarters of it."""
    await monday(world)
    project = await world.project()
    await world.items(project, "a", "b")
    skill, ann = await skill_of(world, project), await joined(world, "ann")
    fresh = await lease_of(world, ann, project)
    await world.submit(ann, fresh, "1")
    second = await lease_of(world, ann, project)
    for _ in range(7):
        await keep(world, ann, second, 15)
        await world.system(counting.work_count, most=100)
    world.clock.moved += timedelta(minutes=30)
    await world.submit(ann, second, "1")
    await gold(world, skill, ann.subject.id, [True], fresh)
    await gold(world, skill, ann.subject.id, [False], second)
    found = await report(world, reports.workforce_fatigue)
    told = [(row["hours_before"], row["errors"]["count"], row["errors"]["n"]) for row in found["data"]]
    assert told == [(0, 0, 1), (1, 1, 1)]


async def test_turnover_tells_tenure_leavers_and_what_they_knew(world: World) -> None:
    employer = await vendor(world, "acme hands")
    skill = await skill_of(world, await world.project())
    ann, ben = await joined(world, "ann"), await joined(world, "ben", employer)
    for who in (ann, ben):
        given: dict[str, Any] = {
            "annotator": who.subject.id,
            "skill": skill,
            "level": 1,
            "until": None,
            "reason": "knows birds",
        }
        await world.act(skills.skill_grant, **given)
    world.clock.moved += 10 * DAY
    await world.act(standing.annotator_offboard, annotator=ben.subject.id, reason="moved away")
    world.clock.moved += 10 * DAY
    await world.follow()
    found = await report(world, reports.workforce_turnover, months=3, people_max=1)
    whole = found["period"]
    assert (whole["joined"], whole["left"], whole["headcount_mean"], whole["rate"]) == (2, 1, 0.5, 2.0)
    assert sum(one["left"] for one in found["months"]) == 1 and len(found["months"]) == 3
    tenure = found["tenure_days"]
    assert (tenure["n"], tenure["still_here"]) == (2, 1)
    assert tenure["median"] == pytest.approx(15, abs=0.01)
    of_vendor = {one["vendor"]: one["tenure_days"]["median"] for one in found["by_vendor"]}
    assert of_vendor == {employer: pytest.approx(10, abs=0.01), None: pytest.approx(20, abs=0.01)}
    assert [one["team"] for one in found["by_team"]] == [None]
    (lost,) = found["knowledge"]
    assert (lost["skill"], lost["people"], lost["left"]) == (skill, 1, 1)
    mine = await report(world, reports.workforce_turnover, await manager_of(world, employer))
    assert mine["period"]["joined"] == 1
