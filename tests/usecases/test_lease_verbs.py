"""A lease in time, on the real database: opened, kept alive, put aside, taken up again, and ended by time alone."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from backend.domain.errors import Refusal
from backend.usecases.tasks import deciding
from backend.usecases.work import Caller
from tests.support.leases import (
    assign,
    beat,
    draft,
    later,
    now,
    pause,
    release,
    resume,
    row,
    say,
    shown,
    skip,
    start,
    sweep,
)
from tests.support.refused import refused
from tests.support.world import World

MINUTE = timedelta(minutes=1)


async def held(world: World, *, opened: bool = True, **settings: Any) -> tuple[UUID, Caller, UUID]:
    """A project with one item, somebody, and their lease: pulled, or given by name and not opened."""
    project = await world.project()
    if settings:
        await say(world, project, **settings)
    (item,) = await world.items(project, "a")
    ann = await world.invite("ann")
    if opened:
        (lease,) = (await world.pull(ann, project))["leases"]
        return project, ann, lease["id"]
    return project, ann, (await assign(world, item["task"], ann))["lease"]


# --- opening


async def test_what_is_given_by_name_waits_four_hours_to_be_opened(world: World) -> None:
    _, ann, lease = await held(world, opened=False)
    before = await row(world, lease)
    assert (before["state"], before["assigned"], before["started_at"]) == ("held", True, None)
    assert before["start_by"] - before["claimed_at"] == timedelta(hours=4)
    assert before["hard_until"] - before["start_by"] == timedelta(hours=8), "nothing is known of the step"
    at = await later(world, hours=1)
    opened = await start(world, ann, lease)
    after = await row(world, lease)
    assert (opened["state"], after["state"], after["start_by"]) == ("started", "started", None)
    assert at <= after["started_at"] and opened["expires_at"] == after["until"]
    assert after["hard_until"] == after["started_at"] + timedelta(hours=8), "it begins when it is opened"
    assert after["until"] == after["started_at"] + 5 * MINUTE


async def test_what_is_given_by_name_is_the_first_thing_a_pull_hands_out(world: World) -> None:
    project, ann, lease = await held(world, opened=False)
    await world.items(project, "b")
    (first,) = (await world.pull(ann, project))["leases"]
    assert (first["id"], first["state"], first["assigned"]) == (lease, "started", True)


@pytest.mark.parametrize("way", ["heartbeat", "draft", "answer", "start"])
async def test_whatever_its_holder_does_with_it_opens_it(world: World, way: str) -> None:
    _, ann, lease = await held(world, opened=False)
    acts = {
        "heartbeat": lambda: beat(world, ann, lease),
        "draft": lambda: draft(world, ann, lease, {"boxes": [1]}),
        "answer": lambda: world.submit(ann, lease, "1"),
        "start": lambda: start(world, ann, lease),
    }
    await acts[way]()
    assert len(await world.facts("lease.started")) == 1
    after = await row(world, lease)
    assert (after["state"], after["start_by"]) == ("started", None) and after["started_at"]
    if way != "answer":
        await later(world, minutes=4)
        assert await sweep(world) == 0, "it runs for its full time from then on"


async def test_opening_twice_at_once_is_opening_once(world: World) -> None:
    _, ann, lease = await held(world, opened=False)
    await asyncio.gather(start(world, ann, lease), beat(world, ann, lease), start(world, ann, lease))
    assert len(await world.facts("lease.started")) == 1


async def test_what_was_not_opened_in_time_goes_back_and_its_person_may_have_it_again(world: World) -> None:
    project, ann, lease = await held(world, opened=False, start_seconds=60)
    await later(world, minutes=47)
    assert await sweep(world) == 0
    await later(world, minutes=2)
    assert await sweep(world) == 1
    ended = await row(world, lease)
    assert (ended["how"], ended["counts"]) == ("returned", False)
    with refused("lease_lost", "conflict"):
        await start(world, ann, lease)
    (again,) = (await world.pull(ann, project))["leases"]
    assert again["id"] != lease and again["payload"] == {"task": "a"}


async def test_an_answer_to_what_went_back_unopened_takes_its_slot_back(world: World) -> None:
    _, ann, lease = await held(world, opened=False, start_seconds=60)
    await later(world, hours=1)
    assert await sweep(world) == 1
    assert (await world.submit(ann, lease, "1"))["reclaimed"] is True
    assert (await row(world, lease))["how"] == "submitted"


# --- heartbeats and the hard limit


async def test_heartbeats_keep_a_lease_until_its_hard_limit_and_not_beyond(world: World) -> None:
    _, ann, lease = await held(world)
    begun = (await row(world, lease))["claimed_at"]
    for _ in range(119):
        await later(world, minutes=4)
        kept = await beat(world, ann, lease)
    assert kept["expires_at"] == kept["hard_until"] == begun + timedelta(hours=8)
    await later(world, minutes=3)
    assert await sweep(world) == 0
    await later(world, minutes=1, seconds=1)
    assert await sweep(world) == 1
    (fact,) = await world.facts("lease.abandoned")
    assert (fact.event.cause, fact.event.until) == ("too_long", begun + timedelta(hours=8))
    assert (await row(world, lease))["how"] == "abandoned"


async def test_a_lease_without_a_sign_of_life_is_abandoned(world: World) -> None:
    _, _, lease = await held(world)
    await later(world, seconds=299)
    assert await sweep(world) == 0
    await later(world, seconds=2)
    assert await sweep(world) == 1
    (fact,) = await world.facts("lease.abandoned")
    ended = await row(world, lease)
    assert (fact.event.cause, fact.event.until, ended["how"], ended["counts"]) == (
        "silent",
        ended["until"],
        "abandoned",
        True,
    )


async def test_the_fact_of_silence_names_the_end_that_the_last_heartbeat_gave(world: World) -> None:
    _, ann, lease = await held(world)
    await later(world, minutes=4)
    kept = await beat(world, ann, lease)
    await later(world, minutes=6)
    assert await sweep(world) == 1
    (fact,) = await world.facts("lease.abandoned")
    assert fact.event.until == kept["expires_at"]


# --- pausing


async def test_a_paused_lease_keeps_its_draft_and_outlives_silence(world: World) -> None:
    _, ann, lease = await held(world)
    put = await pause(world, ann, lease, {"boxes": [1]})
    assert put["state"] == "paused"
    assert put["expires_at"] - await now(world) <= timedelta(hours=2)
    await later(world, minutes=119)
    assert await sweep(world) == 0
    kept = await shown(world, ann, lease)
    assert (kept["state"], kept["draft"], kept["payload"]) == ("paused", {"boxes": [1]}, {"task": "a"})
    assert await pause(world, ann, lease) | {"expires_at": None} == put | {"expires_at": None}
    going = await resume(world, ann, lease)
    assert (going["state"], (await row(world, lease))["state"]) == ("started", "started")
    assert (await world.submit(ann, lease, "1"))["reclaimed"] is False


async def test_the_hard_limit_moves_by_the_time_a_lease_lay_aside(world: World) -> None:
    _, ann, lease = await held(world)
    before = (await row(world, lease))["hard_until"]
    await pause(world, ann, lease)
    await later(world, minutes=30)
    moved = (await resume(world, ann, lease))["hard_until"] - before
    assert 30 * MINUTE <= moved < 31 * MINUTE


async def test_a_heartbeat_does_not_take_up_what_was_put_aside(world: World) -> None:
    _, ann, lease = await held(world)
    await pause(world, ann, lease)
    with refused("lease_paused", "conflict"):
        await beat(world, ann, lease)
    with refused("lease_paused", "conflict"):
        await start(world, ann, lease)
    await draft(world, ann, lease, {"boxes": [2]})
    assert (await row(world, lease))["state"] == "paused"
    assert (await shown(world, ann, lease))["draft"] == {"boxes": [2]}


async def test_only_what_was_opened_is_put_aside(world: World) -> None:
    _, ann, lease = await held(world, opened=False)
    for act in (pause, resume):
        with refused("lease_not_started", "conflict"):
            await act(world, ann, lease)


async def test_what_lay_aside_for_too_long_goes_back_and_its_draft_waits(world: World) -> None:
    project, ann, lease = await held(world, pause_seconds_max=600)
    await pause(world, ann, lease, "half")
    await later(world, minutes=11)
    assert await sweep(world) == 1
    (fact,) = await world.facts("lease.released")
    ended = await row(world, lease)
    assert (fact.event.code, ended["how"], ended["counts"]) == ("pause_limit", "released", False)
    (again,) = (await world.pull(ann, project))["leases"]
    assert (await shown(world, ann, again["id"]))["draft"] == "half"


async def test_what_lay_aside_may_be_answered_given_back_or_declined(world: World) -> None:
    for name in ("answered", "released", "skipped"):
        project = await world.project(name=name)
        await world.items(project, "a")
        who = await world.invite(name)
        (lease,) = (await world.pull(who, project))["leases"]
        await pause(world, who, lease["id"])
        match name:
            case "answered":
                await world.submit(who, lease["id"], "1")
            case "released":
                await release(world, who, lease["id"])
            case _:
                await skip(world, who, lease["id"])
        assert (await row(world, lease["id"]))["state"] == "paused", "what it was at its end"


async def test_a_paused_lease_counts_towards_capacity(world: World) -> None:
    project = await world.project()
    await world.items(project, *"abcd")
    ann = await world.invite("ann")
    for lease in (await world.pull(ann, project, most=3))["leases"]:
        await start(world, ann, lease["id"])
        await pause(world, ann, lease["id"])
    assert (await world.pull(ann, project))["reasons"][0]["code"] == "at_capacity"


async def test_nobody_opens_pauses_or_resumes_for_another(world: World) -> None:
    _, _, lease = await held(world)
    ben = await world.invite("ben")
    for act in (beat, start, pause, resume):
        with refused("not_found", "not_found"):
            await act(world, ben, lease)
    with refused("not_found"):
        await draft(world, ben, lease, 1)


async def test_what_lay_aside_is_no_working_time(world: World) -> None:
    _, ann, lease = await held(world)
    await later(world, minutes=2)
    await pause(world, ann, lease)
    await later(world, minutes=60)
    await resume(world, ann, lease)
    await later(world, minutes=1)
    await beat(world, ann, lease)
    (kept,) = await world.rows("SELECT raw_ms FROM work_pending WHERE tenant = $1")
    assert 179_000 <= kept["raw_ms"] <= 185_000


async def test_the_wait_to_be_opened_is_no_working_time(world: World) -> None:
    _, ann, lease = await held(world, opened=False)
    await later(world, hours=3)
    await start(world, ann, lease)
    await later(world, minutes=1)
    await world.submit(ann, lease, "1")
    (kept,) = await world.rows("SELECT raw_ms FROM work_pending WHERE tenant = $1")
    assert 59_000 <= kept["raw_ms"] <= 65_000


# --- races


async def test_an_answer_and_the_end_of_its_time_meet_and_it_counts_once(world: World) -> None:
    _, ann, lease = await held(world)
    await later(world, minutes=6)
    told, _ = await asyncio.gather(world.submit(ann, lease, "1"), sweep(world))
    assert told["status"] == "submitted"
    assert len(await world.rows("SELECT 1 FROM answer WHERE tenant = $1")) == 1
    assert not await world.rows("SELECT 1 FROM open_slot WHERE tenant = $1")
    await world.system(deciding.task_decide, task=(await row(world, lease))["task"])


async def test_a_pause_and_an_answer_at_once_are_one_after_the_other(world: World) -> None:
    _, ann, lease = await held(world)
    done: list[Any] = await asyncio.gather(
        pause(world, ann, lease, "half"), world.submit(ann, lease, "1"), return_exceptions=True
    )
    put, told = done
    assert isinstance(told, dict) and told["status"] == "submitted"
    assert isinstance(put, dict) or (isinstance(put, Refusal) and put.code == "lease_lost")
