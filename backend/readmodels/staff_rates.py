"""Staff rates: what the tenant's own people cost in a project, by kind of work and day."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import BigInteger, Column, Date, Text

from backend.events import staff_rates as ev
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import instant, key, ref, tenant_table
from backend.readmodels.projection import Projection

staff_rate = tenant_table(
    "staff_rate",
    key("staff_rate"),
    Column("effective", Date, primary_key=True),
    ref("project"),
    Column("stage", Text),
    Column("per", Text, nullable=False),
    # Null: from then on nothing is said of this place.
    Column("amount_minor", BigInteger),
    Column("currency", Text, nullable=False),
    Column("set_at", instant(), nullable=False),
)

SET = """
INSERT INTO staff_rate (tenant, staff_rate, effective, project, stage, per, amount_minor, currency, set_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (tenant, staff_rate, effective) DO UPDATE
   SET per = excluded.per, amount_minor = excluded.amount_minor, currency = excluded.currency, set_at = excluded.set_at
"""
LIST = """
SELECT stage, per, amount_minor, currency, effective, set_at FROM staff_rate
 WHERE tenant = $1 AND project = $2 ORDER BY stage NULLS FIRST, effective
"""


async def _set(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    rows = [
        (
            tenant,
            f.stream,
            date.fromisoformat(f.event.effective),
            *(f.event.project, f.event.stage, f.event.per, f.event.amount_minor, f.event.currency),
            f.at,
        )
        for f in facts
    ]
    await conn.executemany(SET, rows)


STAFF_RATES = Projection("staff_rates", (staff_rate,), {ev.StaffRateSet: _set})


async def rates(conn: asyncpg.Connection, tenant: TenantId, project: UUID) -> list[dict[str, Any]]:
    """All that was said of what own people cost in a project, by kind of work and day."""
    return [dict(row) for row in await conn.fetch(LIST, tenant, project)]
