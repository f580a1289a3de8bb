"""Jobs: counted before they run, finished with their effects, found without a message, quarantined after five."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from backend.events.ids import TenantId
from backend.events.store import jobs
from backend.events.store.database import open_pool, transaction
from backend.usecases.tasks import deciding
from backend.usecases.work import Answer, Work
from backend.workers import jobs as running
from backend.workers.broker import LINGER_SECONDS, Waker, open_broker
from tests.support.world import World

DECIDING = "tenant = $1 AND kind = 'task_decide'"
"""What decided tasks announce for the night is not looked at here."""


async def collected(world: World) -> UUID:
    """A task with its one answer, so that a job waits to decide it."""
    project = await world.project()
    (item,) = await world.items(project, "a")
    ann = await world.invite("ann")
    (lease,) = (await world.pull(ann, project))["leases"]
    await world.submit(ann, lease["id"], "1")
    return UUID(str(item["task"]))


async def many_collected(world: World, n: int) -> list[UUID]:
    """n tasks with their one answer each; the jobs that wait to decide them, oldest first."""
    project = await world.project()
    await world.items(project, *(f"i{k}" for k in range(n)))
    ann = await world.invite("ann")
    for _ in range(n):
        await world.work(ann, project, "1")
    return [UUID(str(row["job"])) for row in await every_job(world)]


async def every_job(world: World) -> list[dict[str, Any]]:
    return await world.rows(f"SELECT * FROM job WHERE {DECIDING} ORDER BY due_at, job")


async def attempts(world: World) -> list[tuple[str, int]]:
    """State and attempts of each job, in the order of their due times at first."""
    rows = await world.rows(f"SELECT state, attempt FROM job WHERE {DECIDING} ORDER BY job")
    return [(row["state"], row["attempt"]) for row in rows]


def poisoned(monkeypatch: pytest.MonkeyPatch, task: UUID) -> None:
    """This task's decision fails, alone and in any company."""

    async def alone(work: Work, *, task: UUID) -> Answer:
        told = await many(work, tasks=[task])
        return Answer(told.body["tasks"][0])

    async def many(work: Work, *, tasks: Sequence[UUID]) -> Answer:
        told = await deciding.tasks_decide(work, tasks=tasks)
        if task in tasks:
            raise ValueError("a fault in the job itself")
        return told

    monkeypatch.setitem(running.KINDS, "task_decide", (alone, {"task": UUID}))
    monkeypatch.setitem(running.TOGETHER, "task_decide", running.Many(many, "tasks", "task"))


async def the_job(world: World) -> dict[str, object]:
    (row,) = await world.rows(f"SELECT * FROM job WHERE {DECIDING}")
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


async def test_what_runs_together_is_what_one_wake_up_announces() -> None:
    assert set(running.TOGETHER) == set(jobs.TOGETHER) <= set(running.KINDS)


async def test_jobs_that_run_together_share_a_transaction(world: World) -> None:
    first, *_ = await many_collected(world, 5)
    assert await running.run_job(world.perform, world.tenant, first)
    assert await attempts(world) == [("done", 1)] * 5
    assert len(await world.facts("task.decided")) == 5
    assert [one["action"] for one in await world.entries()].count("task_decide") == 1


async def test_a_wake_up_runs_all_that_is_due_however_much_it_is(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "TOGETHER_MAX", 2)
    *_, last = await many_collected(world, 5)
    assert await running.run_job(world.perform, world.tenant, last)
    assert await attempts(world) == [("done", 1)] * 5
    assert [one["action"] for one in await world.entries()].count("task_decide") == 3


async def test_one_that_fails_does_not_keep_the_others_and_is_tried_again_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, *_ = await many_collected(world, 4)
    bad = UUID((await every_job(world))[2]["subject"])
    poisoned(monkeypatch, bad)
    assert await running.run_job(world.perform, world.tenant, first)
    assert {fact.event.task for fact in await world.facts("task.decided")} == {
        UUID(row["subject"]) for row in await every_job(world) if UUID(row["subject"]) != bad
    }
    assert sorted(await attempts(world)) == [("done", 1)] * 3 + [("due", 1)]
    (left,) = [row for row in await every_job(world) if row["state"] == "due"]
    assert (left["last_error"], UUID(left["subject"])) == ("ValueError", bad)
    for _ in range(2, jobs.ATTEMPTS_MAX + 1):
        world.clock.moved += timedelta(hours=1)
        assert await running.run_job(world.perform, world.tenant, left["job"])
    assert sorted(await attempts(world)) == [("done", 1)] * 3 + [("quarantined", jobs.ATTEMPTS_MAX)]


