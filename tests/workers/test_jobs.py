"""Jobs: counted before they run, finished with their effects, found without a message, quarantined after five."""

import asyncio
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from backend.events.store import jobs
from backend.events.store.database import open_pool, transaction
from backend.usecases.work import Answer, Work
from backend.workers import jobs as running
from tests.support.world import World


async def collected(world: World) -> UUID:
    """A task with its one answer, so that a job waits to decide it."""
    project = await world.project()
    (item,) = await world.items(project, "a")
    ann = await world.invite("ann")
    (lease,) = (await world.pull(ann, project))["leases"]
    await world.submit(ann, lease["id"], "1")
    return UUID(str(item["task"]))


async def the_job(world: World) -> dict[str, object]:
    (row,) = await world.rows("SELECT * FROM job WHERE tenant = $1")
    return row


async def claim(world: World) -> jobs.Claimed | None:
    job = await the_job(world)
    async with transaction(world.perform.pool, world.tenant) as conn:
        return await jobs.claim(conn, world.tenant, UUID(str(job["job"])), await world.clock.now(conn))


async def test_a_job_runs_once_and_its_effects_are_there(world: World) -> None:
    task = await collected(world)
    job = UUID(str((await the_job(world))["job"]))
    assert await running.run_job(world.perform, world.tenant, job)
    assert not await running.run_job(world.perform, world.tenant, job)
    assert (await the_job(world))["state"] == "done"
    assert await world.rows("SELECT 1 FROM result WHERE tenant = $1 AND task = $2", task)


async def test_an_attempt_is_counted_before_it_runs_so_a_killed_worker_cannot_repeat_for_ever(
    world: World,
) -> None:
    await collected(world)
    for attempt in range(1, jobs.ATTEMPTS_MAX + 1):
        claimed = await claim(world)
        assert claimed is not None and claimed.attempt == attempt
        assert await claim(world) is None, "in hand: nobody else gets it"
        world.clock.moved += timedelta(seconds=jobs.RUN_SECONDS_MAX + 1)
    assert await claim(world) is None
    sequencer = await asyncpg.connect(world.dsn("muster_sequencer"))
    assert await jobs.quarantine_dead(sequencer, await world.clock.now(sequencer)) == 1
    await sequencer.close()
    assert (await the_job(world))["state"] == "quarantined"


async def test_a_worker_that_was_overtaken_writes_nothing(world: World) -> None:
    task = await collected(world)
    slow = await claim(world)
    assert slow is not None
    world.clock.moved += timedelta(seconds=jobs.RUN_SECONDS_MAX + 1)
    assert await claim(world) is not None, "the second attempt"
    with pytest.raises(running.JobOvertaken):
        await running.run_claimed(world.perform, slow)
    assert not await world.rows("SELECT 1 FROM result WHERE tenant = $1 AND task = $2", task)


async def test_a_failing_job_is_tried_again_later_and_in_the_end_quarantined(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(work: Work, *, task: UUID) -> Answer:
        raise ValueError("a fault in the job itself")

    await collected(world)
    monkeypatch.setitem(running.KINDS, "task_decide", (broken, {"task": UUID}))
    job = UUID(str((await the_job(world))["job"]))
    for _ in range(jobs.ATTEMPTS_MAX):
        assert await running.run_job(world.perform, world.tenant, job)
        assert not await running.run_job(world.perform, world.tenant, job), "not before its next due time"
        world.clock.moved += timedelta(hours=1)
    row = await the_job(world)
    assert (row["state"], row["last_error"]) == ("quarantined", "ValueError")


async def test_the_sweeper_sees_what_no_message_announced(world: World) -> None:
    await collected(world)
    pool = await open_pool(world.dsn("muster_sequencer"), size_max=2)
    async with pool.acquire() as conn:
        due = await jobs.waiting(conn, await world.clock.now(conn))
        assert [job for _, job in due] == [UUID(str((await the_job(world))["job"]))]
        claimed = await claim(world)
        assert claimed is not None
        assert await jobs.waiting(conn, await world.clock.now(conn)) == [], "one in hand is not announced"
    await pool.close()


async def test_the_same_work_waits_only_once(world: World) -> None:
    await collected(world)
    async with transaction(world.perform.pool, world.tenant) as conn:
        known = await the_job(world)
        again = jobs.Job(UUID(int=7), "task_decide", str(known["subject"]), {}, await world.clock.now(conn))
        await jobs.add(conn, world.tenant, [again])
    assert (await the_job(world))["job"] == known["job"]
    await asyncio.gather(claim(world), claim(world))
    assert (await the_job(world))["attempt"] == 1
