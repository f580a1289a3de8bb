"""Guideline issues: where answers, under a version of the guideline, are in doubt: by class, by person, by week."""

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from backend.events.ids import TenantId
from backend.readmodels.counting import COUNTS

# Whatever was answered, opened or judged in `since` <= t < `until` ($3, $4).
_ANSWERED = "a.submitted_at >= $3 AND a.submitted_at < $4"
_OPENED = "e.opened_at >= $3 AND e.opened_at < $4"
_WEEK = "to_char(date_trunc('week', {} AT TIME ZONE 'UTC'), 'YYYY-MM-DD')"
# One look at the answers: how many, how many of them unsure, and of all pairs with another answer to the same task how
# many differ. A pair is counted from both of its ends.
_COMPARED = f"""
  SELECT guideline_version, answer_class, unsure, annotator, submitted_at,
         count(*) OVER (PARTITION BY task) - 1 AS others, count(*) OVER (PARTITION BY task, answer_token) - 1 AS same
    FROM answer a WHERE tenant = $1 AND project = $2 AND gold IS NULL AND stage = 'annotate' AND {COUNTS}
     AND {_ANSWERED}
"""
_TOLD = """count(*) AS answers, count(*) FILTER (WHERE unsure) AS unsure, sum(others)::bigint AS pairs,
       sum(others - same)::bigint AS differing"""
