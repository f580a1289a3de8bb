"""Drift signals on the real database: what a signal names becomes a batch, once, as the project's rule says."""

import asyncio
from datetime import timedelta
from typing import Any

from backend.usecases.projects import iterations, pilots, targets
from backend.usecases.tasks import queue
from tests.support.iterated import got, opened
from tests.support.refused import refused
from tests.support.signalled import listed, monitor, new, ruled, signal
from tests.support.world import World
from tests.usecases.test_steering import pulled


async def test_new_items_are_planned_for_a_manager_to_open(world: World) -> None:
    project = await world.project()
    watcher = await monitor(world)
    made = await signal(
        world, project, watcher, items=new("a", "b"), note="Rain.", classes=["wet"], tags=["night"]
    )
    assert (made["outcome"], made["created"], made["known"], made["refused"]) == ("proposed", 2, 0, 0)
    ann = await world.invite("ann")
    assert await pulled(world, ann, project) == [], "held until somebody opens it"
    shown = await got(world, project, made["iteration"])
    assert (shown["name"], shown["state"], shown["progress"]["held"]) == ("drift watch 1", "planned", 2)
    await opened(world, project, made["iteration"])
    assert len(await pulled(world, ann, project)) == 1
    (row,) = await listed(world, project)
    assert (row["note"], row["classes"], row["tags"]) == ("Rain.", ["wet"], ["night"])
    assert (row["value"], row["threshold"], row["by"]) == (0.31, 0.2, watcher.subject.id)
    assert (row["iteration_name"], row["iteration_state"]) == ("drift watch 1", "open")
    (fact,) = await world.facts("drift.signalled")
    assert b"Rain" not in fact.event.said and (fact.event.value, fact.event.rule_version) == ("0.31", 0)


async def test_the_same_id_is_the_same_answer_and_other_content_is_refused(world: World) -> None:
    project = await world.project()
    first = await signal(world, project, items=new("a"))
    assert await signal(world, project, items=new("a")) == first
    with refused("signal_exists", "conflict") as caught:
        await signal(world, project, items=new("b"))
    assert caught.value.extra == {"signal": str(first["id"])}
    assert len(await world.facts("drift.signalled")) == 1
    assert (await signal(world, project, source="other", metric="x", items=new("b")))["created"] == 1


async def test_of_many_at_once_one_makes_a_batch_and_the_others_say_which(world: World) -> None:
    project = await world.project()
    sent = [signal(world, project, id=str(n), items=new(f"k{n}")) for n in range(4)]
    sent += [signal(world, project, id="0", items=new("k0"))]
    answers = await asyncio.gather(*sent)
    outcomes = sorted(one["outcome"] for one in answers)
    (made,) = {one["id"] for one in answers if one["outcome"] == "proposed"}
    assert outcomes.count("cooldown") in (3, 4) and len(await world.facts("iteration.planned")) == 1
    assert {one["after"] for one in answers if one["outcome"] == "cooldown"} == {made}
    assert len(await world.facts("drift.signalled")) == 4 and len(await world.facts("item.imported")) == 1
    assert (await signal(world, project, id="m", metric="other", items=new("x")))["outcome"] == "proposed"
    world.clock.moved += timedelta(hours=24)
    assert (await signal(world, project, id="9", items=new("y")))["outcome"] == "proposed"


async def test_an_opened_batch_is_offered_at_once_in_its_class(world: World) -> None:
    project = await world.project()
    await ruled(world, project, "open")
    await world.items(project, "usual")
    made = await signal(world, project, items=new("a") + new("b", priority=3) + new("c"), priority=1)
    assert (made["outcome"], made["created"]) == ("opened", 3)
    said = await world.rows(
        "SELECT priority, count(*) AS n FROM item WHERE tenant = $1 GROUP BY 1 ORDER BY 1"
    )
    assert [(row["priority"], row["n"]) for row in said] == [(1, 2), (2, 1), (3, 1)]
    (lease,) = (await world.act(queue.lease_pull, await world.invite("ann"), project=project, max=1))[
        "leases"
    ]
    assert lease["payload"] in ({"task": "a"}, {"task": "c"})


async def test_what_is_there_is_drawn_by_the_seed_and_moved_whole(world: World) -> None:
    project = await world.project()
    await world.items(project, *(f"k{n}" for n in range(6)))
    wanted: dict[str, Any] = {"selection": {"states": ["open"]}, "sample": {"n": 2, "seed": "owls"}}
    made = await signal(world, project, await monitor(world), priority=1, **wanted)
    assert (made["outcome"], made["matched"], made["taken"]) == ("proposed", 6, 2)
    await world.decide()
    assert (await got(world, project, made["iteration"]))["progress"]["held"] == 2
    rows = await world.rows("SELECT priority FROM task WHERE tenant = $1 AND state = 'held'")
    assert [row["priority"] for row in rows] == [1, 1]
    (row,) = await listed(world, project)
    assert row["selection"]["states"] == ["open"] and row["seed"] == "owls" and row["digest"]
    with refused("not_found"):
        await signal(world, project, id="2", selection={"external_keys": ["nobody"]}, metric="m")


async def test_a_signal_without_anything_to_do_is_kept_and_says_so(world: World) -> None:
    project = await world.project()
    await world.items(project, "old")
    assert (await signal(world, project, id="1"))["outcome"] == "nothing_named"
    empty = await signal(world, project, id="2", selection={"tags": ["snow"]})
    assert (empty["outcome"], empty["matched"], empty["iteration"]) == ("empty", 0, None)
    known = await signal(
        world, project, id="3", items=(*new("old"), {"payload": 1}, *new("x", iteration="one"))
    )
    assert (known["outcome"], known["known"], known["refused"]) == ("empty", 1, 2)
    await ruled(world, project, "off")
    assert (await signal(world, project, id="4", items=new("a")))["outcome"] == "off"
    assert await world.facts("iteration.planned") == [] and len(await world.facts("item.imported")) == 1
    outcomes = [one["outcome"] for one in await listed(world, project)]
    assert outcomes == ["off", "empty", "empty", "nothing_named"]
    with refused("signal_unclear", "invalid"):
        await signal(world, project, id="5", items=new("a"), selection={})


async def test_a_sample_of_new_items_takes_in_no_more(world: World) -> None:
    project = await world.project()
    made = await signal(world, project, items=new(*"abcdefgh"), sample={"n": 3, "seed": "s"})
    assert (made["matched"], made["taken"], made["created"]) == (8, 3, 3)
    assert len(await world.facts("item.imported")) == 3


async def test_while_production_waits_for_a_pilot_nothing_is_opened(world: World) -> None:
    project = await world.project()
    await ruled(world, project, "open")
    await world.items(project, *"abcd")
    wanted = [{"measure": "accuracy", "least": 0.9}]
    await world.act(targets.project_targets_update, project=project, expected_version=1, targets=wanted)
    await world.act(pilots.pilot_begin, project=project, items=2, seed="s")
    made = await signal(world, project, items=new("new"))
    assert made["outcome"] == "proposed"
    state = (await world.act(iterations.iteration_get, project=project, iteration=made["iteration"]))["state"]
    assert state == "planned"


async def test_a_monitor_may_signal_and_nothing_else(world: World) -> None:
    project = await world.project()
    watcher = await monitor(world)
    for usecase, more in ((iterations.iteration_list, {"state": None, "cursor": None, "limit": 5}),):
        with refused("forbidden", "forbidden"):
            await world.act(usecase, watcher, project=project, **more)
    ann = await world.invite("ann")
    with refused("forbidden", "forbidden"):
        await signal(world, project, ann)
