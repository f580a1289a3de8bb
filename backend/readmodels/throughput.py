"""Throughput: what was claimed, submitted, given back and decided, per project, stage and hour."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Column, Integer, Text

from backend.events import leases, review, tasks
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import instant, key, tenant_table
from backend.readmodels.projection import Projection

throughput = tenant_table(
    "throughput",
    key("project"),
    Column("hour", instant(), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("n", Integer, nullable=False),
)

ADD = """
INSERT INTO throughput (tenant, project, hour, kind, n)
SELECT $1, * FROM unnest($2::uuid[], $3::timestamptz[], $4::text[], $5::int[])
ON CONFLICT (tenant, project, hour, kind) DO UPDATE SET n = throughput.n + excluded.n
"""

KINDS: dict[type[Any], str] = {
    tasks.ItemImported: "imported",
    leases.LeaseClaimed: "claimed",
    tasks.TaskDecided: "decided",
    review.VerdictGiven: "reviewed",
    review.EscalationOpened: "escalated",
}


async def _fold(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    counts: Counter[tuple[UUID, datetime, str]] = Counter()
    for fact in facts:
        hour = fact.at.replace(minute=0, second=0, microsecond=0)
        counts[fact.event.project, hour, KINDS[type(fact.event)]] += 1
    rows = [(*at, n) for at, n in sorted(counts.items())]
    await conn.execute(ADD, tenant, *map(list, zip(*rows, strict=True)))


THROUGHPUT = Projection("throughput", (throughput,), dict.fromkeys(KINDS, _fold))


async def hours(conn: asyncpg.Connection, tenant: TenantId, project: UUID) -> list[dict[str, Any]]:
    """Counts per hour and kind, oldest first."""
    sql = "SELECT hour, kind, n FROM throughput WHERE tenant = $1 AND project = $2 ORDER BY hour, kind"
    return [dict(row) for row in await conn.fetch(sql, tenant, project)]
