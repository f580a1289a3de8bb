"""Shifts as people said them, and as those worked who said nothing: by the hour of the day."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from backend.events.ids import TenantId
from backend.readmodels.availability import Available, available

SCHEDULES = """
SELECT * FROM availability WHERE tenant = $1 AND (hours <> '[]'::jsonb OR exceptions <> '[]'::jsonb)
"""
# A week of quarters of an hour for each of these people, and nothing older.
WORKED = """
SELECT w.annotator, extract(hour FROM w.quarter AT TIME ZONE 'UTC')::int AS hour, sum(w.counted_ms)::float8 AS ms,
       min(w.quarter) AS first
  FROM unnest($2::uuid[]) q(annotator)
 CROSS JOIN LATERAL (
   SELECT annotator, quarter, counted_ms FROM work_time
    WHERE tenant = $1 AND annotator = q.annotator AND quarter >= $3 AND quarter < $4) w
 GROUP BY 1, 2
"""


async def schedules(conn: asyncpg.Connection, tenant: TenantId) -> dict[UUID, Available]:
    """People who said at which hours they work; who only said when they do not is left out."""
    rows = [(row["annotator"], available(row)) for row in await conn.fetch(SCHEDULES, tenant)]
    return {
        who: known
        for who, known in rows
        if known.hours or any(one.begins is not None for one in known.exceptions)
    }


async def worked(
    conn: asyncpg.Connection, tenant: TenantId, people: Sequence[UUID], span: tuple[datetime, datetime]
) -> list[dict[str, Any]]:
    """Counted milliseconds by person and hour of the day in UTC, with the first quarter of an hour in it."""
    return [dict(row) for row in await conn.fetch(WORKED, tenant, list(people), *span)]
