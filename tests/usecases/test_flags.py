"""Flags on a real database: from answers to a suspicion, from a decision to weight zero, and exactly back."""

import random
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from backend.domain.errors import Refusal
from backend.events.store.database import open_pool
from backend.readmodels.rebuild import rebuild_check
from backend.usecases.proficiency import records
from backend.usecases.projects import intake
from backend.usecases.quality import flags
from backend.usecases.tasks import reworking
from backend.usecases.work import Caller
from backend.workers.jobs import KINDS
from tests.support.flagged import CLASSES, scan, settle, suspect
from tests.support.refused import refused
from tests.support.skilled import define, skill_of
from tests.support.world import World

GOLD = 24
STATE = """
SELECT annotator, shown, a, b, n_eff, scored, cells, fresh_a, fresh_b, live, live_right, live_total, cusum, target,
       pieces
  FROM proficiency_state WHERE tenant = $1 ORDER BY annotator, shown
"""


async def crowd(world: World) -> tuple[UUID, UUID, dict[str, Caller]]:
    """Four honest people, eve whose times are a machine's, and fay who always says a; an item in which eve has the last
    word, whoever is weighed first; then gold for everybody."""
    project, dice = await world.project(plan={"overlap": 3, "gold_share": 1.0}), random.Random(1)
    people = {name: await world.invite(name) for name in ("ann", "ben", "cas", "dee", "eve", "fay")}
    await world.items(project, "x")
    for name, said in (("ann", "a"), ("fay", "d"), ("eve", "d")):
        await world.work(people[name], project, said)
    await world.decide()
    gold = tuple(
        {"external_key": f"g{n}", "payload": {"task": f"g{n}"}, "truth": CLASSES[n % 4]} for n in range(GOLD)
    )
    await world.act(intake.gold_add, project=project, gold=gold, exam_only=False)
    await world.items(project, "rest")
    for name, who in people.items():
        for _ in range(GOLD):
            (lease,) = (await world.pull(who, project))["leases"]
            number = int(lease["payload"]["task"].removeprefix("g"))
            seconds = 20.0 if name == "eve" else dice.lognormvariate(3.0, 0.6)
            world.clock.moved += timedelta(seconds=seconds)
            await world.submit(who, lease["id"], "a" if name == "fay" else CLASSES[number % 4])
    await world.follow()
    return project, await skill_of(world, project), people


async def score(world: World, who: Caller) -> dict[str, Any]:
    (mine,) = (await world.act(records.proficiency_get, annotator=who.subject.id))["skills"]
    return dict(mine)


async def redecided(world: World, project: UUID, flag: UUID) -> dict[str, Any]:
    """The item decided again now."""
    assert (await world.act(flags.flag_redecide, flag=flag)) == {"tasks": 1, "next": None}
    assert await world.decide() == 1
    row = (await world.export(project))["x"]
    return {name: row[name] for name in ("answer", "top", "majority", "confidence", "judgments")}


async def test_a_scan_finds_who_answers_blindly_and_whose_times_are_a_machines_once(world: World) -> None:
    _, skill, people = await crowd(world)
    found = await scan(world, skill)
    assert (found["answers"], found["people"], found["known"]) == (3 + 6 * GOLD, 6, 0)
    cases = {one["kind"]: one for one in [await world.act(flags.flag_get, flag=f) for f in found["raised"]]}
    assert {kind: one["annotator"] for kind, one in cases.items()} == {
        "spammer": people["fay"].subject.id,
        "too_even": people["eve"].subject.id,
    }
    blind, machine = cases["spammer"], cases["too_even"]
    assert blind["numbers"]["score_ppm"] == 0 and 20 <= blind["numbers"]["answers"] < GOLD, "evidence fades"
    assert blind["amount"] == GOLD and blind["thresholds"]["answers_min"] == 20
    assert len(blind["answers"]) == GOLD - GOLD // 4, "the wrong ones"
    assert {one["annotator"] for one in blind["answers"]} == {people["fay"].subject.id}
    assert all(one["gold"] and one["answer_class"] for one in blind["answers"])
    assert machine["numbers"]["spread_ppm"] < 0.25 * machine["numbers"]["pool_spread_ppm"]
    assert [one["seconds"] for one in machine["answers"][1:]] == pytest.approx([20.0] * GOLD, abs=5.0)
    again = await scan(world, skill)
    assert (again["raised"], again["known"]) == ([], 2), "raised once while it is open"


