"""The broker: wake-ups travel over Redis; a message names a job and nothing more."""

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import AsyncIO

from backend.events.ids import TenantId
from backend.events.store.jobs import TOGETHER, Job

log = logging.getLogger("muster.broker")

QUEUE = "muster"
ACTOR = "run_job"
SERVER = "serve_webhook"
LINGER_SECONDS = 0.05
"""So long the announcement of jobs that run together waits for more of them."""
Run = Callable[[TenantId, UUID], Coroutine[Any, Any, None]]
"""Of a tenant: what is done with one of its jobs, or one of its webhooks."""


def open_broker(redis_url: str) -> RedisBroker:
    """A broker on Redis or Valkey. Redelivery is quick, but nothing depends on it: the sweeper finds every job."""
    broker = RedisBroker(  # type: ignore[no-untyped-call]
        url=redis_url,
        middleware=[AsyncIO()],
        heartbeat_timeout=5_000,
        maintenance_chance=1_000_000 // 100,
        socket_connect_timeout=2,
        socket_timeout=5,
    )
    dramatiq.set_broker(broker)
    return broker


def declare_actor(broker: RedisBroker, run: Run) -> None:
    """The one actor: attempts are counted in PostgreSQL, so there is no retry middleware."""

    async def run_job(tenant: str, job: str) -> None:
        await run(TenantId(UUID(tenant)), UUID(job))

    dramatiq.actor(actor_name=ACTOR, queue_name=QUEUE, broker=broker)(run_job)


def declare_server(broker: RedisBroker, nudge: Run) -> None:
    """The actor that is told of webhooks with something to bring. It only nudges: no thread waits for a receiver."""

    async def serve_webhook(tenant: str, webhook: str) -> None:
        await nudge(TenantId(UUID(tenant)), UUID(webhook))

    dramatiq.actor(actor_name=SERVER, queue_name=QUEUE, broker=broker)(serve_webhook)


class Waker:
    """Sends wake-ups after the commit, off the event loop. A lost one costs a second, never a job."""

    def __init__(self, broker: RedisBroker) -> None:
        self._broker = broker
        broker.declare_queue(QUEUE)
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="wake")
        self._pending = threading.Semaphore(10_000)
        self._newest: dict[tuple[TenantId, str], UUID] = {}

    def __call__(self, tenant: TenantId, new: Sequence[Job]) -> None:
        """Wake somebody for these jobs; returns at once. When far behind, the sweeper does it. Called in a loop.

        Kinds that run together are announced a moment later, once for all that came meanwhile, by the newest: whoever
        can take that one sees the others.
        """
        alone = [(tenant, job.job) for job in new if job.kind not in TOGETHER]
        if alone:
            self._submit(alone)
        for job in (job for job in new if job.kind in TOGETHER):
            if (tenant, job.kind) not in self._newest:
                asyncio.get_running_loop().call_later(LINGER_SECONDS, self._announce, tenant, job.kind)
            self._newest[tenant, job.kind] = job.job

    def _announce(self, tenant: TenantId, kind: str) -> None:
        self._submit([(tenant, self._newest.pop((tenant, kind)))])

    def _submit(self, jobs: list[tuple[TenantId, UUID]]) -> None:
        if self._pending.acquire(blocking=False):
            self._pool.submit(self._send, jobs)

    def _send(self, jobs: list[tuple[TenantId, UUID]]) -> None:
        try:
            self.send(jobs)
        except Exception as error:  # Redis may be away for as long as it likes
            log.warning("wake-up not sent (%s); the sweeper will find the jobs", type(error).__name__)
        finally:
            self._pending.release()

    def send(self, jobs: Sequence[tuple[TenantId, UUID]], actor: str = ACTOR) -> None:
        """Send now, in this thread. Raises what Redis raises."""
        for tenant, job in jobs:
            message: dramatiq.Message[Any] = dramatiq.Message(
                queue_name=QUEUE, actor_name=actor, args=(str(tenant), str(job)), kwargs={}, options={}
            )
            self._broker.enqueue(message)

    async def send_async(self, jobs: Sequence[tuple[TenantId, UUID]], actor: str = ACTOR) -> None:
        """Send without blocking the event loop. Raises what Redis raises."""
        await asyncio.to_thread(self.send, jobs, actor)
