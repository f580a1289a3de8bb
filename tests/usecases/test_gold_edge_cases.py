"""Gold that is an edge case: marked with its item, drawn in its share in work and in exams, told by nothing."""

from collections import Counter
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import pytest_asyncio

from backend.domain.projects.gold_family import EVER
from backend.events.store.database import open_pool, transaction
from backend.readmodels import claims
from backend.readmodels import projects as project_rows
from backend.readmodels.gold import LOT_BITS
from backend.readmodels.rebuild import rebuild_check
from backend.usecases.projects import intake, projects
from backend.usecases.tasks.importing import take_in
from backend.usecases.training import examining, training
from backend.usecases.work import Answer, Caller, Work
from tests.support.refused import refused
from tests.support.school import attempt, publish, skill_of
from tests.support.world import World


@pytest_asyncio.fixture
async def sequencer(world: World) -> AsyncIterator[asyncpg.Pool]:
    """The role that sees all tenants and no keys."""
    pool = await open_pool(world.dsn("muster_sequencer"), size_max=2)
    yield pool
    await pool.close()


def key(name: str, **more: Any) -> dict[str, Any]:
    return {"external_key": name, "payload": {"task": name}, "truth": "ab"[len(name) % 2]} | more


async def add(
    world: World, project: UUID, *gold: dict[str, Any], exam_only: bool = False
) -> list[dict[str, Any]]:
    added = await world.act(intake.gold_add, project=project, gold=gold, exam_only=exam_only)
    return list(added["gold"])


async def golden(world: World, share: float, plain: int = 2, edge: int = 2) -> UUID:
    """A project where every pull draws gold: p0, p1, ... and the edge cases e0, e1, ...; and an item of work."""
    project = await world.project(plan={"gold_share": 1.0, "gold_edge_case_share": share, "live_floor": 0.0})
    gold = [key(f"p{n}") for n in range(plain)] + [key(f"e{n}", edge_case=True) for n in range(edge)]
    await add(world, project, *gold)
    await world.items(project, "work")
    return project


async def marks(world: World) -> dict[str, bool]:
    """Gold id -> whether it is an edge case, as the draw sees it."""
    rows = await world.rows("SELECT gold, edge_case FROM gold WHERE tenant = $1")
    return {str(row["gold"]): row["edge_case"] for row in rows}


async def drawn(world: World, who: Caller, project: UUID, n: int) -> str:
    """The first letters of what n pulls hand out, each answered."""
    return "".join([(await world.work(who, project, "a"))["payload"]["task"][0] for _ in range(n)])


# --- in work


async def test_a_whole_share_draws_edge_cases_first_and_falls_back(world: World) -> None:
    project = await golden(world, 1.0)
    for name in ("ann", "ben"):
        who = await world.invite(name)
        assert await drawn(world, who, project, 4) == "eepp"
    assert await drawn(world, who, project, 1) == "w"


async def test_a_small_share_draws_ordinary_gold_first_and_falls_back(world: World) -> None:
    project = await golden(world, 0.000001)
    assert await drawn(world, await world.invite("ann"), project, 5) == "ppeew"


async def test_a_share_mixes_both_kinds(world: World) -> None:
    project = await golden(world, 0.5, plain=20, edge=20)
    met = await drawn(world, await world.invite("ann"), project, 40)
    assert set(met[:20]) == {"e", "p"}, "neither kind was kept for the end"
    assert Counter(met) == {"e": 20, "p": 20}


async def test_without_a_share_gold_is_drawn_as_it_comes(world: World) -> None:
    project = await golden(world, 0.0)
    assert (await world.act(projects.project_get, project=project))["plan"]["gold_edge_case_share"] == 0.0
    assert Counter(await drawn(world, await world.invite("ann"), project, 5)) == {"e": 2, "p": 2, "w": 1}
    mix = world.perform.pulses.of(world.tenant).mix
    row = world.perform.pulses.of(world.tenant).catalogue.projects[project]
    kinds = [mix.kind(row, n / 100) for n in range(100)]
    assert Counter(kinds) == {True: 50, False: 50}, "both kinds come first, as often as there are of them"


async def test_what_is_asked_for_comes_first_whatever_the_lot_says(world: World) -> None:
    project = await golden(world, 0.0)
    for asked in (True, False):
        assert await first_of_many(world, project, asked) == {asked: 200}


