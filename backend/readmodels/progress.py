"""Progress: how far a project is, counted where the facts stand; and the export's rows."""

from typing import Any
from uuid import UUID

import asyncpg

from backend.events.ids import TenantId
from backend.readmodels.counting import COUNTS

PROGRESS = """
SELECT (SELECT count(DISTINCT item) FROM task WHERE tenant = $1 AND project = $2) AS items,
       (SELECT count(*) FROM result WHERE tenant = $1 AND project = $2) AS decided,
       (SELECT count(*) FROM open_slot s JOIN lane l USING (tenant, lane)
         WHERE s.tenant = $1 AND l.project = $2 AND l.stage = 'annotate') AS open_slots,
       (SELECT count(*) FROM lease WHERE tenant = $1 AND project = $2) AS leases,
       (SELECT count(*) FROM review r JOIN task t USING (tenant, task)
         WHERE r.tenant = $1 AND r.project = $2 AND r.sampled AND r.verdict IS NULL AND t.workflow_version = 0)
         + (SELECT count(*) FROM task WHERE tenant = $1 AND project = $2 AND stage = 'review' AND state = 'open'
               AND workflow_version > 0) AS reviews_pending,
       (SELECT count(*) FROM task WHERE tenant = $1 AND project = $2 AND state = 'held') AS held,
       (SELECT count(*) FROM escalation WHERE tenant = $1 AND project = $2 AND resolved_at IS NULL)
         AS escalations_open
"""
_EXPORTED = """
SELECT i.item, i.external_key, r.result, r.task, r.confidence_ppm, r.judgments, r.decided_by, r.basis_index,
       r.unreviewed, r.unreviewed_task, coalesce(r.generation, i.generation) AS generation, r.rework,
       CASE WHEN r.item IS NOT NULL THEN 'decided' WHEN s.open THEN 'open' WHEN s.held THEN 'held' ELSE 'cancelled' END
         AS state
  FROM item i LEFT JOIN result r ON r.tenant = i.tenant AND r.item = i.item
 CROSS JOIN LATERAL (
   SELECT bool_or(t.state IN ('open', 'decided')) AS open, bool_or(t.state = 'held') AS held FROM task t
    WHERE t.tenant = i.tenant AND t.item = i.item AND t.generation = i.generation) s
"""
EXPORT_ITEMS = f"""
{_EXPORTED}
 WHERE i.tenant = $1 AND i.project = $2 AND ($3::uuid IS NULL OR i.item > $3)
   AND EXISTS (SELECT 1 FROM task t WHERE t.tenant = i.tenant AND t.item = i.item)
 ORDER BY i.item LIMIT $4
"""
EXPORT_CHOSEN = f"""
{_EXPORTED} WHERE i.tenant = $1 AND i.project = $2 AND i.item = ANY($3::uuid[]) ORDER BY i.item
"""
EXPORT_ANSWERS = """
SELECT * FROM answer WHERE tenant = $1 AND project = $2 AND item = ANY($3::uuid[]) AND gold IS NULL
   AND stage <> 'review' ORDER BY item, lease
"""
QUALITY = """
SELECT count(*) FILTER (WHERE sampled) AS sampled,
       count(*) AS drawn,
       count(*) FILTER (WHERE verdict IS NOT NULL) AS reviewed,
       count(*) FILTER (WHERE verdict = 'accept') AS accepted,
       count(*) FILTER (WHERE verdict = 'correct') AS corrected,
       count(*) FILTER (WHERE verdict = 'reject') AS rejected
  FROM review WHERE tenant = $1 AND project = $2
"""
DECIDED_BY = """
SELECT decided_by, count(*) AS n, avg(confidence_ppm)::int AS confidence_ppm
  FROM result WHERE tenant = $1 AND project = $2 GROUP BY decided_by ORDER BY decided_by
"""
AGREEMENT = f"""
SELECT count(DISTINCT item) AS items, coalesce(sum(same), 0) AS same, coalesce(sum(pairs), 0) AS pairs FROM (
  SELECT item, sum(n * (n - 1)) AS same, sum(n) * (sum(n) - 1) AS pairs FROM (
    SELECT item, generation, answer_token, count(*) AS n FROM answer a
     WHERE {COUNTS} AND tenant = $1 AND project = $2 AND gold IS NULL AND NOT rejected AND stage = 'annotate'
     GROUP BY item, generation, answer_token) votes
  GROUP BY item, generation HAVING sum(n) > 1) items
"""
UNDER_REWORK = "SELECT count(*) FROM result WHERE tenant = $1 AND project = $2 AND rework IS NOT NULL"


async def of_project(conn: asyncpg.Connection, tenant: TenantId, project: UUID) -> dict[str, int]:
    """Items with work, items decided, and what is still open."""
    return dict(await conn.fetchrow(PROGRESS, tenant, project))


async def quality(conn: asyncpg.Connection, tenant: TenantId, project: UUID) -> dict[str, Any]:
    """Review outcomes, who decided how many items, and how many pairs of answers to one item agree."""
    pairs = dict(await conn.fetchrow(AGREEMENT, tenant, project))
    return {
        "reviews": dict(await conn.fetchrow(QUALITY, tenant, project)),
        "decided_by": [dict(row) for row in await conn.fetch(DECIDED_BY, tenant, project)],
        "under_rework": await conn.fetchval(UNDER_REWORK, tenant, project),
        "agreement": {name: int(value) for name, value in pairs.items()},
    }
