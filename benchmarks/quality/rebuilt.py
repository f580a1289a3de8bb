"""One rebuild in a process of its own: every row of every projection as it is live and as the log gives it anew.

Rows are told by the hash of their binary form, as PostgreSQL sends it: a score that differs in its last bit is another
row. Reads {"app_dsn", "sequencer_dsn"} from stdin, so that no password stands in a process list.
"""

import asyncio
import json
import sys
from typing import Any

import asyncpg
from sqlalchemy import Table

from backend.events.ids import TenantId
from backend.events.store.database import open_pool
from backend.readmodels.projection import Projection
from backend.readmodels.rebuild import fold_following, fold_inline, shadows, snapshot, tenants
from backend.readmodels.registry import FOLLOWING, INLINE

Rows = dict[str, list[str]]
"""Table -> the hashes of its rows, sorted."""
ROWS = (
    "SELECT encode(sha256(record_send(ROW({columns}))), 'hex') AS row FROM {schema}.{table} WHERE tenant = $1"
)


async def main() -> None:
    """Fold all tenants' logs once; print {"events", "live", "folded", "whole"}: rows live and folded anew without the
    columns that no event fills, and folded anew with them."""
    where = json.loads(sys.stdin.read())
    sequencer = await open_pool(where["sequencer_dsn"], size_max=1)
    app = await open_pool(where["app_dsn"], size_max=2)
    found: dict[str, Any] = {"events": 0, "live": {}, "folded": {}, "whole": {}}
    async with app.acquire() as live, app.acquire() as shadow:
        for tenant in await tenants(sequencer):
            async with snapshot(live, tenant), shadows(shadow):
                found["events"] += await fold_inline(live, shadow, tenant)
                for one in FOLLOWING:
                    await fold_following(live, shadow, tenant, one)
                for one in (*INLINE, *FOLLOWING):
                    await _read(live, "public", tenant, one, found["live"], one.ephemeral)
                    await _read(shadow, "pg_temp", tenant, one, found["folded"], one.ephemeral)
                    await _read(shadow, "pg_temp", tenant, one, found["whole"], frozenset())
    await app.close()
    await sequencer.close()
    print(json.dumps(found))


async def _read(
    conn: asyncpg.Connection,
    schema: str,
    tenant: TenantId,
    projection: Projection,
    into: Rows,
    left_out: frozenset[str],
) -> None:
    for table in projection.tables:
        sql = ROWS.format(columns=", ".join(_columns(table, left_out)), schema=schema, table=table.name)
        rows = [str(row["row"]) for row in await conn.fetch(sql, tenant)]
        into[table.name] = sorted(into.get(table.name, []) + rows)


def _columns(table: Table, left_out: frozenset[str]) -> list[str]:
    return [one.name for one in table.columns if f"{table.name}.{one.name}" not in left_out]


if __name__ == "__main__":
    asyncio.run(main())
