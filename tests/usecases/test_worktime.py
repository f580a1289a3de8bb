"""Working time is measured here, once: parallel leases, lost heartbeats and repeated requests add nothing."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.domain.errors import Refusal
from backend.events.store.database import open_pool, transaction
from backend.readmodels import pacing as measured
from backend.readmodels.rebuild import rebuild_check
from backend.usecases.tasks import holding
from backend.usecases.work import Caller
from backend.usecases.workforce import availability
from tests.support.shift import MINUTE, hours, in_zone, keep, lease_of, limit, lived, monday, now, sweep
from tests.support.world import World

MINUTE_MS = 60_000
NEAR_MS = 5_000


def near(found: int, minutes: float) -> bool:
    """So many minutes, and at most the real time that the test took beside."""
    return 0 <= found - minutes * MINUTE_MS < NEAR_MS


async def scene(world: World) -> tuple[Caller, UUID]:
    await monday(world)
    ann, project = await world.invite("ann"), await world.project()
    await world.items(project, *(f"item {n}" for n in range(9)))
    return ann, project


async def test_a_silence_counts_as_work_for_three_minutes_and_raw_in_full(world: World) -> None:
    ann, project = await scene(world)
    lease = await lease_of(world, ann, project)
    await keep(world, ann, lease, 4)
    world.clock.moved += 30 * MINUTE
    await world.submit(ann, lease, "a")
    found = await hours(world, ann)
    assert near(found["total"]["raw_ms"], 34) and near(found["total"]["counted_ms"], 7)
    (day,) = found["days"]
    assert (day["project"], day["raw_ms"]) == (project, found["total"]["raw_ms"])


async def test_two_leases_at_once_are_not_twice_the_time(world: World) -> None:
    ann, project = await scene(world)
    other = await world.project("other")
    await world.items(other, "x")
    first, second = await lease_of(world, ann, project), await lease_of(world, ann, other)
    for _ in range(10):
        world.clock.moved += MINUTE
        await world.act(holding.lease_heartbeat, ann, lease=first)
        await world.act(holding.lease_heartbeat, ann, lease=second)
    total = (await hours(world, ann))["total"]
    assert near(total["raw_ms"], 10) and near(total["counted_ms"], 10)


async def test_time_goes_to_the_project_of_the_lease(world: World) -> None:
    ann, project = await scene(world)
    other = await world.project("other")
    await world.items(other, "x")
    await keep(world, ann, await lease_of(world, ann, project), 6)
    await keep(world, ann, await lease_of(world, ann, other), 3)
    days = {day["project"]: day["counted_ms"] for day in (await hours(world, ann))["days"]}
    assert near(days[project], 6) and near(days[other], 3)


async def test_time_without_a_lease_is_no_work(world: World) -> None:
    ann, project = await scene(world)
    lease = await lease_of(world, ann, project)
    await keep(world, ann, lease, 2)
    await world.act(holding.lease_release, ann, lease=lease, reason="")
    world.clock.moved += timedelta(minutes=5)
    await keep(world, ann, await lease_of(world, ann, project), 2)
    assert near((await hours(world, ann))["total"]["raw_ms"], 4)


async def test_a_late_answer_adds_nothing_after_its_lease_ended(world: World) -> None:
    ann, project = await scene(world)
    lease = await lease_of(world, ann, project)
    await keep(world, ann, lease, 2)
    ended = await world.expire(600)
    assert ended == 1
    world.clock.moved += timedelta(hours=2)
    await world.submit(ann, lease, "late")
    total = (await hours(world, ann))["total"]
    assert near(total["raw_ms"], 12) and near(total["counted_ms"], 5)


async def test_the_same_answer_again_adds_nothing(world: World) -> None:
    ann, project = await scene(world)
    lease = await lease_of(world, ann, project)
    world.clock.moved += MINUTE
    await world.submit(ann, lease, "a")
    before = (await hours(world, ann))["total"]
    world.clock.moved += MINUTE
    await world.submit(ann, lease, "a")
    assert (await hours(world, ann))["total"] == before


async def test_writing_down_changes_no_sum_and_happens_once(world: World) -> None:
    ann, project = await scene(world)
    lease = await lease_of(world, ann, project)
    await keep(world, ann, lease, 4)
    assert await sweep(world) == 0, "younger than five minutes, and still at work"
    await keep(world, ann, lease, 1)
    before = await hours(world, ann)
    assert await sweep(world) == 1 and await sweep(world) == 0
    assert await hours(world, ann) == before
    await keep(world, ann, lease, 2)
    world.clock.moved += 4 * MINUTE
    assert await sweep(world) == 1, "silent for longer than the idle cut-off"
    facts = await world.facts("work.counted")
    assert near(sum(fact.event.counted_ms for fact in facts), 7)
    assert facts[0].event.ends <= facts[1].event.begins
    assert near((await hours(world, ann))["total"]["counted_ms"], 7)


async def test_caps_hold_over_what_is_written_down_and_what_is_not(world: World) -> None:
    ann, project = await scene(world)
    await limit(world, day_minutes=10)
    lease = await lease_of(world, ann, project)
    await keep(world, ann, lease, 6)
    await sweep(world)
    await keep(world, ann, lease, 4)
    (told,) = (await world.pull(ann, project))["reasons"]
    assert (told["code"], told["why"]) == ("break_required", "daily")


async def test_local_days_are_told_apart(world: World) -> None:
    ann, project = await scene(world)
    await in_zone(world, ann, "Asia/Kolkata")
    start = await now(world)
    world.clock.moved += start.replace(hour=18, minute=20, second=0) - start
    lease = await lease_of(world, ann, project)
    await keep(world, ann, lease, 9)
    await sweep(world)
    await keep(world, ann, lease, 11)
    found = await hours(world, ann)
    monday_there = start.date()
    assert [day["day"] for day in found["days"]] == [monday_there, monday_there + timedelta(days=1)]
    assert near(found["days"][0]["counted_ms"], 9) and near(found["days"][1]["counted_ms"], 11)
    only = await world.act(
        availability.working_time_get, ann, annotator=ann.subject.id, first=monday_there, last=monday_there
    )
    assert near(only["total"]["counted_ms"], 9) and len(only["days"]) == 1


@pytest.mark.parametrize("span", [(date(2026, 1, 2), date(2026, 1, 1)), (date(2025, 1, 1), date(2026, 1, 2))])
async def test_a_period_is_at_most_a_year_and_does_not_end_before_it_begins(
    world: World, span: tuple[date, date]
) -> None:
    ann = await world.invite("ann")
    with pytest.raises(Refusal, match="period_invalid"):
        await world.act(availability.working_time_get, annotator=ann.subject.id, first=span[0], last=span[1])


async def test_signs_of_life_at_the_same_time_do_not_count_the_same_time(world: World) -> None:
    """Two heartbeats in two transactions that overlap: the second waits and then counts from the first."""
    ann, project = await scene(world)
    leases = [await lease_of(world, ann, project) for _ in range(3)]
    world.clock.moved += 2 * MINUTE
    await asyncio.gather(*(world.act(holding.lease_heartbeat, ann, lease=one) for one in leases * 3))
    total = (await hours(world, ann))["total"]
    assert near(total["raw_ms"], 2) and near(total["counted_ms"], 2)


@pytest_asyncio.fixture
async def sequencer(world: World) -> AsyncIterator[asyncpg.Pool]:
    """The role that sees all tenants and no keys."""
    pool = await open_pool(world.dsn("muster_sequencer"), size_max=2)
    yield pool
    await pool.close()


async def test_a_rebuild_gives_the_same_availability(world: World, sequencer: asyncpg.Pool) -> None:
    ann, project = await scene(world)
    await limit(world, day_minutes=100, open_leases_max=7)
    lease = await lease_of(world, ann, project)
    for _ in range(3):
        await keep(world, ann, lease, 6)
        await sweep(world)
    await keep(world, ann, lease, 2)
    await lived(world, ann, project)
    await keep(world, ann, lease, 1)
    found = await rebuild_check(world.perform.pool, sequencer, [world.tenant])
    assert found["differences"] == []
    assert found["projections"]["availability"]["rows"] >= 5


signs = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 400), st.booleans()), min_size=1, max_size=25)


async def test_however_signs_of_parallel_leases_interleave_no_time_counts_twice(world: World) -> None:
    """Random leases, claimed and seen in any order, some out of order: the sum is at most the time that passed, the
    counted at most the raw, and nobody is credited with time before the first claim."""
    ann = await world.invite("ann")
    project = await world.project()
    base = await now(world)
    tried = 0

    async def play(drawn: list[tuple[int, int, bool]]) -> None:
        who, at = UUID(int=ann.subject.id.int + tried), 0
        claimed: dict[int, int] = {}
        first = last = 0
        async with transaction(world.perform.pool, world.tenant) as conn:
            for lease, gap, back in drawn:
                seen = max(at - gap, 0) if back else at + gap
                at = max(at, seen)
                claimed.setdefault(lease, seen)
                first = min(claimed.values())
                last = max(last, seen)
                moments = [base + timedelta(seconds=n) for n in (claimed[lease], seen)]
                await measured.sign(conn, world.tenant, [(who, project, *moments)], 10, 660, 180)
        (sums,) = await world.rows(
            "SELECT coalesce(sum(raw_ms), 0)::bigint AS raw, coalesce(sum(counted_ms), 0)::bigint AS counted"
            " FROM work_pending WHERE tenant = $1 AND annotator = $2",
            who,
        )
        assert 0 <= sums["counted"] <= sums["raw"] <= (last - first) * 1000

    loop = asyncio.get_running_loop()

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(signs)
    def any_order(drawn: list[tuple[int, int, bool]]) -> None:
        nonlocal tried
        tried += 1
        asyncio.run_coroutine_threadsafe(play(drawn), loop).result()

    await asyncio.to_thread(any_order)
