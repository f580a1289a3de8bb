"""Work that was judged blind becomes gold; who made it never sees it; who knows the gold is told by the work."""

from collections import Counter
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from backend.readmodels.rebuild import rebuild_check
from backend.usecases.gold import hygiene, leaks, promoting
from backend.usecases.projects import intake, projects
from backend.usecases.tasks import escalating, holding
from backend.usecases.work import Answer, Caller, Work
from tests.support.refused import refused
from tests.support.world import World
from tests.usecases.test_gold_edge_cases import sequencer

__all__ = ["sequencer"]


async def scene(world: World, *items: str, overlap: int = 2, **plan: Any) -> tuple[UUID, list[Caller]]:
    """A project whose every answer is reviewed, items, and two people."""
    project = await world.project(plan={"overlap": overlap, "review_rate": 1.0, "live_floor": 0.0} | plan)
    await world.items(project, *items)
    return project, [await world.invite("ann"), await world.invite("ben")]


async def known_good(world: World, people: list[Caller], project: UUID) -> None:
    """Let it be known of these people that they are right, so that the two of them are as sure as is asked."""
    gold = tuple(
        {"external_key": f"k{n}", "payload": {"task": f"k{n}"}, "truth": "ab"[n % 2]} for n in range(30)
    )
    added = (await world.act(intake.gold_add, project=project, gold=gold, exam_only=False))["gold"]
    await world.act(
        projects.project_plan_update, project=project, expected_version=1, plan={"gold_share": 1.0}
    )
    for who in people:
        for _ in added:
            (lease,) = (await world.pull(who, project))["leases"]
            name = lease["payload"]["task"]
            assert name.startswith("k")
            await world.submit(who, lease["id"], "ab"[int(name[1:]) % 2])
    await world.act(
        projects.project_plan_update, project=project, expected_version=2, plan={"gold_share": 0.0}
    )
    await world.follow()


async def answered(world: World, people: list[Caller], project: UUID, answers: dict[str, str]) -> None:
    """Each of these people gives each item its answer."""
    for who in people:
        for _ in answers:
            (lease,) = (await world.pull(who, project))["leases"]
            await world.submit(who, lease["id"], answers[lease["payload"]["task"]])
    await world.decide()


async def reviewed(world: World, rev: Caller, project: UUID, wrong: tuple[str, ...] = ()) -> None:
    """Every answer drawn is reviewed; those to the named items are rejected."""
    while leases := (await world.review_pull(rev, project))["leases"]:
        bad = leases[0]["payload"]["task"] in wrong
        await world.review(rev, leases[0]["id"], "reject" if bad else "accept")
    await world.decide()


async def candidates(world: World, project: UUID) -> dict[str, tuple[str, str]]:
    """External key -> truth and how."""
    told = await world.act(promoting.gold_candidates, project=project, cursor=None, limit=100)
    return {one["external_key"]: (one["truth"], one["how"]) for one in told["data"]}


async def promote(world: World, project: UUID, *tasks: UUID, limit: int = 100) -> dict[str, Any]:
    given: dict[str, Any] = {"tasks": tasks or None, "all": not tasks, "limit": limit}
    return await world.act(promoting.gold_promote, project=project, **given)


async def gold_only(world: World, project: UUID, version: int) -> None:
    await world.act(
        projects.project_plan_update, project=project, expected_version=version, plan={"gold_share": 1.0}
    )


async def test_sure_and_accepted_work_becomes_gold_that_its_makers_and_reviewers_never_see(
    world: World, sequencer: asyncpg.Pool
) -> None:
    project, people = await scene(world, "w1", "w2", "bad")
    rev, eve = await world.invite("rev", "reviewer", "annotator"), await world.invite("eve")
    await known_good(world, people, project)
    await answered(world, people, project, {"w1": "a", "w2": "b", "bad": "a"})
    assert await candidates(world, project) == {}, "nobody has confirmed anything"
    await reviewed(world, rev, project, wrong=("bad",))
    assert await candidates(world, project) == {"w1": ("a", "review"), "w2": ("b", "review")}
    made = await promote(world, project)
    assert len(made["gold"]) == 2 and made["left"] == []
    facts = [one.event for one in await world.facts("gold.added")][-2:]
    assert {fact.origin for fact in facts} == {"promoted"}
    assert await candidates(world, project) == {}
    await gold_only(world, project, 3)
    await world.items(project, "later1", "later2", "later3")
    for who in (*people, rev):
        others = {(await world.work(who, project, "a"))["payload"]["task"] for _ in range(3)}
        assert not others & {"w1", "w2"}, "makers and reviewers meet other work"
    met = []
    for _ in range(32):
        (lease,) = (await world.pull(eve, project))["leases"]
        met.append(lease["payload"]["task"])
        await world.submit(eve, lease["id"], {"w1": "a", "w2": "b"}.get(met[-1], "a"))
    assert {"w1", "w2"} <= set(met)
    promoted = {fact.gold for fact in facts}
    scored = [one.event for one in await world.facts("lease.gold_scored")]
    assert [one.correct for one in scored if one.gold in promoted] == [True, True], (
        "truth is what was decided"
    )
    await world.follow()
    assert (await rebuild_check(world.perform.pool, sequencer, [world.tenant]))["differences"] == []


