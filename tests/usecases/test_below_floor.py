"""Below the floor: a rule closes the skill, and suspends the person where the skill says so; leases go back."""

from typing import Any
from uuid import UUID

from backend.usecases.proficiency import below_floor, skills
from backend.usecases.work import Caller
from backend.usecases.workforce import people, standing
from tests.support import people as way
from tests.support.recertified import judged
from tests.support.refused import refused
from tests.support.skilled import skill_of
from tests.support.world import World

GOOD, BAD = [True] * 10, [False] * 10
FLOOR = 700_000


async def begun(world: World, mode: str | None) -> tuple[Caller, UUID, UUID]:
    """Somebody who holds a lease in a project whose skill says this; their task has one place."""
    ann = await world.invite("ann")
    project = await world.project(plan={"live_floor": 0.0})
    skill = await skill_of(world, project)
    if mode is not None:
        told = await world.act(below_floor.skill_below_floor_update, skill=skill, mode=mode)
        assert told == {"skill": skill, "mode": mode}
    await world.items(project, "a")
    assert len((await world.pull(ann, project))["leases"]) == 1
    return ann, project, skill


async def status(world: World, who: Caller) -> str:
    return str((await world.act(people.annotator_get, annotator=who.subject.id))["status"])


async def last_step(world: World, who: Caller, reader: Caller | None = None) -> dict[str, Any]:
    told = await world.act(people.annotator_history, reader, annotator=who.subject.id)
    return dict(told["steps"][-1])


async def test_closing_a_skill_gives_its_leases_back_and_somebody_else_is_served(world: World) -> None:
    ann, project, skill = await begun(world, None)
    assert await way.open_slots(world) == 0
    await judged(world, ann, skill, BAD, FLOOR)
    (lost,) = await world.facts("lease.revoked")
    assert lost.event.reason == "skill closed"
    assert await way.open_slots(world) == 1
    assert await status(world, ann) == "active", "by default the person is not stopped"
    assert (await world.pull(ann, project))["leases"] == []
    ben = await world.invite("ben")
    assert len((await world.pull(ben, project))["leases"]) == 1


async def test_a_skill_that_says_suspend_stops_the_person_in_the_same_transaction(world: World) -> None:
    ann, project, skill = await begun(world, "suspend")
    other = await world.project("other work")
    await world.items(other, "b")
    await world.pull(ann, other)
    await judged(world, ann, skill, BAD, FLOOR)
    assert await status(world, ann) == "suspended"
    assert await way.open_slots(world) == 2, "leases of all projects go back"
    assert (await world.pull(ann, other))["reasons"] == [{"code": "suspended"}]
    (stopped,) = await world.facts("annotator.suspended")
    (closed,) = await world.facts("skill.closed")
    assert (stopped.event.code, stopped.event.skill) == ("below_floor", skill)
    assert stopped.event.basis_index == closed.event.basis_index, "the numbers are in that fact"
    assert (closed.event.correct, closed.event.total, closed.event.floor_ppm) == (0, 10, FLOOR)
    assert stopped.actor.kind == "system"
    xids = await world.rows(
        "SELECT DISTINCT xid FROM event WHERE tenant = $1 AND type = ANY($2)",
        ["annotator.suspended", "skill.closed", "lease.revoked"],
    )
    assert len(xids) == 1
    ben = await world.invite("ben")
    assert len((await world.pull(ben, project))["leases"]) == 1, "the task is served again"
    own = await last_step(world, ann, ann)
    assert own["details"] == {"code": "below_floor", "skill": skill, "vendor": None}
    assert own["reason"].startswith("by rule: below_floor") and "10" not in own["reason"]


async def test_a_person_reinstates_and_what_was_judged_suspends_no_more(world: World) -> None:
    ann, project, skill = await begun(world, "suspend")
    await judged(world, ann, skill, BAD, FLOOR)
    about = {"annotator": ann.subject.id, "reason": "looked at the evidence"}
    await world.act(standing.annotator_reinstate, **about)
    await judged(world, ann, skill, [], FLOOR)
    assert await status(world, ann) == "active"
    assert (await world.pull(ann, project))["leases"] == [], "the skill is opened by an act of its own"
    await world.act(skills.skill_reopen, skill=skill, **about)
    await judged(world, ann, skill, BAD[:5], FLOOR)
    assert await status(world, ann) == "active", "each piece of evidence stops once"
    assert len((await world.pull(ann, project))["leases"]) == 1
    await judged(world, ann, skill, BAD, FLOOR)
    assert await status(world, ann) == "suspended"
    assert len(await world.facts("annotator.suspended")) == 2


async def test_a_fall_suspends_with_the_word_drift(world: World) -> None:
    ann, _, skill = await begun(world, "suspend")
    await judged(world, ann, skill, GOOD * 4, 1)
    for _ in range(4):
        await judged(world, ann, skill, [True, False] * 5, 1)
    (alarmed,) = await world.facts("drift.alarmed")
    (stopped,) = await world.facts("annotator.suspended")
    assert (stopped.event.code, stopped.event.basis_index) == ("drift", alarmed.event.basis_index)


async def test_who_has_left_is_not_suspended_and_the_skill_closes_all_the_same(world: World) -> None:
    ann, _, skill = await begun(world, "suspend")
    await world.act(standing.annotator_offboard, annotator=ann.subject.id, reason="moved away")
    await judged(world, ann, skill, BAD, FLOOR)
    assert await status(world, ann) == "offboarded"
    assert len(await world.facts("skill.closed")) == 1


async def test_the_setting_is_listed_and_said_by_who_may_define_skills(world: World) -> None:
    ann, _, skill = await begun(world, None)
    (listed,) = (await world.act(skills.skill_list))["data"]
    assert listed["below_floor"] == "close_skill"
    with refused("forbidden"):
        await world.act(below_floor.skill_below_floor_update, ann, skill=skill, mode="suspend")
    with refused("below_floor_unknown"):
        await world.act(below_floor.skill_below_floor_update, skill=skill, mode="dismiss")
    for _ in range(2):
        await world.act(below_floor.skill_below_floor_update, skill=skill, mode="suspend")
    (listed,) = (await world.act(skills.skill_list))["data"]
    assert listed["below_floor"] == "suspend"
    assert len(await world.facts("skill.below_floor_set")) == 1
