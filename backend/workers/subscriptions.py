"""Subscriptions: the projections that follow the log, together where they stand together, each with its checkpoint."""

import logging
import time
from collections.abc import Callable, Sequence

import asyncpg

from backend.events.ids import TenantId
from backend.events.store.database import transaction
from backend.events.store.subscription import Stretch, furthest_behind, passed, read
from backend.readmodels.projection import Projection, fold
from backend.readmodels.registry import FOLLOWING

log = logging.getLogger("muster.subscriptions")

HEADS = "SELECT tenant, next_idx FROM log_head"
BATCH_MAX = 1_000
FAILED_RETRY_SECONDS = 5.0

# Nobody's fault but the server's: no projection is blamed for it.
AWAY = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
)


class CannotFold(Exception):
    """Nothing was written: one of these projections, or the reading of its events, failed. The cause says how."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(f"expected to fold the next events into {', '.join(names)}; see the cause")
        self.names = tuple(names)


async def advance(
    app: asyncpg.Pool, tenant: TenantId, projections: Sequence[Projection], batch_max: int = BATCH_MAX
) -> Stretch | None:
    """One batch, in one transaction, into those of the projections that are furthest behind: every event is read and
    decoded once, and their checkpoints move together. None when all of them are in other hands. Raises CannotFold."""
    async with transaction(app, tenant) as conn:
        stretch = await furthest_behind(conn, tenant, [one.name for one in projections], batch_max)
        if stretch is None or stretch.empty:
            return stretch
        together = [one for one in projections if one.name in stretch.names]
        types = sorted({name for one in together for name in one.types})
        try:
            facts = await read(conn, tenant, stretch.first, stretch.end, types)
            for one in together:
                await fold(one, conn, tenant, facts)
        except AWAY:
            raise
        except Exception as error:
            raise CannotFold(stretch.names) from error
        await passed(conn, tenant, stretch)
        return stretch


async def follow(app: asyncpg.Pool, tenant: TenantId, *projections: Projection) -> None:
    """Bring projections of one tenant up to the log's end, those behind first. Raises CannotFold.

    Those that another process has in hand are left to it.
    """
    while (stretch := await advance(app, tenant, projections)) is not None and not stretch.empty:
        pass


class Followers:
    """Remembers how far every tenant's log was followed, so that idle tenants cost nothing.

    A projection that fails is left out for a while and then tried again from where it stands: the others go on.
    """

    def __init__(
        self,
        app: asyncpg.Pool,
        projections: Sequence[Projection] = FOLLOWING,
        clock: Callable[[], float] = time.monotonic,
        batch_max: int = BATCH_MAX,
    ) -> None:
        self._app = app
        self._batch_max = batch_max
        self._projections = projections
        self._clock = clock
        self._seen: dict[TenantId, int] = {}
        self._retry_at: dict[tuple[TenantId, str], float] = {}
        self.waiting = False
        """Something stands behind that can only be tried again later."""

    async def follow_all(self, heads: Sequence[asyncpg.Record | tuple[TenantId, int]]) -> bool:
        """One batch for every tenant whose log has grown since the last call; True when there is more to do at once."""
        now = self._clock()
        again = {tenant for (tenant, _), at in self._retry_at.items() if at <= now}
        more = False
        for tenant, head in heads:
            if self._seen.get(tenant) != head or tenant in again:
                more |= await self._batch(tenant, head)
        self.waiting = bool(self._retry_at) or any(self._seen.get(tenant) != head for tenant, head in heads)
        return more

    async def _batch(self, tenant: TenantId, head: int) -> bool:
        """Those furthest behind first; the others too, unless they now stand together and can go on together."""
        now, more = self._clock(), False
        left = [one for one in self._projections if self._retry_at.get((tenant, one.name), now) <= now]
        while left:
            try:
                stretch = await advance(self._app, tenant, left, self._batch_max)
            except CannotFold as failure:
                await self._one_by_one(tenant, failure)
                done, more = failure.names, more or len(failure.names) > 1
            else:
                if stretch is None:
                    return more
                for name in stretch.names:
                    self._retry_at.pop((tenant, name), None)
                if stretch.met and stretch.end < stretch.head:
                    return True
                done, more = stretch.names, more or stretch.end < stretch.head
            left = [one for one in left if one.name not in done]
        if not more:
            self._seen[tenant] = head
        return more

    async def _one_by_one(self, tenant: TenantId, failure: CannotFold) -> None:
        """Each of those that failed together in a transaction of its own, so that only what fails stands still."""
        if len(failure.names) == 1:
            self._leave_out(tenant, failure)
            return
        for one in self._projections:
            if one.name in failure.names:
                try:
                    await advance(self._app, tenant, [one], self._batch_max)
                except CannotFold as alone:
                    self._leave_out(tenant, alone)

    def _leave_out(self, tenant: TenantId, failure: CannotFold) -> None:
        (name,) = failure.names
        self._retry_at[tenant, name] = self._clock() + FAILED_RETRY_SECONDS
        log.error(
            "%s stands still for tenant %s; tried again in %.0f s, the others go on",
            name,
            tenant,
            FAILED_RETRY_SECONDS,
            exc_info=failure.__cause__,
        )
