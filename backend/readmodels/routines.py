"""Routines: which period is judged next, every judged one with its numbers, and the alerts that came of missed ones."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from pydantic_core import from_json, to_json
from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, Text
from sqlalchemy import text as sql_text

from backend.events import routines as ev
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import instant, key, ref, tenant_table
from backend.readmodels.projection import Projection

# Per project and kind when the period ends that is to be judged next; null while there is none.
routine = tenant_table(
    "routine",
    key("project"),
    Column("kind", Text, primary_key=True),
    Column("next_ends", instant()),
)

routine_period = tenant_table(
    "routine_period",
    key("period"),
    ref("project"),
    Column("kind", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("begins", instant(), nullable=False),
    Column("ends", instant(), nullable=False),
    Column("met", Boolean, nullable=False),
    # JSON text, as in the event.
    Column("numbers", Text, nullable=False),
    Column("judged_at", instant(), nullable=False),
    ref("acknowledged_by", nullable=True),
    Column("acknowledged_at", instant()),
    Column("note", LargeBinary),
    Index("routine_period_project", "tenant", "project", "begins", "period"),
    Index("routine_period_missed", "tenant", "ends", "period", postgresql_where=sql_text("NOT met")),
)

NEXT = """
INSERT INTO routine (tenant, project, kind, next_ends) VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant, project, kind) DO UPDATE SET next_ends = excluded.next_ends
"""
JUDGED = """
INSERT INTO routine_period (tenant, period, project, kind, version, begins, ends, met, numbers, judged_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
ACKNOWLEDGED = """
UPDATE routine_period SET acknowledged_by = $3, acknowledged_at = $4, note = $5 WHERE tenant = $1 AND period = $2
"""


async def _set(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    said = [(tenant, f.event.project, f.event.kind, f.event.next_ends) for f in facts]
    await conn.executemany(NEXT, said)


async def _judged(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: ev.RoutineMet | ev.RoutineMissed = fact.event
        about = (e.period, e.project, e.kind, e.version, e.begins, e.ends, isinstance(e, ev.RoutineMet))
        await conn.execute(JUDGED, tenant, *about, to_json(asdict(e.numbers)).decode(), fact.at)
        await conn.execute(NEXT, tenant, e.project, e.kind, e.next_ends)


async def _acknowledged(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: ev.RoutineAcknowledged = fact.event
        await conn.execute(ACKNOWLEDGED, tenant, e.period, fact.actor.id, fact.at, e.note)


ROUTINES = Projection(
    "routines",
    (routine, routine_period),
    {
        ev.RoutineSet: _set,
        ev.RoutineMet: _judged,
        ev.RoutineMissed: _judged,
        ev.RoutineAcknowledged: _acknowledged,
    },
)

# Longer than any transaction lasts: what is on its way at a period's end is in the log by then.
GRACE_SQL = "interval '10 min'"
DUE = f"EXISTS (SELECT 1 FROM routine WHERE tenant = $1 AND next_ends <= $2 - {GRACE_SQL})"
NEXT_DUE = f"""
SELECT project, kind FROM routine WHERE tenant = $1 AND next_ends <= $2::timestamptz - {GRACE_SQL}
 ORDER BY next_ends, project, kind LIMIT $3
"""
FIND = "SELECT * FROM routine_period WHERE tenant = $1 AND period = $2"
LAST = """
SELECT * FROM routine_period WHERE tenant = $1 AND project = $2 AND kind = $3 ORDER BY begins DESC LIMIT $4
"""
PERIODS = """
SELECT * FROM routine_period
 WHERE tenant = $1 AND project = $2 AND ($3::text IS NULL OR kind = $3) AND ($4::bool IS NULL OR met = $4)
   AND ($5::timestamptz IS NULL OR (begins, period) < ($5, $6::uuid))
 ORDER BY begins DESC, period DESC LIMIT $7
"""
# Open ones first, the newest of each first.
ALERTS = """
SELECT * FROM routine_period
 WHERE tenant = $1 AND NOT met AND ($2::uuid IS NULL OR project = $2)
   AND ($3::text IS NULL OR (acknowledged_at IS NULL) = ($3 = 'open'))
   AND ($4::bool IS NULL
        OR ((acknowledged_at IS NULL)::int, ends, period) < ($4::bool::int, $5::timestamptz, $6::uuid))
 ORDER BY acknowledged_at IS NULL DESC, ends DESC, period DESC LIMIT $7
"""
OPEN_ALERTS = """
SELECT kind, count(*)::int AS n FROM routine_period
 WHERE tenant = $1 AND project = $2 AND NOT met AND acknowledged_at IS NULL GROUP BY kind
"""


async def fetch(conn: asyncpg.Connection, sql: str, *args: Any) -> list[dict[str, Any]]:
    """Plain dictionaries of one of the queries above; `numbers` as it was said."""
    rows = [dict(row) for row in await conn.fetch(sql, *args)]
    for row in rows:
        if "numbers" in row:
            row["numbers"] = from_json(row["numbers"])
    return rows


async def due(conn: asyncpg.Connection, tenant: TenantId, now: datetime, most: int) -> list[tuple[UUID, str]]:
    """Project and kind of those whose next period is over, and nothing of it still on its way."""
    rows = await conn.fetch(NEXT_DUE, tenant, now, most)
    return [(row["project"], row["kind"]) for row in rows]
