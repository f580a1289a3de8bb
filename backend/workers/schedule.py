"""What happens when nobody asks: the sequencer, the followers, sweeps, forgotten jobs. One leader at a time."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

import asyncpg

from backend.domain.errors import Refusal
from backend.events.store import drafts, idempotency, intake, jobs, outbox, partitions
from backend.events.store.sequencer import LEADER_LOCK, sequence_once
from backend.usecases.perform import Perform
from backend.workers.broker import SERVER, Waker
from backend.workers.jobs import run_job
from backend.workers.subscriptions import HEADS, Followers
from backend.workers.sweeps import sweep_all
from backend.workers.webhooks import Deliverer

log = logging.getLogger("muster.schedule")

SEQUENCE_SECONDS = 0.05
SEQUENCE_BATCH = 5_000
FOLLOW_SECONDS = 0.2
TELL_SECONDS, TELL_ANYWAY_SECONDS = 0.2, 1.0
SWEEP_SECONDS = 1.0
EXPIRE_SECONDS = 5.0
FORGET_SECONDS = 3600.0
IDEMPOTENCY_DAYS = 7
DRAFT_DAYS = 30
JOB_DAYS = 1
INTAKE_DAYS = 30
GRACE = timedelta(seconds=2)
HELD_SECONDS_ALARM = 5.0
RETRY_SECONDS = 0.5

TENANTS = "SELECT tenant FROM log_head"


class Schedule:
    """The leader's loops. `sequencer` is a pool whose role crosses tenants and can read no key."""

    def __init__(self, perform: Perform, sequencer: asyncpg.Pool, waker: Waker) -> None:
        self._perform = perform
        self._sequencer = sequencer
        self._waker = waker
        self._followers = Followers(perform.pool)
        self._held_since: float | None = None
        self._grown = True
        self._deliverer = Deliverer(perform)
        self._untold, self._told_at = True, 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Lead while this process holds the lock; wait for it otherwise. Survives every fault of the database."""
        while not stop.is_set():
            try:
                await self._lead(stop)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
                log.warning("the database is away (%s); trying again", type(error).__name__)
            await _pause(stop, RETRY_SECONDS)

    async def _lead(self, stop: asyncio.Event) -> None:
        async with self._sequencer.acquire() as conn:
            if not await conn.fetchval("SELECT pg_try_advisory_lock($1)", LEADER_LOCK):
                return
            log.info("leading: sequencing and sweeping")
            self._grown = True
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._every(SEQUENCE_SECONDS, stop, lambda: self._sequence(conn)))
                    group.create_task(self._every(FOLLOW_SECONDS, stop, self._follow))
                    group.create_task(self._every(TELL_SECONDS, stop, self._tell))
                    group.create_task(self._every(SWEEP_SECONDS, stop, self._sweep))
                    group.create_task(self._every(EXPIRE_SECONDS, stop, self._expire))
                    group.create_task(self._every(FORGET_SECONDS, stop, self._forget))
            except* (Refusal, OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as errors:
                raise ConnectionError(str(errors.exceptions[0])) from None
            finally:
                if not conn.is_closed():
                    await conn.fetchval("SELECT pg_advisory_unlock($1)", LEADER_LOCK)

    async def _every(self, seconds: float, stop: asyncio.Event, act: Callable[[], Awaitable[bool]]) -> None:
        """Act again at once while there is more to do; rest otherwise."""
        while not stop.is_set():
            if not await act():
                await _pause(stop, seconds)

    async def _sequence(self, conn: asyncpg.Connection) -> bool:
        """Again at once while a backlog is left, or while something waits that the next events may let go."""
        done = await sequence_once(conn, SEQUENCE_BATCH)
        self._watch_holds(done.held)
        self._grown |= done.placed > 0
        self._untold |= done.placed > 0
        return done.placed >= SEQUENCE_BATCH or (done.held > 0 and done.placed > 0)

    async def _follow(self) -> bool:
        """Under load the events of a whole rest go in one batch; nothing is asked while nothing is new."""
        if not (self._grown or self._followers.waiting):
            return False
        self._grown = False
        more = await self._followers.follow_all(await self._sequencer.fetch(HEADS))
        self._grown |= more
        return more

    async def _tell(self) -> bool:
        """Have webhooks served whose log has grown, at once, and whose time has come, every second. Without Redis they
        are served here."""
        since = asyncio.get_running_loop().time() - self._told_at
        if self._perform.outgoing is None or not (self._untold or since >= TELL_ANYWAY_SECONDS):
            return False
        self._untold, self._told_at = False, asyncio.get_running_loop().time()
        async with self._sequencer.acquire() as conn:
            waiting = await outbox.waiting(conn, await self._perform.clock.now(conn))
        if not waiting:
            return False
        try:
            await self._waker.send_async(waiting, SERVER)
        except Exception as error:  # whatever Redis raises
            log.warning("Redis is away (%s); serving %d webhook(s) here", type(error).__name__, len(waiting))
            for place in waiting:
                self._deliverer.nudge(*place)
        return False

    def _watch_holds(self, held: int) -> None:
        """An event waits for its stream's previous version: normal for milliseconds, an alarm after seconds."""
        now = asyncio.get_running_loop().time()
        if not held:
            self._held_since = None
        elif self._held_since is None:
            self._held_since = now
        elif now - self._held_since > HELD_SECONDS_ALARM:
            log.error(
                "%d event(s) held for over %.0f s: a stream's earlier version is missing",
                held,
                HELD_SECONDS_ALARM,
            )
            self._held_since = now

    async def _sweep(self) -> bool:
        """Announce what no message announced; without Redis, run it here."""
        async with self._sequencer.acquire() as conn:
            now = await self._perform.clock.now(conn)
            quarantined = await jobs.quarantine_dead(conn, now)
            waiting = await jobs.waiting(conn, now - GRACE)
        if quarantined:
            log.error("%d job(s) quarantined: their worker died in every attempt", quarantined)
        try:
            await self._waker.send_async(waiting)
        except Exception as error:  # whatever Redis raises
            log.warning("Redis is away (%s); running %d job(s) here", type(error).__name__, len(waiting))
            for tenant, job in waiting:
                await run_job(self._perform, tenant, job)
        return False

    async def _expire(self) -> bool:
        async with self._sequencer.acquire() as conn:
            tenants = [row["tenant"] for row in await conn.fetch(TENANTS)]
        for tenant in tenants:
            await sweep_all(self._perform, tenant)
        return False

    async def _forget(self) -> bool:
        """What is over is forgotten; what the log will need next is made."""
        async with self._sequencer.acquire() as conn:
            now = await self._perform.clock.now(conn)
            await conn.execute(idempotency.FORGET, now - timedelta(days=IDEMPOTENCY_DAYS))
            await conn.execute(jobs.FORGET, now - timedelta(days=JOB_DAYS))
            await conn.execute(drafts.FORGET_OLD, now - timedelta(days=DRAFT_DAYS))
            await conn.execute(intake.FORGET_OLD, now - timedelta(days=INTAKE_DAYS))
            await conn.execute(outbox.FORGET_OLD, now - timedelta(days=outbox.KEPT_DAYS))
            for year in await partitions.make_years(conn, now):
                log.error("the log has no part for the streams of %d yet; they go to event_other", year)
        return False


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    """Rest, but not after somebody asked to stop."""
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
