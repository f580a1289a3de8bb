"""Connections: a pool per role, a transaction that knows its tenant, and the database's own clock."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import asyncpg

from backend.events.ids import TenantId

CLOCK_FRESH_SECONDS = 5.0


async def open_pool(dsn: str, *, size_max: int = 10, pooler: bool = False) -> asyncpg.Pool:
    """A pool on which the queue's statements keep generic plans: planning them each time was half their cost.

    `pooler`: behind a transaction pooler there are no prepared statements and no session settings.
    """
    settings = {"application_name": "muster", "idle_in_transaction_session_timeout": "10s"}
    if not pooler:
        # Pages come from memory or an SSD; with the default of 4 a plan for an unknown size prefers to read everything.
        settings |= {
            "plan_cache_mode": "force_generic_plan",
            "random_page_cost": "1.1",
            "statement_timeout": "60s",
        }
    return await asyncpg.create_pool(
        dsn,
        min_size=1,
        max_size=size_max,
        server_settings={} if pooler else settings,
        statement_cache_size=0 if pooler else 512,
        reset=_nothing_to_reset,
    )


async def _nothing_to_reset(_: asyncpg.Connection) -> None:
    """Every setting is local to its transaction, so a returned connection carries nothing over."""


@asynccontextmanager
async def transaction(pool: asyncpg.Pool, tenant: TenantId) -> AsyncIterator[asyncpg.Connection]:
    """A transaction that sees and writes the rows of this tenant only (row-level security).

    BEGIN and the setting travel in one round trip; a UUID needs no quoting.
    """
    async with pool.acquire() as conn:
        await conn.execute(f"BEGIN; SELECT set_config('app.tenant', '{tenant}', true)")
        try:
            yield conn
        except BaseException:
            if not conn.is_closed():
                await conn.execute("ROLLBACK")
            raise
        await conn.execute("COMMIT")


class DatabaseClock:
    """The database's time without a round trip each: its clock read every few seconds, carried on by the monotonic one.

    The host's wall clock may jump; leases and order do not follow it.
    """

    def __init__(self) -> None:
        self._read_at = float("-inf")
        self._then = datetime(1970, 1, 1, tzinfo=UTC)

    async def now(self, conn: asyncpg.Connection) -> datetime:
        """Now in UTC, at most as wrong as the clocks drift apart within five seconds."""
        elapsed = time.monotonic() - self._read_at
        if elapsed > CLOCK_FRESH_SECONDS:
            self._then = await conn.fetchval("SELECT clock_timestamp()")
            self._read_at = time.monotonic()
            return self._then
        return self._then + timedelta(seconds=elapsed)
