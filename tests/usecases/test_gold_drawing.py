"""Drawing gold: in its share, with its gap, never twice, of the classes that are due, in its turn among the work."""

from collections import Counter
from datetime import timedelta
from itertools import pairwise
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from backend.domain.projects.gold_family import EVER
from backend.events.store.database import transaction
from backend.readmodels import claims
from backend.readmodels.gold import LOT_BITS, lot_of
from backend.readmodels.proficiency import Watch
from backend.usecases.gold.mixing import Mix
from backend.usecases.projects import intake, projects, queueing
from backend.usecases.pulses import Pulses
from backend.usecases.tasks import holding
from backend.usecases.work import Caller
from backend.usecases.workforce import availability
from tests.support.world import World


async def stocked(world: World, *, share: float, gold: int, items: int, **plan: Any) -> UUID:
    """A project with gold g0, g1, ... (truths a and b in turn) and items of work."""
    project = await world.project(plan={"gold_share": share, "live_floor": 0.0} | plan)
    await add(world, project, {f"g{n}": "ab"[n % 2] for n in range(gold)})
    for first in range(0, items, 500):
        await world.items(project, *(f"w{n}" for n in range(first, min(items, first + 500))))
    return project


async def add(world: World, project: UUID, truths: dict[str, str]) -> list[dict[str, Any]]:
    given = tuple({"external_key": k, "payload": {"task": k}, "truth": v} for k, v in truths.items())
    return list((await world.act(intake.gold_add, project=project, gold=given, exam_only=False))["gold"])


async def batch(world: World, who: Caller, project: UUID, most: int) -> list[dict[str, Any]]:
    return list((await world.pull(who, project, most))["leases"])


async def batches(world: World, project: UUID, most: int) -> None:
    """Let a pull bring so many."""
    settings = {"prefetch_max": most}
    await world.act(queueing.project_queue_update, project=project, expected_version=1, settings=settings)
    await world.act(availability.limits_update, limits={}, open_leases_max=most)


def is_gold(lease: dict[str, Any]) -> bool:
    return str(lease["payload"]["task"]).startswith("g")


async def test_the_realised_share_is_the_configured_one(world: World) -> None:
    share, n = 0.2, 200
    project = await stocked(world, share=share, gold=100, items=n)
    ann = await world.invite("ann")
    got = [is_gold(await world.work(ann, project, "a")) for _ in range(n)]
    assert abs(sum(got) / n - share) < 3 * (share * (1 - share) / n) ** 0.5
    assert not got[0], "a session does not begin with gold"
    assert all(
        later - earlier > 2 for earlier, later in pairwise(place for place, one in enumerate(got) if one)
    )


async def test_a_new_session_does_not_begin_with_gold(world: World) -> None:
    project = await stocked(world, share=1 / 3, gold=30, items=60)
    ann = await world.invite("ann")
    for _ in range(8):
        assert not is_gold(await world.work(ann, project, "a"))
        for _ in range(3):
            await world.work(ann, project, "a")
        world.clock.moved += timedelta(minutes=31)


async def test_gold_has_its_turn_among_what_one_pull_brings(world: World) -> None:
    project = await stocked(world, share=0.3, gold=60, items=120)
    await batches(world, project, 12)
    ann = await world.invite("ann")
    turns: Counter[int] = Counter()
    order: list[bool] = []
    for _ in range(10):
        leases = await batch(world, ann, project, 12)
        assert len(leases) == 12
        assert [one["id"] for one in leases] == sorted(one["id"] for one in leases)
        order += [is_gold(one) for one in leases]
        turns.update(place for place, one in enumerate(leases) if is_gold(one))
        for one in leases:
            await world.submit(ann, one["id"], "a")
    assert len(turns) > 6, "gold is not always in the same place"
    assert all(later - earlier > 2 for earlier, later in pairwise(n for n, one in enumerate(order) if one))


async def test_nobody_meets_a_gold_item_twice_whatever_they_do(world: World) -> None:
    chance = Random(11)
    project = await stocked(world, share=0.5, gold=25, items=80)
    people = [await world.invite(name) for name in ("ann", "ben")]
    met: dict[str, list[str]] = {str(who.subject.id): [] for who in people}
    for _ in range(70):
        who = chance.choice(people)
        seen = met[str(who.subject.id)]
        leases = await batch(world, who, project, 1)
        if not leases:
            continue
        name = leases[0]["payload"]["task"]
        match chance.randrange(4):
            case 0:
                await world.act(holding.lease_release, who, lease=leases[0]["id"], reason="")
                again = (await batch(world, who, project, 1))[0]
                assert again["payload"]["task"] == name, "what is given back comes again, gold or work"
                await world.submit(who, again["id"], "a")
            case 1:
                await world.act(holding.lease_skip, who, lease=leases[0]["id"], reason="")
            case _:
                await world.submit(who, leases[0]["id"], "a")
        assert name not in seen
        seen.append(name)
    assert any(name.startswith("g") for seen in met.values() for name in seen)