async def test_a_discount_changes_the_result_and_the_score_and_another_word_gives_both_back_exactly(
    world: World,
) -> None:
    project, skill, people = await crowd(world)
    eve = people["eve"]
    await scan(world, skill)
    query: dict[str, Any] = {"state": "open", "kind": "too_even", "annotator": None, "project": None}
    (case,) = (await world.act(flags.flag_list, **query, cursor=None, limit=1))["data"]
    flag = case["id"]
    await settle(world, flag, "discounted")
    await world.follow()
    # Another result in between: the same one again, decided by what is known by now, would be no fact.
    await redecided(world, project, flag)
    await settle(world, flag, "dismissed")
    await world.follow()
    before = await redecided(world, project, flag), await score(world, eve), await world.rows(STATE)
    assert before[0]["answer"] == "d" and before[0]["judgments"] == 3

    told = await settle(world, flag, "discounted")
    assert told["discounted"] == [{"annotator": eve.subject.id, "since": told["since"]}]
    await world.follow()
    without = await redecided(world, project, flag)
    assert (without["answer"], without["judgments"]) == ("a", 2)
    assert (await score(world, eve))["n_eff"] == 0 < before[1]["n_eff"]
    assert (await score(world, people["ann"]))["n_eff"] == before[1]["n_eff"]
    mine = "SELECT count(*) AS n FROM answer WHERE tenant = $1 AND annotator = $2"
    assert (await world.rows(mine, eve.subject.id))[0]["n"] == GOLD + 1, "every answer is kept"
    looked = await scan(world, skill)
    assert (looked["answers"], looked["raised"]) == (3 + 6 * GOLD - (GOLD + 1), []), "and accuses nobody"

    await settle(world, flag, "noted")
    await world.follow()
    after = await redecided(world, project, flag), await score(world, eve), await world.rows(STATE)
    assert after == before
    sequencer = await open_pool(world.dsn("muster_sequencer"), size_max=2)
    result = await rebuild_check(world.perform.pool, sequencer, [world.tenant])
    await sequencer.close()
    assert result["differences"] == []
    assert result["projections"]["flags"] == {"equal": True, "rows": 2}
    assert len(await world.facts("answers.restored")) == 2 and await world.facts("annotator.suspended") == []


async def test_a_discounted_answer_counts_where_nobody_else_answered(world: World) -> None:
    project = await world.project()
    ann = await world.invite("ann")
    await world.items(project, "x", "y")
    await world.work(ann, project, "a")
    await world.decide()
    flag = await suspect(world, ann, await skill_of(world, project))
    await settle(world, flag, "discounted")
    await world.work(ann, project, "b")
    await world.decide()
    assert {key: row["answer"] for key, row in (await world.export(project)).items()} == {"x": "a", "y": "b"}


async def test_only_answers_from_that_moment_on_and_in_that_skill_lose_their_weight(world: World) -> None:
    project, other = (
        await world.project(plan={"overlap": 2}),
        await world.project("owls", plan={"overlap": 2}),
    )
    ann, ben = await world.invite("ann"), await world.invite("ben")
    flag = await suspect(world, ann, await skill_of(world, project))
    await world.items(project, "early")
    await world.work(ann, project, "a")
    world.clock.moved += timedelta(hours=1)
    (now,) = await world.rows(
        "SELECT max(submitted_at) + interval '30 min' AS at FROM answer WHERE tenant = $1"
    )
    await settle(world, flag, "discounted", since=now["at"])
    await world.work(ben, project, "b")
    await world.items(project, "late")
    await world.items(other, "else")
    for who, said in ((ann, "a"), (ben, "b")):
        await world.work(who, project, said)
        await world.work(who, other, said)
    await world.decide()
    rows = (await world.export(project)) | await world.export(other)
    assert {key: row["judgments"] for key, row in rows.items()} == {"early": 2, "late": 1, "else": 2}
    assert rows["late"]["answer"] == "b"


