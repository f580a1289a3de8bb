"""What suspicion is looked for in: a skill's newest answers with their times, and what evidence says of each."""

from typing import Any
from uuid import UUID

import asyncpg

from backend.events.ids import TenantId
from backend.readmodels.counting import COUNTS

ANSWERS_MAX = 100_000
"""The answers to the newest items of a skill and to its gold: beyond that a night's scan would take minutes."""
SELECTED = ("risk", "after_error", "first_items")
"""Why a review was drawn that is no sample of the person's work: it finds more errors than there are."""

# Newest first, because later items have later ids; gold is old, and met all the time. What lies discounted is out. Item
# by item and lease by lease, whatever a plan for an unknown number of rows would prefer.
_ASKED = f"""a.stage NOT IN ('review', 'adjudicate', 'expert') AND {COUNTS}"""
ANSWERS = f"""
WITH about AS (SELECT tenant, project FROM project WHERE tenant = $1 AND skill = $2),
     found AS MATERIALIZED (
       SELECT w.* FROM about CROSS JOIN LATERAL (
         SELECT a.* FROM answer a
          WHERE a.tenant = about.tenant AND a.project = about.project AND a.gold IS NULL AND {_ASKED}
          ORDER BY a.item DESC LIMIT $3) w
       UNION ALL
       SELECT met.* FROM about JOIN gold g ON g.tenant = about.tenant AND g.project = about.project CROSS JOIN LATERAL (
         SELECT a.* FROM answer a
          WHERE a.tenant = g.tenant AND a.project = g.project AND a.item = g.item AND a.gold IS NOT NULL AND {_ASKED}
         OFFSET 0) met)
SELECT a.lease, a.annotator, a.item, a.project, l.lane, coalesce(a.answer_class, a.answer_token) AS said,
       a.answer_class IS NOT NULL AS category, a.gold IS NOT NULL AS gold, a.submitted_at AS at,
       CASE WHEN l.started_at < l.ended_at AND NOT a.reclaimed
            THEN extract(epoch FROM l.ended_at - l.started_at)::float8 END AS seconds
  FROM found a CROSS JOIN LATERAL (
       SELECT lane, started_at, ended_at FROM lease_ended WHERE tenant = a.tenant AND lease = a.lease LIMIT 1) l
 ORDER BY a.lease DESC LIMIT $3
"""
EVIDENCE = """
SELECT e.annotator, e.lease, e.source, e.correct, e.truth_class, r.reason, a.item, a.answer_class,
       d.since IS NOT NULL AND e.at >= d.since AS discounted
  FROM evidence e LEFT JOIN answer a ON a.tenant = e.tenant AND a.lease = e.lease
  LEFT JOIN review r ON r.tenant = e.tenant AND r.lease = e.lease AND e.source = 'review'
  LEFT JOIN LATERAL (SELECT min(d.since) AS since FROM answers_discounted d
                      WHERE d.tenant = e.tenant AND d.annotator = e.annotator AND d.skill = e.skill) d ON true
 WHERE e.tenant = $1 AND e.skill = $2 AND e.annotator = ANY($3::uuid[]) AND e.lease IS NOT NULL
   AND e.correct IS NOT NULL
 ORDER BY e.idx
"""


async def answers(conn: asyncpg.Connection, tenant: TenantId, skill: UUID) -> list[dict[str, Any]]:
    """The newest answers of a skill, ANSWERS_MAX at most, as suspicion.Seen asks for them; without discounted ones."""
    return [dict(row) for row in await conn.fetch(ANSWERS, tenant, skill, ANSWERS_MAX)]


async def evidence(
    conn: asyncpg.Connection, tenant: TenantId, skill: UUID, people: list[UUID]
) -> list[dict[str, Any]]:
    """What gold, reviewers and experts told of these people's answers, in the order of the log."""
    return [dict(row) for row in await conn.fetch(EVIDENCE, tenant, skill, people)]