async def test_what_was_tried_before_takes_nobody_along_and_is_not_taken_along(world: World) -> None:
    tried, other, third = await many_collected(world, 3)
    async with transaction(world.perform.pool, world.tenant) as conn:
        assert await jobs.claim(conn, world.tenant, tried, await world.clock.now(conn))
    world.clock.moved += timedelta(seconds=jobs.RUN_SECONDS_MAX + 1)
    assert await running.run_job(world.perform, world.tenant, other)
    assert sorted(await attempts(world)) == [("done", 1), ("done", 1), ("due", 1)]
    assert await running.run_job(world.perform, world.tenant, tried)
    assert sorted(await attempts(world)) == [("done", 1), ("done", 1), ("done", 2)]
    assert not await running.run_job(world.perform, world.tenant, third)


async def test_a_batch_of_which_one_was_overtaken_writes_nothing_and_the_others_run_alone(
    world: World,
) -> None:
    await many_collected(world, 3)
    async with transaction(world.perform.pool, world.tenant) as conn:
        held = await jobs.gather(conn, world.tenant, "task_decide", await world.clock.now(conn), 10)
    assert [one.attempt for one in held] == [1, 1, 1]
    world.clock.moved += timedelta(seconds=jobs.RUN_SECONDS_MAX + 1)
    async with transaction(world.perform.pool, world.tenant) as conn:
        assert await jobs.claim(conn, world.tenant, held[1].job, await world.clock.now(conn))
    with pytest.raises(running.JobOvertaken):
        await running.run_together(world.perform, held)
    assert await world.facts("task.decided") == []
    await running.run_together(world.perform, [held[0], held[2]])
    assert sorted(await attempts(world)) == [("done", 1), ("done", 1), ("due", 2)]


async def test_workers_at_once_share_the_jobs_and_decide_nothing_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "TOGETHER_MAX", 3)
    waiting = await many_collected(world, 10)
    await asyncio.gather(*(running.run_job(world.perform, world.tenant, job) for job in waiting[:4]))
    assert await attempts(world) == [("done", 1)] * 10
    assert len(await world.facts("task.decided")) == 10


async def test_the_sweeper_announces_one_of_those_that_run_together_and_each_that_was_tried(
    world: World,
) -> None:
    tried, second, _ = await many_collected(world, 3)
    async with transaction(world.perform.pool, world.tenant) as conn:
        now = await world.clock.now(conn)
        assert await jobs.claim(conn, world.tenant, tried, now)
        assert len(await jobs.gather(conn, world.tenant, "task_decide", now, 0)) == 0
        await jobs.add(
            conn,
            world.tenant,
            [jobs.Job(UUID(int=n), "skill_review", str(n), {}, now) for n in (1, 2)],
        )
    world.clock.moved += timedelta(seconds=jobs.RUN_SECONDS_MAX + 1)
    conn = await asyncpg.connect(world.dsn("muster_sequencer"))
    due = {job for _, job in await jobs.waiting(conn, await world.clock.now(conn))}
    await conn.close()
    assert due == {tried, second, UUID(int=1), UUID(int=2)}


async def test_commits_close_together_send_one_message_by_the_newest_job(world: World) -> None:
    heard: list[UUID] = []
    enough = asyncio.Event()
    loop = asyncio.get_running_loop()

    class Listening(Waker):
        def send(self, jobs: Sequence[tuple[TenantId, UUID]]) -> None:
            heard.extend(job for _, job in jobs)
            if len(heard) == 3:
                loop.call_soon_threadsafe(enough.set)

    waker = Listening(open_broker("redis://127.0.0.1:1/0"))
    async with transaction(world.perform.pool, world.tenant) as conn:
        now = await world.clock.now(conn)
    made = [jobs.Job(UUID(int=n), "task_decide", str(n), {}, now) for n in range(4)]
    other = [jobs.Job(UUID(int=n), "skill_review", str(n), {}, now) for n in (8, 9)]
    waker(world.tenant, [made[0], other[0], made[1], other[1]])
    waker(world.tenant, made[2:])
    async with asyncio.timeout(20 + LINGER_SECONDS):
        await enough.wait()
    assert heard == [UUID(int=8), UUID(int=9), UUID(int=3)]