async def test_the_case_offers_the_selection_that_has_their_items_done_anew(world: World) -> None:
    project = await world.project()
    ann, skill = await world.invite("ann"), await skill_of(world, project)
    await world.items(project, "x")
    await world.work(ann, project, "a")
    await world.decide()
    flag = await suspect(world, ann, skill)
    assert (await world.act(flags.flag_get, flag=flag))["rework"] == []
    with refused("nothing_discounted", "conflict"):
        await world.act(flags.flag_redecide, flag=flag)
    (offer,) = (await settle(world, flag, "discounted"))["rework"]
    assert (offer["project"], offer["decided"]) == (project, 1)
    plan = await world.act(reworking.rework_plan, project=project, selection=offer["selection"], reason=None)
    assert (plan["items"], plan["state"]) == (1, "planned")


async def test_flags_are_listed_newest_first_by_state_kind_person_and_page(world: World) -> None:
    skill = await define(world, "moths")
    ann, ben = await world.invite("ann"), await world.invite("ben")
    one = await suspect(world, ann, skill)
    two = await suspect(world, ben, skill, "leak")
    pair = await suspect(world, ann, skill, "copying", ben)
    await settle(world, two, "noted")

    async def listed(**asked: Any) -> list[UUID]:
        query = {"state": None, "kind": None, "annotator": None, "project": None, "cursor": None, "limit": 50}
        return [row["id"] for row in (await world.act(flags.flag_list, **query | asked))["data"]]

    assert await listed() == [pair, two, one]
    assert await listed(state="open") == [pair, one] and await listed(state="settled") == [two]
    assert await listed(kind="leak") == [two]
    assert await listed(annotator=ben.subject.id) == [pair, two]
    query = {"state": None, "kind": None, "annotator": None, "project": None}
    page = await world.act(flags.flag_list, **query, cursor=None, limit=2)
    assert await listed(cursor=page["next_cursor"]) == [one]


async def test_who_is_suspected_learns_nothing_and_the_log_of_access_names_whose_case_was_read(
    world: World,
) -> None:
    skill, ann, ben = await define(world, "moths"), await world.invite("ann"), await world.invite("ben")
    flag = await suspect(world, ann, skill, "copying", ben)
    query: dict[str, Any] = {"state": None, "kind": None, "annotator": ann.subject.id, "project": None}
    for who in (ann, ben, await world.invite("rev", "reviewer")):
        with refused("forbidden", "forbidden"):
            await world.act(flags.flag_get, who, flag=flag)
        with refused("forbidden"):
            await world.act(flags.flag_list, who, **query, cursor=None, limit=1)
        with refused("forbidden"):
            await scan(world, skill, who)
        with refused("forbidden"):
            await world.act(flags.flag_settle, who, flag=flag, decision="dismissed", reason="me?")
    told = await settle(world, flag, "discounted", annotators=(ben.subject.id,))
    assert told["discounted"] == [{"annotator": ben.subject.id, "since": told["since"]}]
    assert told["reason"] == "looked at it" and told["settled_by"] == world.admin.subject.id
    entry = (await world.entries(world.admin))[-1]
    assert entry["action"] == "flag_settle"
    assert {str(ann.subject.id), str(ben.subject.id)} <= {str(one) for one in entry["subjects"]}
    (fact,) = await world.facts("flag.settled")
    assert b"looked" not in fact.event.reason


async def test_every_decision_announces_one_look_at_night(world: World) -> None:
    project, ann = await world.project(), await world.invite("ann")
    skill = await skill_of(world, project)
    await world.items(project, "x", "y")
    for _ in range(2):
        await world.work(ann, project, "a")
        await world.decide()
    jobs = await world.rows("SELECT args, due_at FROM job WHERE tenant = $1 AND kind = 'flags_scan'")
    assert len(jobs) == 1 and jobs[0]["due_at"].hour == 2
    usecase, readers = KINDS["flags_scan"]
    assert (await world.system(usecase, skill=readers["skill"](str(skill))))["answers"] == 2


async def test_a_skill_or_flag_that_is_none_is_not_found(world: World) -> None:
    nothing = UUID(int=1)
    with refused("not_found"):
        await scan(world, nothing)
    for act in (flags.flag_get, flags.flag_redecide):
        with pytest.raises(Refusal, match="a flag"):
            await world.act(act, flag=nothing)
