"""The processes that `muster up` keeps alive: api, worker and scheduler, each running until told to stop."""

import asyncio
import gc
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg

from backend.events.ids import TenantId
from backend.events.store.database import open_pool
from backend.settings import Settings
from backend.usecases.perform import Perform
from backend.wiring import Addresses, performing, version

GC_AFTER_ALLOCATIONS = 100_000


def serve_api(where: Addresses, settings: Settings, fd: int | None) -> None:
    """The API process: one event loop, one pool; TLS unless plain HTTP on loopback was asked for."""
    import uvicorn

    from backend.api.app import create_app
    from backend.workers.broker import Waker, open_broker

    late = LatePerform(where, settings, Waker(open_broker(where.redis_url)), "api")

    @asynccontextmanager
    async def lifespan(_app: Any) -> AsyncIterator[None]:
        await late.opened()
        yield
        await late.close()

    app = create_app(late, ready_check(late, where), version(), lifespan)  # type: ignore[arg-type]
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        fd=fd,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=True,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
        lifespan="on",
        timeout_graceful_shutdown=25,
        backlog=2048,
        ssl_certfile=where.cert_file,
        ssl_keyfile=where.key_file,
    )
    settle_in()
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=fd)] if fd is not None else None)


class LatePerform:
    """A Perform whose pool is opened in the running loop: routes and actors are made before there is one."""

    def __init__(self, where: Addresses, settings: Settings, waker: Any, name: str) -> None:
        self._open = partial(performing, where, settings, waker, name)
        self._opening: AbstractAsyncContextManager[Any] | None = None
        self._lock = asyncio.Lock()
        self._perform: Perform | None = None

    async def opened(self) -> "Perform":
        """The Perform, opened once; an attempt that fails, because the database is away, leaves the next one free."""
        async with self._lock:
            if self._perform is None:
                opening = self._open()
                self._perform = await opening.__aenter__()
                self._opening = opening
        return self._perform

    async def close(self) -> None:
        """Close the pool."""
        if self._opening is not None:
            await self._opening.__aexit__(None, None, None)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._perform, name)

    async def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Perform, opening the pool first if nobody has."""
        perform = self._perform or await self.opened()
        return await perform(*args, **kwargs)


def ready_check(late: LatePerform, where: Addresses) -> Any:
    """Database reachable and at this release's migration; Redis away is degraded, not down."""
    import redis.asyncio

    from backend.api.probes import Readiness
    from backend.events.store.migrate import head, revision

    wanted = head()
    client = redis.asyncio.Redis.from_url(where.redis_url, socket_connect_timeout=1, socket_timeout=1)

    async def ready() -> Readiness:
        checks = {}
        try:
            async with (await late.opened()).pool.acquire(timeout=2) as conn:
                found = await revision(conn)
            checks["database"] = "ok" if found == wanted else "down"
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            checks["database"] = "down"
        try:
            await client.ping()
            checks["redis"] = "ok"
        except (redis.RedisError, OSError):
            checks["redis"] = "degraded"
        return Readiness(checks["database"] == "ok", checks)

    return ready


def run_worker(where: Addresses, settings: Settings) -> None:
    """The worker process: dramatiq's threads hand jobs to one event loop with one pool."""
    import uvloop
    from dramatiq import Worker

    from backend.workers.broker import Waker, declare_actor, declare_server, open_broker
    from backend.workers.jobs import run_job
    from backend.workers.webhooks import Deliverer

    broker = open_broker(where.redis_url)
    waker = Waker(broker)
    late = LatePerform(where, settings, waker, "worker")
    deliverer = Deliverer(late)  # type: ignore[arg-type]

    async def run(tenant: TenantId, job: UUID) -> None:
        await run_job(await late.opened(), tenant, job)

    async def nudge(tenant: TenantId, webhook: UUID) -> None:
        await late.opened()
        deliverer.nudge(tenant, webhook)

    declare_actor(broker, run)
    declare_server(broker, nudge)
    # Dramatiq makes its loop itself; most of a job's time is statements, and each is cheaper on this one.
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    worker = Worker(broker, worker_threads=4, worker_timeout=200)
    worker.start()
    settle_in()
    _wait_for_stop()
    worker.stop()


def _wait_for_stop() -> None:
    wanted = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, wanted)
    signal.sigwait(wanted)


def settle_in() -> None:
    """What was made until here lives as long as the process: collections need not look at it, and come less often."""
    gc.freeze()
    gc.set_threshold(GC_AFTER_ALLOCATIONS, 50, 100)


async def run_scheduler(where: Addresses, settings: Settings) -> None:
    """The scheduler process: leader's loops until SIGTERM."""
    from backend.workers.broker import Waker, open_broker
    from backend.workers.schedule import Schedule

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    sequencer = await open_pool(where.sequencer_dsn, size_max=4, pooler=False)
    waker = Waker(open_broker(where.redis_url))
    settle_in()
    async with performing(where, settings, waker, "scheduler") as perform:
        await Schedule(perform, sequencer, waker).run(stop)
    await sequencer.close()
