"""Guideline issues: where answers of a class, under a version of the guideline, are in doubt; counted at one moment."""

from typing import Any
from uuid import UUID

import asyncpg

from backend.events.ids import TenantId
from backend.readmodels.counting import COUNTS

# One look at the answers: how many, how many of them unsure, and of all pairs with another answer to the same task how
# many differ. A pair is counted from both of its ends.
ANSWERS = f"""
SELECT guideline_version, answer_class, count(*) AS answers, count(*) FILTER (WHERE unsure) AS unsure,
       sum(others)::bigint AS pairs, sum(others - same)::bigint AS differing FROM (
  SELECT guideline_version, answer_class, unsure, count(*) OVER (PARTITION BY task) - 1 AS others,
         count(*) OVER (PARTITION BY task, answer_token) - 1 AS same
    FROM answer a WHERE tenant = $1 AND project = $2 AND gold IS NULL AND stage = 'annotate' AND {COUNTS}) a
 GROUP BY guideline_version, answer_class
"""
# By the rate at which they were drawn: a verdict stands for as many answers as that says.
REVIEWED = f"""
SELECT a.guideline_version, a.answer_class, r.rate_ppm, count(*) AS reviewed,
       count(*) FILTER (WHERE NOT r.passed) AS wrong
  FROM review r JOIN answer a ON a.tenant = r.tenant AND a.lease = r.lease
 WHERE r.tenant = $1 AND r.project = $2 AND r.sampled AND r.passed IS NOT NULL AND {COUNTS}
 GROUP BY a.guideline_version, a.answer_class, r.rate_ppm
"""
REGIONS = """
SELECT a.guideline_version, a.answer_class, v.verdict, v.code, count(*) AS n
  FROM region_verdict v JOIN answer a ON a.tenant = v.tenant AND a.lease = v.lease
 WHERE v.tenant = $1 AND v.project = $2 GROUP BY a.guideline_version, a.answer_class, v.verdict, v.code
"""
# An escalated item concerns every class that was answered, and the expert's; each once, under the version by which it
# was answered. One of which nobody answered anything is of no class, under the version by which it was flagged.
_CONCERNED = """
  SELECT e.escalation, e.reason, e.code, a.guideline_version, a.answer_class
    FROM escalation e JOIN answer a ON a.tenant = e.tenant AND a.task = e.task AND a.gold IS NULL
   WHERE e.tenant = $1 AND e.project = $2
  UNION
  SELECT e.escalation, e.reason, e.code, a.guideline_version, a.answer_class
    FROM escalation e JOIN answer a ON a.tenant = e.tenant AND a.lease = e.lease
   WHERE e.tenant = $1 AND e.project = $2
  UNION
  SELECT e.escalation, e.reason, e.code, l.guideline_version, NULL
    FROM escalation e JOIN lease_ended l ON l.tenant = e.tenant AND l.task = e.task AND l.how = 'escalated'
   WHERE e.tenant = $1 AND e.project = $2 AND e.resolved_at IS NULL
     AND NOT EXISTS (SELECT 1 FROM answer a WHERE a.tenant = e.tenant AND a.task = e.task AND a.gold IS NULL)
"""
ESCALATED = f"""
SELECT guideline_version, answer_class, reason, code, count(*) AS n FROM ({_CONCERNED}) c
 GROUP BY guideline_version, answer_class, reason, code
"""
CODES = """
SELECT reason, code, count(*) AS n, count(*) FILTER (WHERE resolved_at IS NULL) AS unresolved,
       count(*) FILTER (WHERE missed_start_at IS NOT NULL OR missed_due_at IS NOT NULL) AS missed,
       count(*) FILTER (WHERE contested_at IS NOT NULL) AS contested
  FROM escalation WHERE tenant = $1 AND project = $2 GROUP BY reason, code ORDER BY n DESC, reason, code
"""
# Of each class an answer in which it is written.
WRITTEN = """
SELECT DISTINCT ON (answer_class) answer_class, lease, answer FROM answer
 WHERE tenant = $1 AND project = $2 AND answer_class = ANY($3::text[]) ORDER BY answer_class, lease
"""


async def counted(
    conn: asyncpg.Connection, tenant: TenantId, project: UUID
) -> dict[str, list[dict[str, Any]]]:
    """`answers`, `reviewed`, `regions`, `escalated` by guideline version and class; `codes` of all escalations."""
    asked = {
        "answers": ANSWERS,
        "reviewed": REVIEWED,
        "regions": REGIONS,
        "escalated": ESCALATED,
        "codes": CODES,
    }
    return {name: [dict(r) for r in await conn.fetch(sql, tenant, project)] for name, sql in asked.items()}
