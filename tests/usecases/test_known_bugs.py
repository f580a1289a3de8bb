"""Bugs that users of today's systems report, by the numbers of their issues; here each is a sentence that holds.

On the real database and with many at once. What people saw is in the issues.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Sequence
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest

from backend.domain.errors import Refusal
from backend.usecases.projects import queueing
from backend.usecases.tasks import giving_back, handing, queue, submitting
from backend.usecases.work import Caller
from backend.usecases.workforce import standing
from tests.support.refused import refused
from tests.support.skilled import ask, define, grant
from tests.support.together import at_once
from tests.support.world import World


async def people(world: World, n: int) -> list[Caller]:
    return [await world.invite(f"p{k}") for k in range(n)]


async def held(world: World) -> Counter[UUID]:
    """Task -> leases held of it."""
    return Counter(row["task"] for row in await world.rows("SELECT task FROM lease WHERE tenant = $1"))


async def counted(world: World) -> Counter[UUID]:
    """Task -> answers that count."""
    sql = "SELECT task FROM lease_ended WHERE tenant = $1 AND how = 'submitted'"
    return Counter(row["task"] for row in await world.rows(sql))


async def until_nothing_is_left(world: World, who: Caller, project: UUID | None = None) -> list[str]:
    """Answer whatever there is; the tasks' names."""
    names = []
    while leases := (await world.pull(who, project))["leases"]:
        names += [one["payload"]["task"] for one in leases]
        for one in leases:
            await world.submit(who, one["id"], "yes")
    return names


def leases_of(pulled: Sequence[Any]) -> list[list[dict[str, Any]]]:
    return [one["leases"] for one in pulled]


# --- two people with the same task under overlap 1: LS#795


async def test_ls_795_two_people_never_hold_the_same_task_under_overlap_one(world: World) -> None:
    project = await world.project(plan={"overlap": 1})
    await world.items(project, *(f"i{n}" for n in range(12)))
    crowd = await people(world, 8)
    for _ in range(3):
        pulled = leases_of(await at_once(*(world.pull(who, project, most=2) for who in crowd)))
        assert max((await held(world)).values(), default=1) == 1
        mine = [(who, one["id"]) for who, leases in zip(crowd, pulled, strict=True) for one in leases]
        await at_once(*(world.submit(who, lease, "yes") for who, lease in mine))
    assert sorted((await counted(world)).values()) == [1] * 12


# --- overlap exceeded under load, with late answers in between: LS#795, LS PR 9270, Argilla#5196


