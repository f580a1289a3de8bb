"""Refold: after a migration every table of every projection is folded anew from the log and put in the old one's place.

So a migration only says what tables look like, never how old rows become new ones: that is what folds are for.
"""

import asyncpg

from backend.events.ids import TenantId
from backend.events.store.codec import decode
from backend.readmodels.projection import project
from backend.readmodels.rebuild import fold_inline, shadows, snapshot, tenants
from backend.readmodels.registry import FOLLOWING, INLINE

FOLDED = "SELECT folded FROM sequencer WHERE one = 1"
REMEMBER = "UPDATE sequencer SET folded = $1 WHERE one = 1"
# Those that follow begin again at the first event; whoever follows them does the rest.
FROM_THE_START = "UPDATE subscription SET next_idx = 0 WHERE tenant = $1 AND name = ANY($2::text[])"
LAST = "SELECT epoch, seq FROM event WHERE tenant = $1 ORDER BY epoch DESC, seq DESC LIMIT 1"
UP_TO = "SELECT count(*) FROM event WHERE tenant = $1 AND (epoch, seq) <= ($2, $3)"
BEHIND = "SELECT body FROM event WHERE tenant = $1 AND (epoch, seq) > ($2, $3) ORDER BY epoch, seq"
UNBOUNDED = "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0"


async def refold(app_pool: asyncpg.Pool, sequencer_pool: asyncpg.Pool, release: str) -> int:
    """Fold every tenant's log anew unless the tables are of this `release` (a migration's revision); returns the number
    of events folded. Each tenant's tables change in one transaction; cut off, it begins again."""
    if await sequencer_pool.fetchval(FOLDED) == release:
        return 0
    events = 0
    for tenant in await tenants(sequencer_pool):
        while (folded := await _refold(app_pool, tenant)) is None:
            pass
        events += folded
    await sequencer_pool.execute(REMEMBER, release)
    return events


async def _refold(app_pool: asyncpg.Pool, tenant: TenantId) -> int | None:
    """Fold into temporary tables, where what ended can be cleaned out, and put those in place; how many events. None
    when somebody who still wrote under the old release was overtaken by what was folded: then it must begin again."""
    async with app_pool.acquire() as live, app_pool.acquire() as conn, shadows(conn):
        async with snapshot(live, tenant):
            done = await fold_inline(live, conn, tenant)
            last = await live.fetchrow(LAST, tenant)
        async with conn.transaction():
            await conn.execute(UNBOUNDED)
            await conn.fetchval("SELECT set_config('app.tenant', $1, true)", str(tenant))
            tables = [table.name for one in (*INLINE, *FOLLOWING) for table in one.tables]
            await conn.execute(
                f"LOCK TABLE {', '.join(f'public.{one}' for one in tables)} IN SHARE ROW EXCLUSIVE MODE"
            )
            # From here on nobody writes beside this.
            if await conn.fetchval(UP_TO, tenant, *last) != done:
                return None
            rows = await conn.fetch(BEHIND, tenant, *last)
            await project(INLINE, conn, tenant, [decode(row["body"]) for row in rows])
            await _put_in_place(conn, tenant)
    return done + len(rows)


async def _put_in_place(conn: asyncpg.Connection, tenant: TenantId) -> None:
    for table in (table.name for one in FOLLOWING for table in one.tables):
        await conn.execute(f"DELETE FROM public.{table} WHERE tenant = $1", tenant)
    await conn.execute(FROM_THE_START, tenant, [one.name for one in FOLLOWING])
    for table in (table.name for one in INLINE for table in one.tables):
        await conn.execute(f"DELETE FROM public.{table} WHERE tenant = $1", tenant)
        await conn.execute(f"INSERT INTO public.{table} SELECT * FROM pg_temp.{table}")
