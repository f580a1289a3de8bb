"""Gold that is retired: by a person, because of its answers, because too many met it, because it is old."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from backend.domain.projects.gold import WHYS
from backend.events.ids import FlagId
from backend.events.proficiency import AnswersDiscounted, AnswersRestored
from backend.readmodels import gold as gold_rows
from backend.readmodels import gold_record as records
from backend.readmodels.rebuild import rebuild_check
from backend.usecases.gold import health, hygiene, stock
from backend.usecases.projects import intake
from backend.usecases.training import training
from backend.usecases.work import Caller
from backend.workers.sweeps import sweep_all
from tests.support.evidenced import tell
from tests.support.refused import refused
from tests.support.skilled import skill_of
from tests.support.world import World
from tests.usecases.test_gold_edge_cases import sequencer

__all__ = ["sequencer"]


async def golden(world: World, n: int, *, share: float = 1.0) -> tuple[UUID, list[UUID]]:
    """A project where every pull is gold while there is any, all with the truth "a"; and an item of work."""
    project = await world.project(plan={"gold_share": share, "live_floor": 0.0})
    ids = await add(world, project, *(f"g{k}" for k in range(n)))
    await world.items(project, "work")
    return project, ids


async def add(world: World, project: UUID, *names: str, truth: str = "a") -> list[UUID]:
    gold = tuple({"external_key": k, "payload": {"task": k}, "truth": truth} for k in names)
    added = await world.act(intake.gold_add, project=project, gold=gold, exam_only=False)
    return [UUID(str(one["id"])) for one in added["gold"]]


async def retire(world: World, gold: UUID, reason: str = "withdrawn", who: Caller | None = None) -> Any:
    return await world.act(hygiene.gold_retire, who, gold=gold, reason=reason)


async def retired(world: World) -> dict[str, str]:
    """Gold id -> why, of all that is retired."""
    rows = await world.rows("SELECT gold, why FROM gold WHERE tenant = $1 AND why IS NOT NULL")
    return {str(row["gold"]): row["why"] for row in rows}


async def swept(world: World) -> int:
    """What the sweep retires now, once the record has followed the log."""
    await world.follow()
    return (await sweep_all(world.perform, world.tenant)).get("gold_review", 0)


async def trusted(world: World, project: UUID, *names: str) -> list[Caller]:
    """People whose skill in the project is beyond doubt, by what another system counted and by gold."""
    people = [await world.invite(name) for name in names]
    easy = [f"easy{k}" for k in range(40)]
    await add(world, project, *easy)
    for who in people:
        for _ in easy:
            await world.work(who, project, "a")
    await world.follow()
    return people


# --- by a person


async def test_withdrawn_gold_is_drawn_no_more_and_its_scores_stay(world: World) -> None:
    project, (first, second) = await golden(world, 2)
    ann, ben = await world.invite("ann"), await world.invite("ben")
    for _ in range(2):
        await world.work(ann, project, "a")
    told = {"gold": first, "why": "withdrawn", "key_case": None, "changes": None, "family": []}
    assert await retire(world, first) == told
    assert await retire(world, first, "doubtful") == told
    (fact,) = [one.event for one in await world.facts("gold.retired")]
    assert (fact.gold, fact.why, fact.project) == (first, "withdrawn", project)
    met = [(await world.work(ben, project, "a"))["payload"]["task"] for _ in range(2)]
    assert met == [met[0], "work"] and met[0].startswith("g")
    scored = [one.event.gold for one in await world.facts("lease.gold_scored")]
    assert sorted(map(str, scored)) == sorted(map(str, [first, second, second]))


async def test_only_who_may_add_gold_retires_it_and_only_gold_there_is(world: World) -> None:
    _, (gold,) = await golden(world, 1)
    with refused("forbidden"):
        await retire(world, gold, who=await world.invite("ann"))
    with refused("not_found"):
        await retire(world, UUID(int=7))


async def test_gold_added_anew_is_drawn_again_but_not_by_who_has_met_it(world: World) -> None:
    project, (gold,) = await golden(world, 1)
    ann, ben = await world.invite("ann"), await world.invite("ben")
    await world.work(ann, project, "a")
    await retire(world, gold, "doubtful")
    assert await add(world, project, "g0", truth="b") == [gold]
    assert await retired(world) == {}
    assert (await world.work(ben, project, "b"))["payload"] == {"task": "g0"}
    assert (await world.work(ann, project, "a"))["payload"] == {"task": "work"}
    assert [one.event.correct for one in await world.facts("lease.gold_scored")] == [True, True]


async def test_an_exam_does_not_ask_what_is_retired(world: World) -> None:
    project = await world.project(plan={"gold_share": 0.0})
    skill = await skill_of(world, project)
    course, gold = await world.exam(project, {"e0": "a", "e1": "a"}, skill)
    await retire(world, gold["e0"])
    ann = await world.invite("ann")
    said = tuple({"question": str(one), "answer": "a"} for one in gold.values())
    told = await world.act(training.course_attempt, ann, course=course, version=1, answers=said)
    assert (told["question_count"], told["passed"]) == (1, True)
    assert len(await world.facts("course.gold_answered")) == 1
    await retire(world, gold["e1"])
    ben = await world.invite("ben")
    with refused("exam_gold_exhausted"):
        await world.act(training.course_attempt, ben, course=course, version=1, answers=said)


# --- by itself


async def test_gold_that_most_of_the_pool_has_met_is_exposed(world: World) -> None:
    project, ids = await golden(world, 1)
    people = [await world.invite(f"p{n}") for n in range(6)]
    for who in people[:4]:
        await world.work(who, project, "a")
    assert await swept(world) == 0, "four people use nothing up, whatever share of the pool they are"
    await world.items(project, "work2")
    await world.work(people[4], project, "a")
    assert await swept(world) == 1
    assert await retired(world) == {str(ids[0]): "exposed"}
    (fact,) = [one.event for one in await world.facts("gold.retired")]
    assert (fact.answers, fact.disagreed) == (5, 0)
    assert await swept(world) == 0


async def test_gold_ages_from_the_first_time_that_it_was_shown(world: World) -> None:
    project, _ = await golden(world, 2)
    ann = await world.invite("ann")
    await world.work(ann, project, "a")
    met = [one.event.gold for one in await world.facts("lease.gold_scored")]
    world.clock.moved += timedelta(days=59)
    assert await swept(world) == 0
    world.clock.moved += timedelta(days=2)
    assert await swept(world) == 1
    assert await retired(world) == {str(met[0]): "aged"}, "what nobody saw is as good as new"


async def test_a_key_that_the_trusted_do_not_give_is_doubtful(world: World) -> None:
    project, _ = await golden(world, 0)
    people = await trusted(world, project, *(f"p{n}" for n in range(5)))
    for gold in [row["gold"] for row in await world.rows("SELECT gold FROM gold WHERE tenant = $1")]:
        await retire(world, gold)
    right, wrong = await add(world, project, "right"), await add(world, project, "wrong")
    for n, who in enumerate(people):
        for _ in range(2):
            (lease,) = (await world.pull(who, project))["leases"]
            doubtful = lease["payload"]["task"] == "wrong" and n < 3
            await world.submit(who, lease["id"], "b" if doubtful else "a")
    assert await swept(world) == 2
    why = {key: one for key, one in (await retired(world)).items() if one != "withdrawn"}
    assert why == {str(wrong[0]): "doubtful", str(right[0]): "exposed"}
    last = {one.event.gold: one.event for one in await world.facts("gold.retired")}
    assert (last[wrong[0]].answers, last[wrong[0]].disagreed) == (5, 3)


async def test_answers_that_are_discounted_put_no_key_in_doubt_and_are_in_no_mix(world: World) -> None:
    project, (gold,) = await golden(world, 1)
    skill = await skill_of(world, project)
    people = [await world.invite(f"p{n}") for n in range(3)]
    for who in people:
        await world.work(who, project, "b")
    await world.work(people[0], project, "b")
    await world.follow()

    async def counted() -> tuple[int, int, int, int]:
        answered = await world.rows(records.ANSWERED, [gold])
        by = await world.rows(records.RIGHT_BY, project)
        healthy = (await world.act(health.gold_health, project=project, limit=1))["answers"]
        mix = await world.rows(gold_rows.PRODUCED, project, 10)
        return len(answered), len(by), healthy, sum(row["n"] for row in mix)

    assert await counted() == (3, 3, 3, 1)
    (first,) = await world.rows("SELECT min(submitted_at) AS at FROM answer WHERE tenant = $1")
    flag = {"annotator": people[0].subject.id, "skill": skill, "flag": FlagId(uuid4())}
    await tell(world, AnswersDiscounted(**flag, since=first["at"]))
    assert await counted() == (2, 2, 2, 0)
    await tell(world, AnswersRestored(**flag))
    assert await counted() == (3, 3, 3, 1)


async def test_who_is_not_trusted_does_not_put_a_key_in_doubt(world: World) -> None:
    project, (gold,) = await golden(world, 1)
    for n in range(5):
        await world.work(await world.invite(f"p{n}"), project, "b")
    assert await swept(world) == 1
    assert await retired(world) == {str(gold): "exposed"}


async def test_the_sweep_looks_once_at_what_is_new(world: World) -> None:
    project, _ = await golden(world, 8)
    people = [await world.invite(f"p{n}") for n in range(9)]
    for who in people:
        await world.work(who, project, "a")
    await world.follow()
    entries = len(await world.entries())
    await sweep_all(world.perform, world.tenant)
    await sweep_all(world.perform, world.tenant)
    assert len(await world.entries()) - entries <= 1, "nothing is written for nothing"


# --- the stock


async def test_the_stock_says_what_is_left_and_for_how_long(world: World) -> None:
    project = await world.project(plan={"gold_share": 1.0, "live_floor": 0.0})
    await add(world, project, *(f"a{n}" for n in range(6)))
    rare = await add(world, project, *(f"b{n}" for n in range(2)), truth="b")
    await world.items(project, "work")
    ann = await world.invite("ann")
    fresh = await world.act(stock.gold_stock, project=project)
    assert (fresh["active"], fresh["unmet"], fresh["lasts_days"], fresh["low"]) == (8, 8, None, False)
    assert [(one["label"], one["active"]) for one in fresh["classes"]] == [("a", 6), ("b", 2)]
    for _ in range(7):
        await world.work(ann, project, "a")
    await retire(world, rare[0], "exposed")
    await world.follow()
    told = await world.act(stock.gold_stock, project=project)
    assert (told["active"], told["per_day"], told["low"]) == (7, 7.0, True)
    assert told["unmet"] <= 1 and told["lasts_days"] == round(told["unmet"] / 7, 1)
    assert told["retired"] == dict.fromkeys(WHYS, 0) | {"exposed": 1}
    assert told["people_met_most"] == 1 and told["people"][0]["annotator"] == ann.subject.id
    with refused("forbidden"):
        await world.act(stock.gold_stock, ann, project=project)


async def test_a_rebuild_gives_the_same_record(world: World, sequencer: asyncpg.Pool) -> None:
    project, ids = await golden(world, 3)
    skill = await skill_of(world, project)
    course, _ = await world.exam(project, {"e0": "a"}, skill)
    ann, ben = await world.invite("ann"), await world.invite("ben")
    said = ({"question": str((await exam_gold(world))[0]), "answer": "b"},)
    await world.act(training.course_attempt, ann, course=course, version=1, answers=said)
    for who in (ann, ben):
        for answer in "ab":
            await world.work(who, project, answer)
    await retire(world, ids[0])
    await add(world, project, "g0", truth="b")
    assert await swept(world) == 0
    assert (await rebuild_check(world.perform.pool, sequencer, [world.tenant]))["differences"] == []


async def exam_gold(world: World) -> list[UUID]:
    rows = await world.rows("SELECT gold FROM gold WHERE tenant = $1 AND exam_only")
    return [row["gold"] for row in rows]
