"""Own work: what a person did today and this week, and holds now, without a look at what was gold.

Every query reads what the submit itself has written, so a number has moved when the submit is answered. None may join
gold, reviews or evidence: what moves at once must be the same whatever an answer turns out to be.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from backend.events.ids import TenantId

# Time is from opening to the answer by the server's clock, with pauses. A review that was planted is a review.
DONE = """
SELECT project, stage, count(*) FILTER (WHERE how = 'submitted' AND today)::int AS submitted_today,
       count(*) FILTER (WHERE how = 'submitted' AND this_week)::int AS submitted_week,
       count(*) FILTER (WHERE how <> 'submitted' AND today)::int AS ended_otherwise_today,
       count(*) FILTER (WHERE how <> 'submitted' AND this_week)::int AS ended_otherwise_week,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) FILTER (WHERE today) AS median_seconds_today,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) FILTER (WHERE this_week) AS median_seconds_week,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) FILTER (WHERE NOT this_week) AS median_seconds_before
  FROM (SELECT project, stage, how, ended_at >= $3 AS today, ended_at >= $4 AS this_week,
               CASE WHEN how = 'submitted' AND started_at < ended_at
                    THEN extract(epoch FROM ended_at - started_at)::float8 END AS seconds
          FROM lease_ended
         WHERE tenant = $1 AND annotator = $2 AND ended_at >= $5 AND ($6::uuid IS NULL OR project = $6)) done
 GROUP BY 1, 2 HAVING count(*) FILTER (WHERE this_week) > 0 ORDER BY 1, 2
"""
HELD = """
SELECT state, count(*)::int AS n FROM lease
 WHERE tenant = $1 AND annotator = $2 AND ($3::uuid IS NULL OR project = $3) GROUP BY 1
"""


async def done(
    conn: asyncpg.Connection,
    tenant: TenantId,
    annotator: UUID,
    since: tuple[datetime, datetime, datetime],
    project: UUID | None,
) -> list[dict[str, Any]]:
    """By project and kind of work, of one project if named: counts of leases that ended since the day and since the
    week began, with the median seconds of the day, the week, and before it. `since` are the beginnings of the day, the
    week, and the time before it that is looked at."""
    return [dict(row) for row in await conn.fetch(DONE, tenant, annotator, *since, project)]


async def held(
    conn: asyncpg.Connection, tenant: TenantId, annotator: UUID, project: UUID | None
) -> dict[str, int]:
    """State (held, started, paused) -> how many leases the person has in it now."""
    return {row["state"]: row["n"] for row in await conn.fetch(HELD, tenant, annotator, project)}