@pytest.mark.parametrize("seed", range(2))
async def test_ls_9270_overlap_is_never_exceeded_whoever_comes_late(world: World, seed: int) -> None:
    """People vanish, others take over, and then everybody answers at the same moment."""
    dice = Random(seed)
    project = await world.project(plan={"overlap": 2, "skips_max": 1_000})
    await world.items(project, *(f"i{n}" for n in range(6)))
    crowd = await people(world, 9)
    given: list[tuple[Caller, UUID]] = []
    for _ in range(4):
        pulled = leases_of(await at_once(*(world.pull(who, project, most=2) for who in crowd)))
        given += [(who, one["id"]) for who, leases in zip(crowd, pulled, strict=True) for one in leases]
        assert max((await held(world)).values(), default=1) <= 2
        if dice.random() < 0.7:
            await world.expire()
        answering = dice.sample(given, len(given) // 2)
        done = await at_once(*(world.submit(who, lease, "yes") for who, lease in answering))
        assert all(one.code == "lease_lost" for one in done if isinstance(one, Refusal))
    assert max((await counted(world)).values()) <= 2
    both = await counted(world) + await held(world)
    open_ = Counter(row["task"] for row in await world.rows("SELECT task FROM open_slot WHERE tenant = $1"))
    assert sorted((both + open_).values()) == [2] * 6


# --- locks that outlive their users: LS#4781, LS#4788, Prodigy t/7615


async def test_ls_4781_a_lease_does_not_outlive_its_person(world: World) -> None:
    project = await world.project()
    await world.items(project, "a", "b", "c")
    gone, here = await people(world, 2)
    assert len((await world.pull(gone, project, most=3))["leases"]) == 3
    assert (await world.pull(here, project))["leases"] == []
    assert await world.expire() == 3
    assert sorted(await until_nothing_is_left(world, here, project)) == ["a", "b", "c"]


async def test_ls_4781_a_suspended_persons_tasks_are_free_at_once(world: World) -> None:
    project = await world.project()
    await world.items(project, "a", "b")
    gone, here = await people(world, 2)
    await world.pull(gone, project, most=2)
    await world.act(standing.annotator_suspend, annotator=gone.subject.id, reason="left")
    assert sorted(await until_nothing_is_left(world, here, project)) == ["a", "b"]


# --- "no more tasks" while tasks wait: LS#4190, LS#4788


async def test_ls_4190_nobody_is_told_there_is_nothing_while_something_waits(world: World) -> None:
    """Twelve projects, each with an item that has a second answer to come: once answered it stays at the head of its
    lane and is nothing for the same person any more; what is left is behind eleven of them."""
    for n in range(12):
        project = await world.project(f"p{n}", plan={"overlap": 2})
        await world.items(project, f"i{n}")
    (ann,) = await people(world, 1)
    assert sorted(await until_nothing_is_left(world, ann)) == sorted(f"i{n}" for n in range(12))


async def test_ls_4190_a_crowd_leaves_nothing_behind(world: World) -> None:
    """Everybody pulls at once, again and again; who comes away with nothing is asked once more when all are done."""
    project = await world.project(plan={"overlap": 3})
    await world.items(project, *(f"i{n}" for n in range(10)))
    crowd = await people(world, 5)
    await at_once(*(until_nothing_is_left(world, who, project) for who in crowd))
    for who in crowd:
        await until_nothing_is_left(world, who, project)
    assert sorted((await counted(world)).values()) == [3] * 10


async def test_ls_4190_an_empty_answer_says_why(world: World) -> None:
    project = await world.project()
    await world.items(project, "a")
    ann, ben = await people(world, 2)
    await world.pull(ann, project)
    told = await world.pull(ben, project)
    assert told["leases"] == [] and [one["code"] for one in told["reasons"]] == ["no_tasks"]


# --- work stealing past skill routing: Prodigy t/7654


async def test_prodigy_7654_who_has_nothing_to_do_gets_no_work_they_are_not_qualified_for(
    world: World,
) -> None:
    project = await world.project()
    skill = await define(world, "icelandic", "language")
    await ask(world, project, all_=[{"skill": skill, "level_min": 2}])
    await world.items(project, "a", "b", "c")
    able, novice = await people(world, 2)
    await grant(world, able, skill, 2)
    await grant(world, novice, skill, 1)
    (lease, *_) = (await world.pull(able, project, most=2))["leases"]
    assert (await world.pull(novice))["leases"] == []
    await world.act(giving_back.lease_release, able, lease=lease["id"], reason="")
    assert (await world.pull(novice))["leases"] == []
    await world.expire()
    assert (await world.pull(novice))["leases"] == []
    (lease,) = (await world.pull(able, project))["leases"]
    with refused("cannot_take_over"):
        await world.act(
            handing.lease_delegate,
            able,
            lease=lease["id"],
            annotator=novice.subject.id,
            keep_draft=True,
            reason="",
        )
    assert set(await counted(world)) == set() and len(await held(world)) == 1


# --- a skipped item stays in everybody's queue: Argilla#5757


async def test_argilla_5757_an_item_skipped_as_broken_leaves_everybodys_queue(world: World) -> None:
    project = await world.project(plan={"overlap": 2})
    policies = [{"code": "broken", "holds": True}, {"code": "not_mine", "counts": False}]
    await world.act(
        queueing.project_queue_update, project=project, expected_version=1, settings={"skips": policies}
    )
    await world.items(project, "broken", "hard")
    crowd = await people(world, 3)
    ann, *others = crowd
    for lease in (await world.pull(ann, project, most=2))["leases"]:
        code = "broken" if lease["payload"]["task"] == "broken" else "not_mine"
        await world.act(giving_back.lease_skip, ann, lease=lease["id"], reason="", code=code)
    assert await until_nothing_is_left(world, ann, project) == []
    done = await at_once(*(until_nothing_is_left(world, who, project) for who in others))
    assert done == [["hard"], ["hard"]]


# --- an answer lost on the way, and sent again: LS#6675


async def test_ls_6675_who_sends_again_after_a_lost_answer_counts_once(world: World) -> None:
    """Every fourth answer of ours is lost, and the client sends the same request once more; every fifth request is
    sent twice at the same moment."""
    dice = Random(5)
    project = await world.project(plan={"overlap": 2})
    await world.items(project, *(f"i{n}" for n in range(10)))
    crowd = await people(world, 3)

    async def sent(who: Caller, key: str, usecase: Any, **arguments: Any) -> dict[str, Any]:
        again = queue.pull_again if usecase is queue.lease_pull else None

        def once() -> Awaitable[dict[str, Any]]:
            return world.act(usecase, who, key=key, again=again, **arguments)

        if dice.random() < 0.2:
            first, second = await asyncio.gather(once(), once())
            assert [str(one) for one in ids(first)] == [str(one) for one in ids(second)]
        elif dice.random() < 0.25:
            await once()
        return await once()

    async def works(name: int, who: Caller) -> None:
        n = 0
        while leases := (await sent(who, f"pull-{name}-{n}", queue.lease_pull, project=project, max=1))[
            "leases"
        ]:
            (lease,) = leases
            arguments = {"lease": UUID(str(lease["id"])), "answer": "yes", "client_seconds": None}
            await sent(who, f"submit-{name}-{n}", submitting.lease_submit, **arguments)
            n += 1

    await asyncio.gather(*(works(name, who) for name, who in enumerate(crowd)))
    for name, who in enumerate(crowd):
        await works(100 + name, who)
    assert sorted((await counted(world)).values()) == [2] * 10
    assert len(await world.facts("lease.submitted")) == 20
    assert await held(world) == Counter() and await world.facts("lease.late_answer_kept") == []


def ids(body: dict[str, Any]) -> list[Any]:
    """What an answer is about."""
    return [one["id"] for one in body["leases"]] if "leases" in body else [body.get("lease")]


async def test_ls_6675_the_same_answer_much_later_still_counts_once(world: World) -> None:
    project = await world.project()
    await world.items(project, "a")
    (ann,) = await people(world, 1)
    (lease,) = (await world.pull(ann, project))["leases"]
    await world.submit(ann, lease["id"], "yes")
    world.clock.moved += timedelta(days=2)
    await world.submit(ann, lease["id"], "yes")
    assert len(await world.facts("lease.submitted")) == 1