ANSWERS = f"""
SELECT guideline_version, answer_class, {_TOLD} FROM ({_COMPARED}) a GROUP BY guideline_version, answer_class
"""
WEEKS = f"""
SELECT coalesce(a.week, e.week) AS week, coalesce(a.answers, 0) AS answers, coalesce(a.unsure, 0) AS unsure,
       coalesce(a.pairs, 0) AS pairs, coalesce(a.differing, 0) AS differing, coalesce(e.escalations, 0) AS escalations
  FROM (SELECT {_WEEK.format("submitted_at")} AS week, {_TOLD} FROM ({_COMPARED}) a GROUP BY 1) a
  FULL JOIN (SELECT {_WEEK.format("opened_at")} AS week, count(*) AS escalations FROM escalation e
              WHERE tenant = $1 AND project = $2 AND {_OPENED} GROUP BY 1) e ON e.week = a.week
 ORDER BY 1 DESC
"""
# Who asks for an expert, by code, and who is unsure: beside how much each answered and how often others differ.
PEOPLE = f"""
SELECT coalesce(a.annotator, e.raised_by) AS annotator, coalesce(a.answers, 0) AS answers,
       coalesce(a.unsure, 0) AS unsure, coalesce(a.pairs, 0) AS pairs, coalesce(a.differing, 0) AS differing,
       coalesce(e.escalations, 0) AS escalations, coalesce(e.codes, '{{}}') AS codes,
       coalesce(e.counts, '{{}}') AS counts
  FROM (SELECT annotator, {_TOLD} FROM ({_COMPARED}) a GROUP BY 1) a
  FULL JOIN (SELECT raised_by, sum(n)::bigint AS escalations, array_agg(code ORDER BY n DESC, code) AS codes,
                    array_agg(n ORDER BY n DESC, code) AS counts
               FROM (SELECT raised_by, code, count(*) AS n FROM escalation e
                      WHERE tenant = $1 AND project = $2 AND raised_by IS NOT NULL AND {_OPENED} GROUP BY 1, 2) c
              GROUP BY 1) e ON e.raised_by = a.annotator
 WHERE coalesce(e.escalations, 0) + coalesce(a.unsure, 0) > 0
 ORDER BY coalesce(e.escalations, 0) + coalesce(a.unsure, 0) DESC, 1 LIMIT 200
"""
# By the rate at which they were drawn: a verdict stands for as many answers as that says.
REVIEWED = f"""
SELECT a.guideline_version, a.answer_class, r.rate_ppm, count(*) AS reviewed,
       count(*) FILTER (WHERE NOT r.passed) AS wrong
  FROM review r JOIN answer a ON a.tenant = r.tenant AND a.lease = r.lease
 WHERE r.tenant = $1 AND r.project = $2 AND r.sampled AND r.passed IS NOT NULL AND {COUNTS} AND {_ANSWERED}
 GROUP BY a.guideline_version, a.answer_class, r.rate_ppm
"""
REGIONS = f"""
SELECT a.guideline_version, a.answer_class, v.verdict, v.code, count(*) AS n
  FROM region_verdict v JOIN answer a ON a.tenant = v.tenant AND a.lease = v.lease
 WHERE v.tenant = $1 AND v.project = $2 AND {_ANSWERED} GROUP BY a.guideline_version, a.answer_class, v.verdict, v.code
"""
# An escalated item concerns every class that was answered, and the expert's; each once, under the version by which it
# was answered. One of which nobody answered anything is of no class, under the version by which it was flagged.
_CONCERNED = f"""
  SELECT e.escalation, e.reason, e.code, a.guideline_version, a.answer_class
    FROM escalation e JOIN answer a ON a.tenant = e.tenant AND a.task = e.task AND a.gold IS NULL
   WHERE e.tenant = $1 AND e.project = $2 AND {_OPENED}
  UNION
  SELECT e.escalation, e.reason, e.code, a.guideline_version, a.answer_class
    FROM escalation e JOIN answer a ON a.tenant = e.tenant AND a.lease = e.lease
   WHERE e.tenant = $1 AND e.project = $2 AND {_OPENED}
  UNION
  SELECT e.escalation, e.reason, e.code, l.guideline_version, NULL
    FROM escalation e JOIN lease_ended l ON l.tenant = e.tenant AND l.task = e.task AND l.how = 'escalated'
   WHERE e.tenant = $1 AND e.project = $2 AND {_OPENED} AND e.resolved_at IS NULL
     AND NOT EXISTS (SELECT 1 FROM answer a WHERE a.tenant = e.tenant AND a.task = e.task AND a.gold IS NULL)
"""
ESCALATED = f"""
SELECT guideline_version, answer_class, reason, code, count(*) AS n FROM ({_CONCERNED}) c
 GROUP BY guideline_version, answer_class, reason, code
"""
CODES = f"""
SELECT reason, code, count(*) AS n, count(*) FILTER (WHERE resolved_at IS NULL) AS unresolved,
       count(*) FILTER (WHERE missed_start_at IS NOT NULL OR missed_due_at IS NOT NULL) AS missed,
       count(*) FILTER (WHERE contested_at IS NOT NULL) AS contested
  FROM escalation e WHERE tenant = $1 AND project = $2 AND {_OPENED}
 GROUP BY reason, code ORDER BY n DESC, reason, code
"""
# Of each class an answer in which it is written.
WRITTEN = """
SELECT DISTINCT ON (answer_class) answer_class, lease, answer FROM answer
 WHERE tenant = $1 AND project = $2 AND answer_class = ANY($3::text[]) ORDER BY answer_class, lease
"""


async def counted(
    conn: asyncpg.Connection, tenant: TenantId, project: UUID, since: datetime, until: datetime
) -> dict[str, list[dict[str, Any]]]:
    """Of what was answered and escalated from `since` on and before `until`: `answers`, `reviewed`, `regions` and
    `escalated` by guideline version and class; `codes` of escalations; `weeks` (by their Monday, UTC, newest first);
    `people` who asked for an expert or were unsure, at most 200."""
    asked = {
        "answers": ANSWERS,
        "reviewed": REVIEWED,
        "regions": REGIONS,
        "escalated": ESCALATED,
        "codes": CODES,
        "weeks": WEEKS,
        "people": PEOPLE,
    }
    return {
        name: [dict(r) for r in await conn.fetch(sql, tenant, project, since, until)]
        for name, sql in asked.items()
    }
