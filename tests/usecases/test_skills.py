"""Skills held: by a manager, by the record, by import; lost at the very moment; closed by rule, opened by people."""

from datetime import timedelta
from uuid import UUID

import pytest

from backend.readmodels import skills as read
from backend.usecases.proficiency import records, skills
from backend.usecases.tasks import queue
from backend.usecases.work import Answer, Work
from tests.support.refused import refused
from tests.support.skilled import answer_gold, ask, define, gold, grant, held, settle, skill_of
from tests.support.world import World


async def test_the_catalogue_knows_each_name_once_with_its_kind(world: World) -> None:
    german = await define(world, "German", "language")
    assert await define(world, "German", "language") == german
    with refused("not_now", "conflict"):
        await define(world, "German", "tool")
    with refused("skill_kind_unknown", "invalid"):
        await define(world, "Elvish", "magic")
    await world.project("birds")
    listed = (await world.act(skills.skill_list))["data"]
    assert [(one["name"], one["kind"]) for one in listed] == [("German", "language"), ("birds", "domain")]


async def test_a_level_counts_until_its_very_end_and_the_sweep_only_records_it(world: World) -> None:
    project, ann = await world.project(), await world.invite("ann")
    skill = await skill_of(world, project)
    await world.items(project, "a", "b")
    await ask(world, project, all_=[{"skill": skill, "level_min": 2}])
    assert (await world.pull(ann, project))["reasons"][0]["code"] == "not_qualified"
    async with world.perform.pool.acquire() as conn:
        until = await world.clock.now(conn) + timedelta(hours=1)
    await grant(world, ann, skill, 3, until)
    (lease,) = (await world.pull(ann, project))["leases"]
    world.clock.moved += timedelta(hours=1)
    (why,) = (await world.pull(ann, project))["reasons"]
    assert (why["code"], why["condition"], why["actual"]["level"]) == ("not_qualified", "skill_level", 0)
    with refused("not_qualified"):
        await world.act(queue.lease_get, ann, lease=lease["id"])
    assert (await held(world, ann, skill))["level"] == 0
    assert (await world.system(skills.skills_lapse, most=10))["expired"] == 1
    assert [one.event.why for one in await world.facts("skill.lost")] == ["expired"]
    assert len(await world.facts("lease.revoked")) == 1
    assert (await world.system(skills.skills_lapse, most=10))["expired"] == 0


async def test_the_sweep_leaves_alone_what_has_not_ended(world: World) -> None:
    project, ann = await world.project(), await world.invite("ann")
    await grant(world, ann, await skill_of(world, project))
    assert (await world.system(skills.skills_lapse, most=10))["expired"] == 0


async def test_withdrawing_a_level_takes_the_leases_that_need_it_and_no_others(world: World) -> None:
    asking, open_ = await world.project("asking"), await world.project("open")
    ann, skill = await world.invite("ann"), await skill_of(world, asking)
    await ask(world, asking, all_=[{"skill": skill}])
    await grant(world, ann, skill)
    for project in (asking, open_):
        await world.items(project, "a")
        assert (await world.pull(ann, project))["leases"]
    gone = await world.act(
        skills.skill_withdraw, annotator=ann.subject.id, skill=skill, source=None, reason="wrong file"
    )
    assert gone["leases_revoked"] == 1
    rows = await world.rows("SELECT project FROM lease WHERE tenant = $1")
    assert [row["project"] for row in rows] == [open_]
    assert len(await world.rows("SELECT 1 FROM open_slot WHERE tenant = $1")) == 1, "the slot went back"


async def test_a_lower_level_replaces_a_higher_one_and_its_leases_go(world: World) -> None:
    project, ann = await world.project(), await world.invite("ann")
    skill = await skill_of(world, project)
    await world.items(project, "a")
    await ask(world, project, all_=[{"skill": skill, "level_min": 3}])
    await grant(world, ann, skill, 3)
    assert (await world.pull(ann, project))["leases"]
    assert (await grant(world, ann, skill, 2))["leases_revoked"] == 1
    assert (await held(world, ann, skill))["level"] == 2


async def test_the_highest_level_that_counts_is_the_level(world: World) -> None:
    ann, skill = await world.invite("ann"), await define(world, "birds")
    await grant(world, ann, skill, 2)

    async def bring(work: Work) -> Answer:
        work.require("skill:grant")
        return Answer({"new": await skills.import_skills(work, [(ann.subject.id, skill, 5, None, "file")])})

    assert (await world.act(bring))["new"] == 1
    assert (await world.act(bring))["new"] == 0
    mine = await held(world, ann, skill)
    assert (mine["level"], [one["source"] for one in mine["sources"]]) == (5, ["import", "manager"])