async def test_two_gold_items_of_one_pull_are_two(world: World) -> None:
    project = await stocked(world, share=1.0, gold=3, items=9)
    await batches(world, project, 6)
    ann = await world.invite("ann")
    names = [one["payload"]["task"] for one in await batch(world, ann, project, 6)]
    assert len(names) == len(set(names)) == 6
    assert {name for name in names if name[0] == "g"} <= {"g0", "g1", "g2"}


async def test_classes_are_drawn_as_production_is_mixed(world: World) -> None:
    project = await world.project(plan={"gold_share": 0.0, "live_floor": 0.0})
    await world.items(project, *(f"w{n}" for n in range(40)))
    ann = await world.invite("ann")
    for n in range(40):
        await world.work(ann, project, "b" if n % 4 == 0 else "a")
    await add(world, project, {f"g{n}": "ab"[n % 2] for n in range(60)})
    await world.items(project, "more")
    await world.act(
        projects.project_plan_update, project=project, expected_version=1, plan={"gold_share": 1.0}
    )
    await renewed(world)
    classes = {row["item"]: row["truth_class"] for row in await world.rows(CLASSES)}
    for _ in range(24):
        await world.work(ann, project, "a")
    drawn = Counter(classes[row["item"]] for row in await world.rows(MET) if row["item"] in classes)
    assert sorted(drawn.values()) == [6, 18]


CLASSES = "SELECT item, truth_class FROM gold WHERE tenant = $1"
MET = "SELECT item FROM worked WHERE tenant = $1"


async def renewed(world: World) -> Mix:
    """What this process knows of gold, read again."""
    mix = world.perform.pulses.of(world.tenant).mix
    mix.renewed_at = float("-inf")
    async with transaction(world.perform.pool, world.tenant) as conn:
        await mix.renew(conn, world.tenant, 0.0)
    return mix


async def test_what_is_expected_of_a_person_sets_their_share(world: World) -> None:
    project = await stocked(world, share=0.0, gold=4, items=4, gold_expected=400)
    ann = await world.invite("ann")
    await world.work(ann, project, "a")
    mix = await renewed(world)
    pulse = world.perform.pulses.of(world.tenant)
    row = pulse.catalogue.projects[project]
    who, skill = ann.subject.id, row["skill"]
    assert mix.share(who, row) == pytest.approx(0.10), "of whom little is known they get twice 1/sqrt(400)"
    mix.watches[who, skill] = Watch(0.0, 10, 0.07, 20.0)
    assert mix.share(who, row) == pytest.approx(0.05)
    mix.watches[who, skill] = Watch(0.0, 300, 0.03, 20.0)
    assert mix.share(who, row) == pytest.approx(0.025)
    mix.watches[who, skill] = Watch(3.1, 300, 0.03, 20.0)
    assert mix.share(who, row) == pytest.approx(0.10), "a drift detector that stirs doubles it"


async def test_a_pull_asks_as_many_questions_with_gold_as_without(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    execute = asyncpg.Connection._execute

    async def counting(conn: asyncpg.Connection, query: str, *args: Any, **options: Any) -> Any:
        sent.append(query)
        return await execute(conn, query, *args, **options)

    monkeypatch.setattr(asyncpg.Connection, "_execute", counting)
    # What is renewed in the background is nobody's pull.
    monkeypatch.setattr(Pulses, "beat", lambda *_: None)
    project = await stocked(world, share=1 / 3, gold=40, items=80)
    ann = await world.invite("ann")
    for _ in range(3):
        await world.work(ann, project, "a")
    asked: dict[bool, list[int]] = {True: [], False: []}
    for _ in range(12):
        sent.clear()
        (lease,) = await batch(world, ann, project, 1)
        asked[is_gold(lease)].append(len(sent))
        await world.submit(ann, lease["id"], "a")
    assert set(asked[True]) == set(asked[False]), asked
    assert len(set(asked[True])) == 1


async def test_a_draw_finds_the_item_wherever_it_begins(world: World) -> None:
    project = await stocked(world, share=1.0, gold=5, items=1)
    rows = await world.rows(
        "SELECT gold, lot, edge_case, truth_class FROM gold WHERE tenant = $1 ORDER BY lot"
    )
    assert [row["lot"] for row in rows] == [lot_of(row["gold"]) for row in rows]
    starts = [0, *(row["lot"] + step for row in rows for step in (0, 1)), (1 << LOT_BITS) - 1]
    n, token = len(starts), rows[0]["truth_class"]
    nobody = [UUID(int=1)] * n
    for edge, class_ in ((False, None), (True, None), (False, token), (True, "none such")):
        asked = (nobody, [project] * n, [edge] * n, [class_] * n, starts, [None] * n, [None] * n, [EVER] * n)
        async with transaction(world.perform.pool, world.tenant) as conn:
            found = await conn.fetch(claims.GOLD, world.tenant, *asked)
        assert [row["place"] for row in found] == list(range(1, n + 1))
        if class_ == token:
            assert {row["truth_class"] for row in found} == {token}
