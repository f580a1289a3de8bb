"""Eligibility explained: every kind of obstacle by name, what mends it, and nothing that tells gold from work."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from backend.usecases.insight import explaining
from backend.usecases.proficiency import skills
from backend.usecases.projects import guidelines, intake, projects
from backend.usecases.work import Answer, Caller, Work
from backend.usecases.workforce import availability, screening, standing
from tests.support import nda, people, school
from tests.support.refused import refused
from tests.support.skilled import answer_gold, ask, define, explained, gold, grant, settle, skill_of
from tests.support.world import World


async def test_who_may_is_told_so_condition_by_condition(world: World) -> None:
    project, ann = await world.project(), await world.invite("ann")
    await world.items(project, "a")
    body, failing = await explained(world, ann, project=project)
    assert failing == {} and body["eligible"] and body["served_now"]
    told = [one["condition"] for one in body["conditions"]]
    assert told == ["status", "role", "skill_open", "capacity", "break", "open_slots"]
    assert {one["stage"] for one in body["conditions"]} == {None, "annotate"}
    assert all(one["mend"] is None and one["act"] is None for one in body["conditions"])


async def test_without_work_the_person_is_eligible_and_not_served(world: World) -> None:
    project, ann = await world.project(), await world.invite("ann")
    body, failing = await explained(world, ann, project=project)
    assert (body["eligible"], body["served_now"], failing["condition"]) == (True, False, "open_slots")


async def test_each_stage_that_the_roles_fit_is_explained(world: World) -> None:
    project, both = await world.project(), await world.invite("both", "annotator", "reviewer")
    await world.items(project, "a")
    body, _ = await explained(world, both, project=project)
    assert body["stages"] == [
        {"stage": "annotate", "eligible": True, "served_now": True},
        {"stage": "review", "eligible": True, "served_now": False},
    ]


async def test_what_one_lane_asks_beyond_the_others_keeps_nobody_from_the_others(world: World) -> None:
    project, ann = await world.project(), await world.invite("ann")
    await world.items(project, "a")
    needs = {"all": [{"skill": str(await define(world, "french", "language")), "level_min": 2}]}
    for name, more in (("b", {"needs": needs}), ("c", {"priority": 0})):
        given = {"external_key": name, "payload": 1} | more
        await world.act(intake.item_import, project=project, items=(given,))
    body, failing = await explained(world, ann, project=project)
    assert failing["condition"] == "skill_level"
    assert body["stages"] == [{"stage": "annotate", "eligible": True, "served_now": True}]
    assert (body["eligible"], body["served_now"]) == (True, True)
    assert [one["condition"] for one in body["conditions"]].count("role") == 1, "told once"
    assert [len((await world.pull(ann, project))["leases"]) for _ in range(3)] == [1, 1, 0]
    body, _ = await explained(world, ann, project=project)
    assert (body["eligible"], body["served_now"]) == (True, False)
    (task,) = [one["task"] for one in await world.rows("SELECT task FROM open_slot WHERE tenant = $1")]
    body, _ = await explained(world, ann, task=task)
    assert (body["eligible"], body["served_now"]) == (False, False)


async def test_an_agreement_and_a_course_and_a_guideline_are_named_with_the_act_that_mends_them(
    world: World,
) -> None:
    made, course = await nda.publish(world), await school.publish(world)
    project = await world.project(agreements=(made["id"],), courses=(course["id"],))
    await world.act(guidelines.guideline_publish, project=project, text="Look closely.")
    await world.items(project, "a")
    ann = await world.invite("ann")
    body, _ = await explained(world, ann, project=project)
    failing = [one for one in body["conditions"] if not one["passed"]]
    assert [one["condition"] for one in failing] == ["agreement", "course", "guideline"]
    assert [one["act"]["operation"] for one in failing] == [
        "agreement_sign",
        "course_attempt",
        "guideline_acknowledge",
    ]
    assert failing[0]["required"] == {"agreement": made["id"], "version": 1, "name": "NDA"}
    assert failing[0]["mend"] == "sign agreement NDA, version 1"
    pulled = (await world.pull(ann, project))["reasons"]
    assert [one["condition"] for one in pulled] == ["agreement", "course", "guideline"]
    assert [one["code"] for one in pulled] == [
        "agreement_required",
        "training_required",
        "guideline_required",
    ]
    assert [one["act"] for one in pulled] == [one["act"] for one in failing], "the same reasons"
    await nda.sign(world, ann, made)
    _, failing_now = await explained(world, ann, project=project)
    assert failing_now["condition"] == "course"


@pytest.mark.parametrize(
    ("condition", "operation"),
    [
        ({"check": "identity"}, "annotator_check_record"),
        ({"compliance": "hipaa"}, "compliance_record"),
        ({"origin": "crowd"}, None),
    ],
)
async def test_what_only_a_manager_can_mend_says_so(
    world: World, condition: dict[str, Any], operation: str | None
) -> None:
    project, ann = await world.project(), await world.invite("ann")
    await world.items(project, "a")
    await ask(world, project, all_=[condition])
    body, failing = await explained(world, ann, project=project)
    assert not body["eligible"] and failing["condition"] == next(iter(condition))
    assert (failing["act"] or {}).get("operation") == operation
    (why,) = (await world.pull(ann, project))["reasons"]
    assert (why["code"], why["condition"]) == ("not_qualified", failing["condition"])


async def test_a_check_that_has_ended_is_told_with_its_end(world: World) -> None:
    project, ann = await world.project(), await world.invite("ann")
    await ask(world, project, all_=[{"check": "identity"}])
    until = await people.in_days(world, 1)
    record = {"kind": "identity", "passed": True, "evidence": "passport", "until": until}
    await world.act(screening.annotator_check_record, annotator=ann.subject.id, **record)
    assert (await explained(world, ann, project=project))[0]["eligible"]
    world.clock.moved += timedelta(days=1)
    body, failing = await explained(world, ann, project=project)
    assert not body["eligible"] and failing["actual"] == {"counts": False, "until": until}


async def test_vendor_and_team_are_conditions_like_others(world: World) -> None:
    works, other = await people.vendor(world), await people.vendor(world, "Others")
    project = await world.project()
    ann = await people.join(world, "ann", origin="vendor", vendor=works)
    await ask(world, project, all_=[{"vendor": works}])
    assert (await explained(world, ann, project=project))[0]["eligible"]
    await ask(world, project, any_=[[{"vendor": other}, {"origin": "crowd"}]])
    _, failing = await explained(world, ann, project=project)
    assert failing["condition"] == "any"
    assert [one["condition"] for one in failing["required"]] == ["origin", "vendor"]
    await ask(world, project, none_=[{"vendor": works}])
    _, failing = await explained(world, ann, project=project)
    assert (failing["condition"], failing["actual"]) == ("none", {"held": True})


async def test_at_least_this_level_of_one_skill_or_any_of_another(world: World) -> None:
    project, ann = await world.project(), await world.invite("ann")
    german, french = await define(world, "German", "language"), await define(world, "French", "language")
    await world.items(project, "a")
    await ask(world, project, any_=[[{"skill": german, "level_min": 3}, {"skill": french}]])
    await grant(world, ann, german, 2)
    assert not (await explained(world, ann, project=project))[0]["eligible"]
    await grant(world, ann, german, 3)
    assert (await explained(world, ann, project=project))[0]["eligible"]
    await ask(
        world, project, all_=[{"skill": german, "level_min": 2}], none_=[{"skill": german, "level_min": 3}]
    )
    _, failing = await explained(world, ann, project=project)
    assert (failing["condition"], failing["required"]["none"]) == ("none", {"skill": german, "level_min": 3})
    await grant(world, ann, german, 2)
    assert len((await world.pull(ann, project))["leases"]) == 1


async def test_conditions_name_what_does_not_exist_and_are_shown_back(world: World) -> None:
    project, skill = await world.project(), await define(world, "German", "language")
    for kind in ("skill", "agreement", "course", "vendor", "team"):
        with refused(f"{kind}_unknown", "invalid") as caught:
            await ask(world, project, none_=[{kind: UUID(int=9)}])
        assert str(UUID(int=9)) in caught.value.found
    with refused("conditions_contradict", "invalid"):
        await ask(world, project, all_=[{"skill": skill}], none_=[{"skill": skill}])
    said = {
        "all": [{"skill": skill, "level_min": 2}],
        "any": [[{"origin": "staff"}]],
        "none": [{"check": "x"}],
    }
    shown = await world.act(
        projects.project_requirements_update,
        project=project,
        agreements=(),
        courses=(),
        data_class="phi",
        conditions=said,
    )
    assert (shown["conditions"], shown["data_class"]) == (said, "phi")


async def test_a_condition_on_an_agreement_asks_for_the_version_in_force(world: World) -> None:
    made = await nda.publish(world)
    project, ann = await world.project(), await world.invite("ann")
    await ask(world, project, all_=[{"agreement": made["id"]}])
    await nda.sign(world, ann, made)
    assert (await explained(world, ann, project=project))[0]["eligible"]
    await nda.publish(world, "v2", made)
    _, failing = await explained(world, ann, project=project)
    assert failing["condition"] == "agreement"
    assert (failing["required"]["version"], failing["actual"]["version"]) == (2, 1)


async def test_the_status_is_told_first_with_its_end(world: World) -> None:
    project, ann = await world.project(), await world.invite("ann")
    until = await people.in_days(world, 2)
    await world.act(standing.annotator_pause, annotator=ann.subject.id, reason="holiday", until=until)
    body, failing = await explained(world, ann, project=project)
    assert body["conditions"][0] == failing
    assert failing["actual"] == {"status": "paused", "until": until}
    assert failing["act"]["operation"] == "annotator_resume"
    assert (await world.pull(ann, project))["reasons"] == [{"code": "paused", "until": until}]


async def test_an_onboarding_person_is_told_what_is_missing(world: World) -> None:
    made = await nda.publish(world)
    await people.ask(world, agreements=(made["id"],), checks=("identity",))
    project, ann = await world.project(), await people.join(world, "ann")
    body, failing = await explained(world, ann, project=project)
    assert failing["actual"] == {"status": "onboarding"}
    assert [one["condition"] for one in body["conditions"]][:3] == ["status", "check", "agreement"]
    pulled = (await world.pull(ann, project))["reasons"]
    assert [one["code"] for one in pulled] == ["onboarding", "not_qualified", "agreement_required"]


async def test_a_full_hand_and_a_break_are_obstacles_of_the_moment(world: World) -> None:
    project, ann = await world.project(), await world.invite("ann")
    await world.items(project, *"abcd")
    for _ in range(3):
        assert (await world.pull(ann, project))["leases"]
    body, failing = await explained(world, ann, project=project)
    assert (body["eligible"], failing["condition"]) == (False, "capacity")
    assert (failing["required"], failing["actual"]) == ({"leases_below": 3}, {"leases": 3})
    await world.act(availability.activity_update, ann, annotator=ann.subject.id, activity="break")
    body, _ = await explained(world, ann, project=project)
    obstacles = [one["condition"] for one in body["conditions"] if not one["passed"]]
    assert obstacles[0] == "capacity" and set(obstacles[1:]) <= {"break", "availability"} and obstacles[1:]


async def test_one_task_says_who_met_its_item_and_whether_it_is_open(world: World) -> None:
    project, ann, ben = await world.project(), await world.invite("ann"), await world.invite("ben")
    await world.items(project, "a")
    (row,) = await world.rows("SELECT task FROM task WHERE tenant = $1")
    task = row["task"]
    assert (await explained(world, ann, task=task))[0]["served_now"]
    await world.work(ann, project, "1")
    _, failing = await explained(world, ann, task=task)
    assert failing["condition"] == "already_worked"
    body, failing = await explained(world, ben, task=task)
    assert (body["eligible"], failing["condition"], body["project"]) == (True, "open_slots", project)


async def test_a_closed_skill_shows_its_evidence_to_managers_and_the_way_to_appeal_to_the_person(
    world: World,
) -> None:
    project, ann = await world.project(plan={"gold_share": 1.0}), await world.invite("ann")
    await world.items(project, "w")
    await gold(world, project, 10)
    await answer_gold(world, ann, project, *["no"] * 10)
    _, seen = await explained(world, ann, project=project)
    assert seen["condition"] == "skill_open" and seen["actual"]["evidence"]["total"] == 10
    assert seen["act"]["operation"] == "skill_reopen"
    _, own = await explained(world, ann, ann, project=project)
    assert (own["actual"], own["mend"]) == ({"closed": True}, skills.APPEAL)


async def test_what_a_person_reads_does_not_move_when_gold_is_dealt(world: World) -> None:
    """A gold item takes no slot, so counts before and after a pull would tell it; a manager sees them."""
    project, ann = await world.project(plan={"gold_share": 1.0}), await world.invite("ann")
    await world.items(project, "a", "b", "c")
    await gold(world, project, 1)

    async def openings(reader: Caller | None) -> Any:
        body, _ = await explained(world, ann, reader, project=project)
        return next(one for one in body["conditions"] if one["condition"] == "open_slots")["actual"]

    seen = []
    for task in ("g0", "a", "b"):
        (lease,) = (await world.pull(ann, project))["leases"]
        assert lease["payload"] == {"task": task}
        seen.append((await openings(None), await openings(ann)))
        await world.submit(ann, lease["id"], "yes")
    assert [managers["open_slots"] for managers, _ in seen] == [3, 2, 1]
    assert [own for _, own in seen] == [{"open": True}] * 3
    await settle(world)
    assert "gold" not in str((await explained(world, ann, ann, project=project))[0])


async def test_nobody_reads_about_others_and_one_thing_is_asked_at_a_time(world: World) -> None:
    project, ann, ben = await world.project(), await world.invite("ann"), await world.invite("ben")
    with refused("forbidden"):
        await explained(world, ben, ann, project=project)
    assert (await explained(world, ann, ann, project=project))[0]["eligible"]
    with refused("eligibility_of_what", "invalid"):
        await explained(world, ann)
    with refused("eligibility_of_what", "invalid"):
        await explained(world, ann, project=project, task=UUID(int=1))
    for about in ("project", "task"):
        with refused("not_found"):
            await explained(world, ann, **{about: UUID(int=1)})
    works = await people.vendor(world)
    manager = await people.manager_of(world, works)
    own = await people.join(world, "own", origin="vendor", vendor=works)
    assert (await explained(world, own, manager, project=project))[0]["eligible"]
    with refused("not_found"):
        await explained(world, ann, manager, project=project)


async def test_coverage_says_for_every_lane_who_may_be_served(world: World) -> None:
    project, ann = await world.project(), await world.invite("ann")
    ben, rev = await world.invite("ben"), await world.invite("rev", "reviewer")
    skill = await skill_of(world, project)
    await ask(world, project, any_=[[{"skill": skill}, {"origin": "crowd"}]])
    until = await people.in_days(world, 1)
    await grant(world, ann, skill, 1, until)
    await grant(world, rev, skill)

    async def covered(work: Work) -> Answer:
        work.require("project:read")
        return Answer({"lanes": await explaining.coverage(work)})

    lanes = {
        row["stage"]: row["lane"]
        for row in await world.rows("SELECT lane, stage FROM lane WHERE tenant = $1")
    }
    now = (await world.act(covered))["lanes"]
    assert now == {
        lanes["annotate"]: [ann.subject.id],
        lanes["review"]: [rev.subject.id],
        lanes["expert"]: [],
    }
    world.clock.moved += timedelta(days=1)
    assert (await world.act(covered))["lanes"][lanes["annotate"]] == []
    assert ben.subject.id not in [one for served in now.values() for one in served]
