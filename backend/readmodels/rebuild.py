"""Rebuild: every projection folded anew from the log beside the live one, and the two compared.

Two sessions share the work. `live` reads events and live tables in one REPEATABLE READ, READ ONLY transaction: one
snapshot, and no transaction id. `shadow` folds into temporary tables in short transactions of its own: pg_temp is
searched first, so the very same unqualified SQL fills them. One transaction for both would carry a transaction id
from its first temporary row on, and the sequencer, who waits for the oldest one, would stand still meanwhile. The
shadow has no tenant: row-level security refuses whatever a step might write into a table that has no shadow.
"""

import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg

from backend.events.ids import TenantId
from backend.events.store.codec import decode
from backend.events.store.subscription import read
from backend.readmodels.comparison import Compared, compare
from backend.readmodels.projection import Projection, fold, project
from backend.readmodels.queue import held_slot, lease, open_slot
from backend.readmodels.registry import FOLLOWING, INLINE

CHUNK_EVENTS = 500
CHUNK_INDEXES = 2_000
ANALYZE_AFTER_EVENTS = 1_000

# Causal: a sequence number is drawn (CACHE 1) when its event is inserted, which is after everything its transaction
# read had committed; so whatever an event depends on has a smaller number. An older epoch came before its restore.
EVENTS = "SELECT body FROM event WHERE tenant = $1 ORDER BY epoch, seq"
CHECKPOINT = "SELECT next_idx FROM subscription WHERE tenant = $1 AND name = $2"
# Their rows come and go. What went stays as dead rows, which nobody else cleans out of temporary tables, and a plan
# made while there were few reads all of them, for every lease.
EMPTIED = (lease, open_slot, held_slot)
SHADOW = "CREATE TEMPORARY TABLE {table} (LIKE public.{table} INCLUDING DEFAULTS INCLUDING INDEXES)"
# From one tenant to the next by the primary key, however many events each has.
TENANTS = """
WITH RECURSIVE t AS (
  (SELECT tenant FROM event ORDER BY tenant LIMIT 1)
  UNION ALL
  SELECT (SELECT e.tenant FROM event e WHERE e.tenant > t.tenant ORDER BY e.tenant LIMIT 1) FROM t
   WHERE t.tenant IS NOT NULL
)
SELECT tenant FROM t WHERE tenant IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Checked:
    """One tenant: how many events were folded, and each projection's tables compared, by its name."""

    events: int
    projections: dict[str, list[Compared]]


async def rebuild_check(
    app_pool: asyncpg.Pool, sequencer_pool: asyncpg.Pool, only: Iterable[TenantId] | None = None
) -> dict[str, Any]:
    """Check every tenant (or `only` these) and sum up; `app_pool` gives two sessions, no transaction pooler.

    {"projections": {name: {"equal", "rows"}}, "events": n, "seconds": s, "differences": [...]}: per table and
    tenant up to 5 rows that differ, by their keys and the names of the differing columns, never their values.
    Raises UnknownEvent when the log holds events of a later release.
    """
    began, events = time.monotonic(), 0
    total: dict[str, list[Compared]] = {one.name: [] for one in (*INLINE, *FOLLOWING)}
    async with app_pool.acquire() as live, app_pool.acquire() as shadow:
        for tenant in only if only is not None else await tenants(sequencer_pool):
            checked = await check(live, shadow, tenant)
            events += checked.events
            for name, tables in checked.projections.items():
                total[name] += tables
    return {
        "projections": {
            name: {"equal": not any(t.differing for t in tables), "rows": sum(t.rows for t in tables)}
            for name, tables in total.items()
        },
        "events": events,
        "seconds": round(time.monotonic() - began, 3),
        "differences": [
            {"projection": name} | row for name, tables in total.items() for t in tables for row in t.first
        ],
    }


async def tenants(sequencer_pool: asyncpg.Pool) -> list[TenantId]:
    """Everybody who has an event, sequenced or not; for the role that sees all tenants."""
    return [row["tenant"] for row in await sequencer_pool.fetch(TENANTS)]


async def check(live: asyncpg.Connection, shadow: asyncpg.Connection, tenant: TenantId) -> Checked:
    """Fold one tenant's log into shadow tables and compare; leaves nothing behind in either session."""
    async with snapshot(live, tenant), shadows(shadow):
        events = await fold_inline(live, shadow, tenant)
        for one in FOLLOWING:
            await fold_following(live, shadow, tenant, one)
        async with shadow.transaction():
            found = {one.name: await _compared(live, shadow, tenant, one) for one in (*INLINE, *FOLLOWING)}
    return Checked(events, found)


@asynccontextmanager
async def snapshot(live: asyncpg.Connection, tenant: TenantId) -> AsyncIterator[None]:
    """This tenant's log and tables as they are at one moment; the sequencer does not wait for it."""
    async with live.transaction(isolation="repeatable_read", readonly=True):
        await live.execute(
            "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0"
        )
        await live.fetchval("SELECT set_config('app.tenant', $1, true)", str(tenant))
        yield


@asynccontextmanager
async def shadows(shadow: asyncpg.Connection) -> AsyncIterator[None]:
    """An empty temporary table for every table of every projection, all of them at once, gone afterwards."""
    try:
        async with shadow.transaction():
            for table in (table for one in (*INLINE, *FOLLOWING) for table in one.tables):
                await shadow.execute(SHADOW.format(table=table.name))
        # A statement that this session prepared before would go on into the live table.
        await shadow.execute("DISCARD PLANS")
        yield
    finally:
        if not shadow.is_closed():
            await shadow.execute("DISCARD TEMP")


async def fold_inline(live: asyncpg.Connection, shadow: asyncpg.Connection, tenant: TenantId) -> int:
    """Every event of the snapshot into the inline projections, those without a place yet included; how many."""
    done, analyze_at = 0, ANALYZE_AFTER_EVENTS
    cursor = await live.cursor(EVENTS, tenant)
    while rows := await cursor.fetch(CHUNK_EVENTS):
        async with shadow.transaction():
            await project(INLINE, shadow, tenant, [decode(row["body"]) for row in rows])
        for table in EMPTIED:
            await shadow.execute(f"VACUUM pg_temp.{table.name}")
        done += len(rows)
        if done >= analyze_at:
            # Nobody else analyses temporary tables, and the plans made while they were empty read them whole.
            await _analyze(shadow, INLINE)
            analyze_at = done * 2
    return done


async def fold_following(
    live: asyncpg.Connection, shadow: asyncpg.Connection, tenant: TenantId, projection: Projection
) -> None:
    """The events below the checkpoint of its subscription, by index."""
    end = await live.fetchval(CHECKPOINT, tenant, projection.name) or 0
    for first in range(0, end, CHUNK_INDEXES):
        facts = await read(live, tenant, first, min(end, first + CHUNK_INDEXES), projection.types)
        async with shadow.transaction():
            await fold(projection, shadow, tenant, facts)


async def _compared(
    live: asyncpg.Connection, shadow: asyncpg.Connection, tenant: TenantId, projection: Projection
) -> list[Compared]:
    found = []
    for table in projection.tables:
        prefix = f"{table.name}."
        ignored = frozenset(
            one.removeprefix(prefix) for one in projection.ephemeral if one.startswith(prefix)
        )
        found.append(await compare(live, shadow, tenant, table, ignored))
    return found


async def _analyze(shadow: asyncpg.Connection, projections: Sequence[Projection]) -> None:
    for one in projections:
        for table in one.tables:
            await shadow.execute(f"ANALYZE pg_temp.{table.name}")
