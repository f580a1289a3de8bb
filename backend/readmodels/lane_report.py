"""What the reports on lanes ask: lanes a page at a time, how much waits in each, and who keeps which hours."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from backend.events.ids import TenantId
from backend.readmodels.availability import Available, available

OPEN_MAX = 10_000
"""Beyond so many open slots a lane's are not counted."""

PAGE = """
SELECT lane, project, stage, step, priority, paused, requires, any_of, excludes, needs FROM lane
 WHERE tenant = $1 AND ($2::uuid IS NULL OR project = $2) AND ($3::uuid IS NULL OR lane > $3) ORDER BY lane LIMIT $4
"""
RINGS = """
SELECT lane, ring, after_seconds, requires, any_of, excludes FROM lane_ring
 WHERE tenant = $1 AND lane = ANY($2::uuid[]) AND ring > 0 ORDER BY lane, ring
"""
ONE = "SELECT lane FROM lane WHERE tenant = $1 AND lane = $2"
OPEN = f"""
SELECT q.lane, (SELECT count(*) FROM (
         SELECT 1 FROM open_slot o WHERE o.tenant = $1 AND o.lane = q.lane LIMIT {OPEN_MAX + 1}) counted) AS n
  FROM unnest($2::uuid[]) q(lane)
"""
# Of the open slots of an expert lane those of which each of $3, whom the lane serves, has met the item already: a
# second opinion is somebody else's.
NOBODY_NEW = f"""
SELECT count(*)::int FROM (
  SELECT 1 FROM open_slot o
   WHERE o.tenant = $1 AND o.lane = $2 AND NOT EXISTS (
         SELECT 1 FROM unnest($3::uuid[]) e(annotator)
          WHERE NOT EXISTS (SELECT 1 FROM worked w WHERE w.tenant = $1 AND w.annotator = e.annotator AND w.item = o.item
                               AND w.generation = o.generation))
   LIMIT {OPEN_MAX}) waiting
"""
# The next deadline of each lane, one probe per lane; an expert's is that of the escalation.
DEADLINES = """
WITH due AS (
  SELECT t.lane, min(e.due_by) AS due_by FROM escalation e JOIN task t ON t.tenant = $1 AND t.task = e.expert_task
   WHERE e.tenant = $1 AND e.resolved_at IS NULL AND e.due_by IS NOT NULL AND t.lane = ANY($2::uuid[]) GROUP BY t.lane
)
SELECT q.lane, least(t.deadline, due.due_by) AS deadline
  FROM unnest($2::uuid[]) q(lane)
  LEFT JOIN LATERAL (
   SELECT t.deadline FROM task t
    WHERE t.tenant = $1 AND t.lane = q.lane AND t.deadline IS NOT NULL AND t.state = 'open'
    ORDER BY t.deadline LIMIT 1) t ON true
  LEFT JOIN due ON due.lane = q.lane
 WHERE coalesce(t.deadline, due.due_by) IS NOT NULL
"""
# When the open slots of a task were published, the longest waiting one; null when none is open.
SINCE_OF_TASK = """
SELECT min(CASE WHEN ord < 0 THEN ord + $3::bigint ELSE ord END) FROM open_slot WHERE tenant = $1 AND task = $2
"""
HOURS = """
SELECT * FROM availability WHERE tenant = $1 AND NOT enforced AND (hours <> '[]'::jsonb OR exceptions <> '[]'::jsonb)
"""


async def page(
    conn: asyncpg.Connection, tenant: TenantId, project: UUID | None, after: UUID | None, limit: int | None
) -> list[dict[str, Any]]:
    """Lanes by id, of one project or all."""
    return [dict(row) for row in await conn.fetch(PAGE, tenant, project, after, limit)]


async def later_rings(
    conn: asyncpg.Connection, tenant: TenantId, lanes: Sequence[UUID]
) -> dict[UUID, list[dict[str, Any]]]:
    """Lane -> its rings after the first, in their order."""
    found: dict[UUID, list[dict[str, Any]]] = {}
    for row in await conn.fetch(RINGS, tenant, list(lanes)):
        found.setdefault(row["lane"], []).append(dict(row))
    return found


async def open_slots(conn: asyncpg.Connection, tenant: TenantId, lanes: Sequence[UUID]) -> dict[UUID, int]:
    """Lane -> open slots, at most OPEN_MAX + 1 of which are counted."""
    return {row["lane"]: row["n"] for row in await conn.fetch(OPEN, tenant, list(lanes))}


async def nobody_new(conn: asyncpg.Connection, tenant: TenantId, lane: UUID, eligible: Sequence[UUID]) -> int:
    """How many open slots of a lane wait for somebody other than these people, at most OPEN_MAX."""
    return int(await conn.fetchval(NOBODY_NEW, tenant, lane, list(eligible)))


async def deadlines(
    conn: asyncpg.Connection, tenant: TenantId, lanes: Sequence[UUID]
) -> dict[UUID, datetime]:
    """Lane -> the next deadline of a task in it; lanes without one are left out."""
    return {row["lane"]: row["deadline"] for row in await conn.fetch(DEADLINES, tenant, list(lanes))}


async def hours_kept(conn: asyncpg.Connection, tenant: TenantId) -> dict[UUID, Available]:
    """People who said when they work, and whom nobody binds to it."""
    return {row["annotator"]: available(row) for row in await conn.fetch(HOURS, tenant)}