async def test_ten_bad_gold_answers_close_the_skill_and_a_manager_opens_it_again(world: World) -> None:
    project, ann = await world.project(plan={"gold_share": 1.0}), await world.invite("ann")
    skill = await skill_of(world, project)
    await world.items(project, *(f"w{n}" for n in range(30)))
    await gold(world, project, 25)
    await answer_gold(world, ann, project, *["no"] * 9)
    assert await world.facts("skill.closed") == []
    (kept,) = (await world.pull(ann, project))["leases"]
    await world.submit(ann, kept["id"], "no")
    (open_lease,) = (await world.pull(ann, project))["leases"]
    await settle(world)
    (closed,) = [one.event for one in await world.facts("skill.closed")]
    assert (closed.correct, closed.total, closed.floor_ppm) == (0, 10, 700_000)
    assert closed.probability_ppm > 950_000 and closed.basis_index > 0
    with refused("lease_revoked"):
        await world.submit(ann, open_lease["id"], "no")
    (why,) = (await world.pull(ann, project))["reasons"]
    assert (why["code"], why["condition"], why["mend"]) == ("not_qualified", "skill_open", skills.APPEAL)
    assert "correct" not in str(why), "the person learns nothing of the evidence"

    assert (await held(world, ann, skill))["closing"]["total"] == 10
    own = await held(world, ann, skill, ann)
    assert (own["closed"], own["closing"], own["appeal"]) == (True, None, skills.APPEAL)

    await world.act(skills.skill_reopen, annotator=ann.subject.id, skill=skill, reason="the gold was wrong")
    await world.system(records.skill_review, annotator=ann.subject.id, skill=skill, floor_ppm=700_000)
    assert len(await world.facts("skill.closed")) == 1, "what was judged is not judged again"
    await answer_gold(world, ann, project, *["no"] * 10)
    assert [one.event.total for one in await world.facts("skill.closed")] == [10, 10]


async def test_a_project_without_a_floor_closes_nothing(world: World) -> None:
    project = await world.project(plan={"gold_share": 1.0, "live_floor": 0.0})
    ann = await world.invite("ann")
    await world.items(project, "w")
    await gold(world, project, 15)
    await answer_gold(world, ann, project, *["no"] * 15)
    assert await world.facts("skill.closed") == []


async def test_good_gold_answers_earn_a_level_with_every_full_ten(world: World) -> None:
    project, ann = await world.project(plan={"gold_share": 1.0}), await world.invite("ann")
    skill = await skill_of(world, project)
    await world.items(project, "w")
    await gold(world, project, 25)
    await answer_gold(world, ann, project, *["yes"] * 9)
    assert await world.facts("skill.granted") == []
    await answer_gold(world, ann, project, "yes")
    (first,) = [one.event for one in await world.facts("skill.granted")]
    assert (first.source, first.level, first.reason) == ("gold", 2, None)
    for _ in range(9):
        await answer_gold(world, ann, project, "yes")
        assert len(await world.facts("skill.granted")) == 1, "no single answer can be told by a new level"
    await answer_gold(world, ann, project, "yes")
    levels = [one.event.level for one in await world.facts("skill.granted")]
    assert levels == sorted(levels) and levels[0] == 2
    assert (await held(world, ann, skill, ann))["level"] == levels[-1]


async def test_an_import_weighs_at_most_ten_answers_and_half(world: World) -> None:
    ann, skill = await world.invite("ann"), await define(world, "birds")
    for correct, total, weight in ((8, 10, 0.5), (900, 1_000, 0.01)):
        score = {
            "annotator": ann.subject.id,
            "skill": skill,
            "correct": correct,
            "total": total,
            "system": "old",
        }
        assert await world.act(skills.score_import, scores=(score,)) == {"imported": 1, "unchanged": 0}
        assert await world.act(skills.score_import, scores=(score,)) == {"imported": 0, "unchanged": 1}
        await world.follow()
        for reader in (None, ann):
            body = await world.act(records.proficiency_get, reader, annotator=ann.subject.id)
            (mine,) = body["skills"]
            assert mine["sources"] == {"import": {"correct": correct, "total": total, "weight": weight}}
            assert mine["total"] == total
    own_weight = 10 * 0.9
    pool = (own_weight + 1) / 12
    assert mine["mean"] == pytest.approx((8 * pool + own_weight) / 18, abs=1e-6)


async def test_an_import_names_the_unknown(world: World) -> None:
    ann, skill = await world.invite("ann"), await define(world, "birds")
    good = {"annotator": ann.subject.id, "skill": skill, "correct": 1, "total": 2, "system": "old"}
    for name in ("annotator", "skill"):
        with refused(f"{name}_unknown", "invalid"):
            await world.act(skills.score_import, scores=(good, good | {name: UUID(int=1)}))
    with refused("score_invalid", "invalid"):
        await world.act(skills.score_import, scores=(good | {"correct": 3},))


async def test_ended_levels_are_due_once_and_others_never(world: World) -> None:
    ann, skill = await world.invite("ann"), await define(world, "birds")
    await grant(world, ann, skill)

    async def due(work: Work) -> Answer:
        work.require("project:update")
        return Answer({"due": await read.due(work.conn, work.tenant, work.now, 10)})

    assert (await world.act(due))["due"] == []


async def test_nobody_grants_to_whom_they_cannot_see(world: World, neighbour: World) -> None:
    stranger, skill = await neighbour.invite("eve"), await define(world, "birds")
    with refused("not_found"):
        await grant(world, stranger, skill)
    ann = await world.invite("ann")
    with refused("forbidden"):
        await world.act(
            skills.skill_grant,
            ann,
            annotator=ann.subject.id,
            skill=skill,
            level=1,
            until=None,
            reason="I am good",
        )
    with refused("not_found"):
        await grant(world, ann, UUID(int=7))
