"""Refold: after a migration every table of every projection is emptied and folded anew from the log.

So a migration only says what tables look like, never how old rows become new ones: that is what folds are for.
"""

import asyncpg

from backend.events.ids import TenantId
from backend.events.store.codec import decode
from backend.readmodels.projection import project
from backend.readmodels.rebuild import CHUNK_EVENTS, EVENTS, tenants
from backend.readmodels.registry import FOLLOWING, INLINE

FOLDED = "SELECT folded FROM sequencer WHERE one = 1"
REMEMBER = "UPDATE sequencer SET folded = $1 WHERE one = 1"
# Those that follow begin again at the first event; whoever follows them does the rest.
FROM_THE_START = "UPDATE subscription SET next_idx = 0 WHERE tenant = $1 AND name = ANY($2::text[])"


async def refold(app_pool: asyncpg.Pool, sequencer_pool: asyncpg.Pool, release: str) -> int:
    """Fold every tenant's log anew unless the tables are of this `release` (a migration's revision); returns the number
    of events folded. Each tenant in one transaction that nobody writes beside; cut off, it begins again."""
    if await sequencer_pool.fetchval(FOLDED) == release:
        return 0
    events = 0
    for tenant in await tenants(sequencer_pool):
        async with app_pool.acquire() as conn, conn.transaction():
            events += await _refold(conn, tenant)
    await sequencer_pool.execute(REMEMBER, release)
    return events


async def _refold(conn: asyncpg.Connection, tenant: TenantId) -> int:
    await conn.execute("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0")
    await conn.fetchval("SELECT set_config('app.tenant', $1, true)", str(tenant))
    tables = [table.fullname for one in (*INLINE, *FOLLOWING) for table in one.tables]
    await conn.execute(f"LOCK TABLE {', '.join(tables)} IN SHARE ROW EXCLUSIVE MODE")
    for table in tables:
        await conn.execute(f"DELETE FROM {table} WHERE tenant = $1", tenant)
    await conn.execute(FROM_THE_START, tenant, [one.name for one in FOLLOWING])
    done = 0
    cursor = await conn.cursor(EVENTS, tenant)
    while rows := await cursor.fetch(CHUNK_EVENTS):
        await project(INLINE, conn, tenant, [decode(row["body"]) for row in rows])
        done += len(rows)
    return done