async def first_of_many(world: World, project: UUID, edge_case: bool) -> Counter[bool]:
    """What two hundred draws, begun everywhere, give somebody who has met nothing."""
    nobody, starts = UUID(int=1), [n << (LOT_BITS - 8) for n in range(200)]
    nothing = [None] * 200
    since = [EVER] * 200
    asked = ([nobody] * 200, [project] * 200, [edge_case] * 200, nothing, starts, nothing, nothing, since)
    async with transaction(world.perform.pool, world.tenant) as conn:
        rows = await conn.fetch(claims.GOLD, world.tenant, *asked)
    kinds = await marks(world)
    return Counter(kinds[str(row["gold"])] for row in rows)


async def test_a_person_who_has_met_an_edge_case_is_not_shown_it_again(world: World) -> None:
    project = await golden(world, 1.0, plain=0, edge=1)
    assert await drawn(world, await world.invite("ann"), project, 2) == "ew"


async def test_exam_gold_fills_no_share(world: World) -> None:
    project = await golden(world, 1.0, plain=1, edge=0)
    await add(world, project, key("exam", edge_case=True), exam_only=True)
    assert await drawn(world, await world.invite("ann"), project, 2) == "pw"


async def test_an_edge_case_looks_like_other_gold_and_like_work(world: World) -> None:
    project = await golden(world, 1.0, plain=1, edge=1)
    ann = await world.invite("ann")
    edge, plain, work = [(await world.pull(ann, project))["leases"][0] for _ in range(3)]
    assert [one["payload"]["task"] for one in (edge, plain, work)] == ["e0", "p0", "work"]
    own = {"id", "task", "item", "payload", "claimed_at", "expires_at", "hard_until"}
    for other in (plain, work):
        assert list(edge) == list(other)
        assert {n: v for n, v in edge.items() if n not in own} == {
            n: v for n, v in other.items() if n not in own
        }
    assert "edge" not in str(edge)


async def test_a_share_outside_its_range_is_refused(world: World) -> None:
    with refused("plan_invalid", "invalid"):
        await world.project(plan={"gold_edge_case_share": 1.5})


# --- the mark


async def test_gold_is_marked_with_its_item_before_and_afterwards(
    world: World, sequencer: asyncpg.Pool
) -> None:
    project = await world.project()
    one, two = await add(world, project, key("one", edge_case=True), key("two"))
    first, second = str(one["id"]), str(two["id"])
    assert await marks(world) == {first: True, second: False}
    assert (await world.act(intake.item_get, item=one["item"]))["edge_case"] is True
    await world.act(intake.item_mark, item=one["item"], tags=None, edge_case=False)
    await world.act(intake.item_mark, item=two["item"], tags=("night",), edge_case=True)
    assert await marks(world) == {first: False, second: True}
    await world.act(intake.item_mark, item=two["item"], tags=("day",), edge_case=None)
    assert await marks(world) == {first: False, second: True}
    assert (await rebuild_check(world.perform.pool, sequencer, [world.tenant]))["differences"] == []


async def test_the_same_gold_with_another_mark_is_the_same_gold_marked_so(world: World) -> None:
    project = await world.project()
    (made,) = await add(world, project, key("one"))
    for said, found in ((True, True), (None, True), (True, True), (False, False)):
        more = {} if said is None else {"edge_case": said}
        assert await add(world, project, key("one", **more)) == [made]
        assert await marks(world) == {str(made["id"]): found}
    assert len(await world.facts("gold.added")) == 1
    assert [one.event.edge_case for one in await world.facts("item.marked")] == [True, False]


async def test_gold_made_of_an_item_that_is_marked_is_an_edge_case(
    world: World, sequencer: asyncpg.Pool
) -> None:
    project = await world.project()
    names = ("marked later", "marked at import", "never marked")
    rows = await bring(
        world, project, *({"external_key": n, "payload": n, "edge_case": n == names[1]} for n in names)
    )
    await world.act(intake.item_mark, item=rows[0], tags=None, edge_case=True)
    made = await add(world, project, *(key(name, payload=name) for name in names))
    assert [one["item"] for one in made] == rows
    assert await marks(world) == {str(m["id"]): e for m, e in zip(made, (True, True, False), strict=True)}
    assert (await rebuild_check(world.perform.pool, sequencer, [world.tenant]))["differences"] == []


