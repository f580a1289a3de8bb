"""Released: errors that people were told of, by full tens in which something was reviewed, or with disclosed gold."""

from typing import Any
from uuid import UUID

import asyncpg

from backend.events.ids import TenantId
from backend.readmodels.fading import TEN

ERRORS_MAX = 1_000
DISCLOSED_MAX = 200

# An error stays one for telling what it was, whatever a dispute or a wrong key made of it; `wrong` is whether it counts
# as one now, `told_at` when it was told: one that a better key brought to light, not before that.
# Of tens the newest first; within a ten by the answers, as readmodels.feedback says why. What another expert said of an
# expert's answer is told to neither.
RELEASED = f"""
SELECT e.lease, e.skill, e.source, e.correct IS NOT DISTINCT FROM false AS wrong, t.ten, t.filled_at,
       CASE WHEN e.erred THEN t.filled_at ELSE greatest(t.filled_at, e.rekeyed_at) END AS told_at,
       e.erred AND e.correct IS DISTINCT FROM false AS taken_back, e.correct, a.project, a.item,
       a.generation, a.answer, a.submitted_at, a.gold, d.gold IS NOT NULL AS disclosed
  FROM evidence e
  JOIN (SELECT e.skill, e.place / {TEN} AS ten, max(e.at) AS filled_at FROM evidence e
         WHERE e.tenant = $1 AND e.annotator = $2 AND e.kind = 'live'
         GROUP BY 1, 2 HAVING count(*) = {TEN} AND count(*) FILTER (WHERE e.source = 'review') > 0) t
    ON t.skill = e.skill AND t.ten = e.place / {TEN}
  JOIN answer a ON a.tenant = e.tenant AND a.lease = e.lease
  LEFT JOIN gold_disclosed d ON d.tenant = a.tenant AND d.gold = a.gold
 WHERE e.tenant = $1 AND e.annotator = $2 AND e.kind = 'live' AND (NOT e.correct OR e.erred)
   AND e.source <> 'double_review'
   AND ($3::uuid IS NULL OR e.lease = $3) AND ($4::uuid IS NULL OR a.project = $4)
 ORDER BY t.filled_at DESC, e.skill, t.ten DESC, a.submitted_at DESC, e.lease LIMIT $5
"""
# What somebody answered of gold that was disclosed since, right or wrong, and whether it counts as an error.
DISCLOSED = """
SELECT d.*, a.lease, a.answer, a.generation, a.submitted_at, e.skill, e.correct,
       e.correct IS NOT DISTINCT FROM false AND e.lease IS NOT NULL AS wrong
  FROM gold_disclosed d
  JOIN answer a ON a.tenant = d.tenant AND a.project = d.project AND a.item = d.item AND a.gold = d.gold
   AND a.annotator = $2 AND a.stage <> 'review'
  JOIN project p ON p.tenant = a.tenant AND p.project = a.project
  LEFT JOIN evidence e ON e.tenant = a.tenant AND e.annotator = a.annotator AND e.skill = p.skill AND e.lease = a.lease
   AND e.source = 'gold'
 WHERE d.tenant = $1 AND ($3::uuid IS NULL OR a.lease = $3) AND ($4::uuid IS NULL OR a.project = $4)
 ORDER BY d.disclosed_at DESC, d.gold LIMIT $5
"""
ALL_DISCLOSED = "SELECT * FROM gold_disclosed WHERE tenant = $1"
REGIONS = """
SELECT lease, at, verdict, code FROM region_verdict WHERE tenant = $1 AND review = ANY($2::uuid[]) ORDER BY review, n
"""


async def errors(
    conn: asyncpg.Connection,
    tenant: TenantId,
    annotator: UUID,
    *,
    lease: UUID | None = None,
    project: UUID | None = None,
) -> list[dict[str, Any]]:
    """Errors that the person was told of, of whole tens, newest first; of one answer or one project where named."""
    asked = (tenant, annotator, lease, project, ERRORS_MAX)
    found = [dict(row) for row in await conn.fetch(RELEASED, *asked)]
    if len(found) < ERRORS_MAX:
        return found
    last = (found[-1]["skill"], found[-1]["ten"])
    return [row for row in found if (row["skill"], row["ten"]) != last]


async def disclosed(
    conn: asyncpg.Connection,
    tenant: TenantId,
    annotator: UUID,
    *,
    lease: UUID | None = None,
    project: UUID | None = None,
) -> list[dict[str, Any]]:
    """The person's answers to disclosed gold met in work, the last disclosed first; narrowed as errors are."""
    asked = (tenant, annotator, lease, project, DISCLOSED_MAX)
    return [dict(row) for row in await conn.fetch(DISCLOSED, *asked)]
