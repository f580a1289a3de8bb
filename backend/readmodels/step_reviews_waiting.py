"""Reviews that wait in steps of workflows: open slots of tasks that judge what the steps before came to, listed beside
those of drawn answers.

Such a task names no answer. What it judges is what its step shows, the first that was decided, or else the newest
decision that leads to it (usecases/tasks/standing.py says the same). Whose that is can be told where one answer is all
it rests on; filters about answers mean any of those it rests on."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg

from backend.events.ids import TenantId
from backend.readmodels import review_waiting
from backend.readmodels.review_waiting import TAKE, Row, Wanted

# (version, review step) -> the steps whose decisions it may judge, the first wanted one first.
_ABOUT = """
WITH about AS MATERIALIZED (
  SELECT w.version, s ->> 'name' AS step, x.shown, x.rank
    FROM workflow w CROSS JOIN LATERAL jsonb_array_elements(w.steps) s CROSS JOIN LATERAL (
      SELECT f.shown, f.rank
        FROM jsonb_array_elements_text(coalesce(s -> 'shows', '[]'::jsonb)) WITH ORDINALITY f(shown, rank)
      UNION ALL
      SELECT b ->> 'name', 1000000 FROM jsonb_array_elements(w.steps) b
       WHERE (b -> 'then') @> jsonb_build_array(jsonb_build_object('to', s ->> 'name'))) x
   WHERE w.tenant = $1 AND w.project = $2 AND s ->> 'stage' = 'review')
"""
_FROM = """
  FROM open_slot o JOIN task t ON t.tenant = o.tenant AND t.task = o.task
  JOIN item i ON i.tenant = o.tenant AND i.item = o.item
  LEFT JOIN LATERAL (
    SELECT r.task, r.step, r.result, r.decided_at
      FROM about b JOIN step_result r ON r.tenant = $1 AND r.item = o.item AND r.generation = o.generation
       AND r.step = b.shown
     WHERE b.version = t.workflow_version AND b.step = t.step
     ORDER BY b.rank, r.decided_at DESC, r.task DESC LIMIT 1) s ON true
  LEFT JOIN LATERAL (
    SELECT count(*) AS n, array_agg(x.lease) AS leases, array_agg(x.annotator) AS people,
           array_agg(x.answer_class) AS classes, bool_or(x.unsure) AS unsure, max(x.submitted_at) AS last_at
      FROM answer x WHERE x.tenant = $1 AND x.task = s.task AND x.gold IS NULL AND NOT x.rejected) a ON true
  LEFT JOIN person p ON p.tenant = $1 AND p.annotator = a.people[1] AND a.n = 1"""
_AT = "coalesce(a.last_at, s.decided_at, i.imported_at)"
_COLUMNS = f"""o.lane, o.ord, o.task AS review_task, o.slot, o.item, o.generation, o.item_group, t.project,
       t.workflow_version, t.step AS review_step, s.task, coalesce(s.step, '') AS step, s.result AS answer,
       CASE WHEN a.n = 1 THEN a.leases[1] END AS lease, CASE WHEN a.n = 1 THEN a.people[1] END AS annotator,
       CASE WHEN a.n = 1 THEN a.classes[1] END AS answer_class, coalesce(a.unsure, false) AS unsure,
       {_AT} AS submitted_at, NULL::uuid AS review, p.vendor"""
# Of a task that takes several verdicts one place at a time.
_STEPS = """o.tenant = $1 AND t.project = $2 AND t.stage = 'review' AND t.workflow_version > 0 AND t.subject IS NULL
   AND NOT EXISTS (SELECT 1 FROM open_slot u WHERE u.tenant = $1 AND u.task = o.task AND u.slot < o.slot)"""
_FILTERED = f"""{_ABOUT}
SELECT {_COLUMNS}
  {_FROM}
 WHERE {_STEPS} AND o.lane IN (SELECT lane FROM lane WHERE tenant = $1 AND project = $2 AND stage = 'review')
   AND ($3::uuid IS NULL OR $3 = ANY(a.people)) AND ($4::text IS NULL OR $4 = ANY(a.classes))
   AND ($5::text IS NULL OR s.step = $5) AND ($6::bool IS NULL OR coalesce(a.unsure, false) = $6)
   AND ($7::uuid IS NULL OR EXISTS (
        SELECT 1 FROM person v WHERE v.tenant = $1 AND v.annotator = ANY(a.people) AND v.vendor = $7))
   AND ($8::timestamptz IS NULL OR {_AT} >= $8) AND ($9::timestamptz IS NULL OR {_AT} < $9)
   AND ($10::uuid IS NULL OR o.task > $10)
   AND ($11::uuid IS NULL OR NOT EXISTS (
        SELECT 1 FROM worked w WHERE w.tenant = $1 AND w.annotator = $11 AND w.item = o.item
           AND w.generation = o.generation AND NOT w.as_reviewer))
   AND ($13::text IS NULL OR t.step = $13)
 ORDER BY o.task LIMIT $12
"""
# By the task, or by the lease of the one answer that is judged there.
_NAMED = f"""{_ABOUT}
SELECT {_COLUMNS}
  {_FROM}
 WHERE {_STEPS} AND o.task IN (
       SELECT unnest($3::uuid[])
       UNION ALL
       SELECT r.task FROM answer y JOIN task r ON r.tenant = y.tenant AND r.item = y.item
          AND r.generation = y.generation AND r.stage = 'review'
        WHERE y.tenant = $1 AND y.lease = ANY($4::uuid[]))
   AND (o.task = ANY($3) OR (a.n = 1 AND a.leases[1] = ANY($4)))
 ORDER BY o.task{TAKE}
"""
# Those of tasks on which every verdict was one of many: nobody has looked at what was approved so.
ONLY_IN_BULK = """
SELECT a.task FROM answer a JOIN lease_ended l ON l.tenant = a.tenant AND l.lease = a.lease
 WHERE a.tenant = $1 AND a.task = ANY($2::uuid[]) AND a.gold IS NULL AND NOT a.rejected
 GROUP BY a.task HAVING bool_and(l.why LIKE '{"by":"bulk"%')
"""


async def waiting(
    conn: asyncpg.Connection,
    tenant: TenantId,
    project: Row,
    wanted: Wanted,
    *,
    after: UUID | None = None,
    most: int,
    reviewer: UUID | None = None,
) -> list[Row]:
    """All that waits for review in this project (a row of projects), of drawn answers and in steps, in the order of
    their tasks, as `review_waiting.waiting` says. No statement about steps where there is no workflow."""
    about = project["project"]
    found: list[Row] = []
    if wanted.review_step is None:
        found += await review_waiting.waiting(
            conn, tenant, about, wanted, after=after, most=most, reviewer=reviewer
        )
    if project["workflow_version"]:
        sql = _FILTERED + (TAKE if reviewer is not None else "")
        said = (*wanted.of_answers, after, reviewer, most, wanted.review_step)
        found += [dict(row) for row in await conn.fetch(sql, tenant, about, *said)]
    return sorted(found, key=lambda row: row["review_task"].int)[:most]


async def named(
    conn: asyncpg.Connection, tenant: TenantId, project: Row, tasks: Sequence[UUID], leases: Sequence[UUID]
) -> list[Row]:
    """Those of these tasks, and of the tasks that judge the answer under one of these leases alone, that wait in steps
    and that nobody else has under lock; locked. No statement where there is no workflow, or nothing is named."""
    if not project["workflow_version"] or not (tasks or leases):
        return []
    args: tuple[Any, ...] = (tenant, project["project"], list(tasks), list(leases))
    return [dict(row) for row in await conn.fetch(_NAMED, *args)]
