"""Work that was judged blind and is beyond doubt: what may become gold; and what blind review says of each person."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg

from backend.events.ids import TenantId
from backend.readmodels.counting import COUNTS, given_at, weightless

SURE_PPM = 990_000
# Reasons for which an answer was drawn whatever it looked like: what is reviewed because it looked wrong is worse than
# the work, and what nobody drew by lot says nothing of the rest.
BY_LOT = (
    "fixed",
    "first_items",
    "floor",
    "screening",
    "sampling",
    "tightened",
    "normal",
    "reduced",
    "discontinued",
    "audit",
)

# By review: a result of at least two answers, as sure as asked, of whose answers those drawn were all accepted, one of
# them drawn by lot. By experts: two of them said the same, or one said what at least two others and most of them had
# said. Nothing that is gold or was, is being done again, has work left, or whose answer a course has told. Steps that
# showed others' answers are named by $5 (workflow version and step, joined by a slash): what was answered there is not
# blind and confirms nothing.
_BLIND = "NOT (t.workflow_version || '/' || a.step = ANY($5::text[]))"
CANDIDATES = f"""
WITH judged AS (
  SELECT item FROM review WHERE tenant = $1 AND project = $2 AND sampled AND verdict = 'accept' AND passed
  UNION SELECT item FROM escalation WHERE tenant = $1 AND project = $2 AND resolved_at IS NOT NULL
), beyond_doubt AS (
  SELECT r.*,
         (SELECT count(*) FROM answer a JOIN task t ON t.tenant = a.tenant AND t.task = a.task
           WHERE {COUNTS} AND a.tenant = $1 AND a.project = $2 AND a.item = r.item AND a.generation = r.generation
             AND NOT a.rejected AND a.gold IS NULL AND a.stage = 'annotate' AND {_BLIND}) AS blind,
         said.experts, said.agreeing
    FROM result r LEFT JOIN LATERAL (
      SELECT count(DISTINCT a.annotator) FILTER (WHERE a.stage = 'expert') AS experts,
             count(DISTINCT a.annotator) FILTER (WHERE a.stage = 'annotate') AS agreeing
        FROM answer a JOIN task t ON t.tenant = a.tenant AND t.task = a.task
       WHERE {COUNTS} AND a.tenant = $1 AND a.project = $2 AND a.item = r.item
         AND a.generation = r.generation AND {_BLIND}
         AND NOT a.rejected AND a.gold IS NULL AND a.stage IN ('annotate', 'expert') AND a.answer_token = (
             SELECT l.answer_token FROM answer l
              WHERE l.tenant = $1 AND l.project = $2 AND l.item = r.item AND l.generation = r.generation
                AND l.stage = 'expert' ORDER BY l.submitted_at DESC, l.lease DESC LIMIT 1)) said ON true
   WHERE r.tenant = $1 AND r.project = $2 AND r.item IN (SELECT item FROM judged) AND r.rework IS NULL
     AND ($6::uuid[] IS NULL OR r.task = ANY($6))
     AND NOT EXISTS (SELECT 1 FROM gold g WHERE g.tenant = $1 AND g.item = r.item)
     AND NOT EXISTS (SELECT 1 FROM taught_item k WHERE k.tenant = $1 AND k.item = r.item)
     AND NOT EXISTS (
         SELECT 1 FROM task t WHERE t.tenant = $1 AND t.item = r.item AND t.stage <> 'review' AND (
              EXISTS (SELECT 1 FROM open_slot s WHERE s.tenant = $1 AND s.task = t.task)
           OR EXISTS (SELECT 1 FROM held_slot s WHERE s.tenant = $1 AND s.task = t.task)
           OR EXISTS (SELECT 1 FROM lease l WHERE l.tenant = $1 AND l.task = t.task)))
)
SELECT item, task, result, decided_by, confidence_ppm, judgments, how FROM (
  SELECT b.*, CASE
    WHEN decided_by = 'aggregate' AND confidence_ppm >= {SURE_PPM} AND blind >= 2
     AND EXISTS (SELECT 1 FROM review v WHERE v.tenant = $1 AND v.item = b.item AND v.task = b.task AND v.sampled
                    AND v.verdict = 'accept' AND v.passed AND v.reason = ANY($7::text[]))
     AND NOT EXISTS (SELECT 1 FROM review v WHERE v.tenant = $1 AND v.item = b.item AND v.task = b.task AND v.sampled
                        AND (v.verdict IS DISTINCT FROM 'accept' OR v.passed IS NULL)) THEN 'review'
    WHEN decided_by = 'expert' AND experts >= 2 THEN 'experts'
    WHEN decided_by = 'expert' AND agreeing >= 2 AND 2 * agreeing > blind THEN 'expert' END AS how
    FROM beyond_doubt b) found
 WHERE how IS NOT NULL AND item > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000') ORDER BY item LIMIT $4
"""
SHOWING = """
SELECT w.version || '/' || (s ->> 'name') AS place FROM workflow w, jsonb_array_elements(w.steps) s
 WHERE w.tenant = $1 AND w.project = $2 AND jsonb_array_length(coalesce(s -> 'shows', '[]'::jsonb)) > 0
"""
# Answers that were drawn by lot and judged: how many of each person's were right.
REVIEWED_BY_LOT = f"""
SELECT author AS annotator, count(*) FILTER (WHERE passed)::int AS correct, count(*)::int AS total
  FROM review r WHERE tenant = $1 AND project = $2 AND sampled AND passed IS NOT NULL AND reason = ANY($3::text[])
   AND NOT {weightless("r", given_at("r"), "author")}
 GROUP BY 1 ORDER BY 1
"""


async def candidates(
    conn: asyncpg.Connection,
    tenant: TenantId,
    project: UUID,
    *,
    after: UUID | None = None,
    most: int,
    of_tasks: Sequence[UUID] | None = None,
) -> list[dict[str, Any]]:
    """Items by id whose result may become gold (ciphertext), and `how` it came to be beyond doubt: review, expert, or
    experts; of these tasks alone, if any are named."""
    showing = [row["place"] for row in await conn.fetch(SHOWING, tenant, project)]
    tasks = None if of_tasks is None else list(of_tasks)
    found = await conn.fetch(CANDIDATES, tenant, project, after, most, showing, tasks, list(BY_LOT))
    return [dict(row) for row in found]


async def reviewed_by_lot(conn: asyncpg.Connection, tenant: TenantId, project: UUID) -> list[dict[str, Any]]:
    """Who of the project was reviewed by lot: annotator, correct, total."""
    return [dict(row) for row in await conn.fetch(REVIEWED_BY_LOT, tenant, project, list(BY_LOT))]