async def test_what_one_person_said_or_nobody_is_sure_of_is_no_candidate(world: World) -> None:
    project, people = await scene(world, "w1", overlap=1)
    rev = await world.invite("rev", "reviewer")
    await known_good(world, people, project)
    await answered(world, people[:1], project, {"w1": "a"})
    await reviewed(world, rev, project)
    assert await candidates(world, project) == {}


@pytest.mark.parametrize(("expert_says", "found"), [("a", {"w1": ("a", "expert")}), ("b", {})])
async def test_an_expert_confirms_what_people_said_blind(
    world: World, expert_says: str, found: dict[str, tuple[str, str]]
) -> None:
    project, people = await scene(world, "w1", overlap=3, review_rate=0.0)
    exp = await world.invite("exp", "expert")
    cas = await world.invite("cas")
    for who in people:
        await world.work(who, project, "a")
    (lease,) = (await world.pull(cas, project))["leases"]
    await world.act(escalating.lease_escalate, cas, lease=lease["id"], reason="unsure", note=None)
    await world.decide()
    (lease,) = (await world.pull(exp, project))["leases"]
    assert lease["stage"] == "expert"
    await world.submit(exp, lease["id"], expert_says)
    await world.decide()
    assert await candidates(world, project) == found
    if found:
        await promote(world, project)
        await gold_only(world, project, 1)
        await world.items(project, "later")
        for who in (*people, cas, exp):
            leases = (await world.pull(who, project))["leases"]
            assert [one["payload"]["task"] for one in leases if one["stage"] == "annotate"] != ["w1"]
            for one in leases:
                await world.act(holding.lease_release, who, lease=one["id"], reason="")


async def test_only_candidates_are_promoted_and_the_others_are_named(world: World) -> None:
    project, people = await scene(world, "w1", "w2")
    rev = await world.invite("rev", "reviewer")
    await known_good(world, people, project)
    await answered(world, people, project, {"w1": "a", "w2": "b"})
    await reviewed(world, rev, project, wrong=("w2",))
    tasks = {row["item"]: row["task"] for row in await world.rows(TASKS)}
    made = await promote(world, project, *tasks.values())
    assert len(made["gold"]) == 1
    assert [one["why"] for one in made["left"]] == ["not_a_candidate"]
    again = await promote(world, project, *tasks.values())
    assert again["gold"] == [] and len(again["left"]) == 2
    for wrong in ({"tasks": None, "all": False}, {"tasks": tuple(tasks.values()), "all": True}):
        with refused("promote_what", "invalid"):
            await world.act(promoting.gold_promote, project=project, limit=1, **wrong)
    with refused("forbidden"):
        await world.act(promoting.gold_promote, people[0], project=project, tasks=None, all=True, limit=1)


TASKS = "SELECT task, item FROM task WHERE tenant = $1 AND stage = 'annotate'"


async def test_of_each_class_no_more_is_promoted_than_keeps_the_mix(world: World) -> None:
    names = {f"a{n}": "a" for n in range(9)} | {f"b{n}": "b" for n in range(3)}
    project, people = await scene(world, *names)
    rev = await world.invite("rev", "reviewer")
    await known_good(world, people, project)
    for row in await world.rows("SELECT gold FROM gold WHERE tenant = $1"):
        await world.act(hygiene.gold_retire, gold=row["gold"], reason="withdrawn")
    await answered(world, people, project, names)
    await reviewed(world, rev, project)
    assert len((await promote(world, project, limit=8))["gold"]) == 8
    rows = await world.rows("SELECT truth_class FROM gold WHERE tenant = $1 AND origin = 'promoted'")
    classes = Counter(row["truth_class"] for row in rows)
    assert sorted(classes.values()) == [3, 5], "the rare class has its three, the other the rest"


async def test_a_leak_is_told_by_gold_against_work_drawn_by_lot(world: World) -> None:
    project, (ann, ben) = await scene(world, *(f"w{n}" for n in range(40)), overlap=1)
    rev = await world.invite("rev", "reviewer")
    await known_good(world, [ann, ben], project)
    for who in (ann, ben):
        for _ in range(20):
            await world.work(who, project, "a")
    for _ in range(40):
        (lease,) = (await world.review_pull(rev, project))["leases"]
        author = (await world.rows(AUTHOR, lease["id"]))[0]["author"]
        cheats = author == ann.subject.id and int(lease["payload"]["task"][1:]) % 2
        await world.review(rev, lease["id"], "reject" if cheats else "accept")
    told: list[leaks.Suspect] = []

    async def gold_leaks(work: Work) -> Answer:
        """Only the fraud package offers it over the API."""
        told.extend(await leaks.leaks(work, project))
        return Answer({})

    await world.follow()
    await world.act(gold_leaks)
    assert [one.annotator for one in told] == [ann.subject.id, ben.subject.id]
    assert told[0].gold == (30, 30) and told[0].work[1] == 20 and told[0].leak.told
    assert (told[1].gold, told[1].work, told[1].leak.told) == ((30, 30), (20, 20), False)


AUTHOR = """
SELECT r.author FROM review r JOIN task t ON t.tenant = r.tenant AND t.subject = r.lease
  JOIN lease l ON l.tenant = r.tenant AND l.task = t.task WHERE r.tenant = $1 AND l.lease = $2
"""