async def bring(world: World, project: UUID, *items: dict[str, Any]) -> list[UUID]:
    """Items that are here and have no work: what gold may be made of."""

    async def item_bring(work: Work) -> Answer:
        """Take the items in and open no task."""
        work.require("item:import")
        (row,) = await project_rows.find(work.conn, work.tenant, [project])
        return Answer({"items": [one.item for one in await take_in(work, row, items, gold=True)]})

    return list((await world.act(item_bring))["items"])


# --- in exams


async def examined(world: World, plain: int, edge: int, **rules: Any) -> tuple[dict[str, Any], set[str]]:
    """An exam over so many ordinary gold items and edge cases, half of each with one truth; and its edge cases."""
    project = await world.project()
    truths = [{"truth": "ab"[n % 2]} for n in range(max(plain, edge))]
    gold = [key(f"p{n}", **truths[n]) for n in range(plain)]
    gold += [key(f"e{n}", edge_case=True, **truths[n]) for n in range(edge)]
    made = [str(one["id"]) for one in await add(world, project, *gold, exam_only=True)]
    given = {"gold": tuple(map(UUID, made)), "skill": await skill_of(world, project), "pass_mark": 1.0}
    return await publish(world, **(given | rules)), set(made[plain:])


async def asked_in(world: World, who: Caller, exam: dict[str, Any]) -> list[str]:
    """What a new attempt asks, left unanswered and failed."""
    begun = await world.act(examining.course_attempt_begin, who, course=exam["id"])
    await attempt(world, who, exam["id"], ())
    assert all(set(one) == {"id", "prompt"} for one in begun["questions"])
    return [one["id"] for one in begun["questions"]]


async def test_an_exam_asks_its_share_of_edge_cases_while_there_are_enough(world: World) -> None:
    exam, edge = await examined(world, plain=7, edge=5, sample=4, edge_case_share=0.5)
    ann = await world.invite("ann")
    assert [len(edge & set(await asked_in(world, ann, exam))) for _ in range(3)] == [2, 2, 1]
    with refused("exam_gold_exhausted", "conflict"):
        await asked_in(world, ann, exam)


async def test_an_exam_asks_more_edge_cases_where_ordinary_gold_is_short(world: World) -> None:
    exam, edge = await examined(world, plain=1, edge=5, sample=4, edge_case_share=0.25)
    assert len(edge & set(await asked_in(world, await world.invite("ann"), exam))) == 3


async def test_an_exam_that_is_published_sees_how_its_gold_is_marked_afterwards(world: World) -> None:
    exam, edge = await examined(world, plain=6, edge=0, sample=1, edge_case_share=1.0)
    assert edge == set()
    (row,) = await world.rows("SELECT gold, item FROM gold WHERE tenant = $1 ORDER BY gold LIMIT 1")
    await world.act(intake.item_mark, item=row["item"], tags=None, edge_case=True)
    assert await asked_in(world, await world.invite("ann"), exam) == [str(row["gold"])]


async def test_the_share_of_an_exam_is_shown_and_another_one_is_another_version(world: World) -> None:
    rules = {"sample": 2, "edge_case_share": 0.5}
    exam, _ = await examined(world, plain=2, edge=2, **rules)
    shown = await world.act(training.course_get, course=exam["id"])
    assert shown["edge_case_share"] == 0.5 and "edge_case_share_ppm" not in shown
    (row,) = await world.rows(
        "SELECT exam_gold, skill FROM course WHERE tenant = $1 AND course = $2", exam["id"]
    )
    same = {"course": exam["id"], "gold": tuple(row["exam_gold"]), "skill": row["skill"]} | rules
    assert (await publish(world, **same))["version"] == 1
    assert (await publish(world, **(same | {"edge_case_share": 0.0})))["version"] == 2


async def test_a_share_without_a_sample_is_refused(world: World) -> None:
    with refused("course_invalid", "invalid") as caught:
        await examined(world, plain=2, edge=2, edge_case_share=0.5)
    assert caught.value.extra["field"] == "edge_case_share"
