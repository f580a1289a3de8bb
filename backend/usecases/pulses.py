"""The pulses of all tenants that a process serves: renewed in the background, their hints shared with others."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Protocol
from uuid import UUID

import asyncpg

from backend.events.ids import TenantId
from backend.events.store.database import DatabaseClock, transaction
from backend.usecases.pulse import Pulse

log = logging.getLogger("muster.pulse")


class Hints(Protocol):
    """Where lanes begin, shared between processes; it may fail and forget."""

    async def read(self, tenant: TenantId) -> dict[UUID, int]:
        """Lane -> the place behind which it begins."""
        ...

    async def write(self, tenant: TenantId, hints: Mapping[UUID, int]) -> None:
        """Tell the others."""
        ...


class Pulses:
    """The pulse of every tenant that this process serves, each renewed in the background while there is work."""

    def __init__(self, pool: asyncpg.Pool, clock: DatabaseClock, hints: Hints | None = None) -> None:
        self._pool = pool
        self._clock = clock
        self._hints = hints
        self._told: dict[TenantId, dict[UUID, int]] = {}
        self._of: dict[TenantId, Pulse] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def of(self, tenant: TenantId) -> Pulse:
        """This tenant's."""
        return self._of.setdefault(tenant, Pulse())

    def beat(self, tenant: TenantId) -> None:
        """Renew it if it is time; nobody waits for it."""
        pulse = self._of[tenant]
        if pulse.renewed_at != float("-inf") and pulse.due():
            pulse.renewing = True
            task = asyncio.create_task(self._renew(tenant, pulse))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _renew(self, tenant: TenantId, pulse: Pulse) -> None:
        try:
            async with transaction(self._pool, tenant) as conn:
                await pulse.renew(conn, tenant, await self._clock.now(conn))
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.warning("the pulse was not renewed: %s", type(error).__name__)
        finally:
            pulse.renewing = False
        if self._hints is not None:
            await self._share(tenant, pulse, self._hints)

    async def _share(self, tenant: TenantId, pulse: Pulse, hints: Hints) -> None:
        """Take over once what others know, then tell what is new here. Without Redis every process knows its own."""
        try:
            if tenant not in self._told:
                self._told[tenant] = await hints.read(tenant)
                pulse.take_over(self._told[tenant])
            told = self._told[tenant]
            fresh = {lane: hint for lane, hint in pulse.hints.items() if hint != told.get(lane)}
            await hints.write(tenant, fresh)
            told.update(fresh)
        except Exception as error:  # whatever Redis raises
            log.info("hints were not shared: %s", type(error).__name__)
