"""Which other labels were shown under a lease; and how labels look, of work that waits and of gold like it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Column, Index
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as Uuid

from backend.events import review
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import instant, key, ref, tenant_table
from backend.readmodels.projection import Projection

shown = tenant_table(
    "labels_shown",
    key("lease"),
    ref("annotator"),
    ref("project"),
    ref("item"),
    Column("answers", ARRAY(Uuid(as_uuid=True)), nullable=False),
    Column("predictions", ARRAY(Uuid(as_uuid=True)), nullable=False),
    Column("at", instant(), nullable=False),
    Index("labels_shown_item", "tenant", "item", "annotator"),
)
SHOWN = """
INSERT INTO labels_shown (tenant, lease, annotator, project, item, answers, predictions, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""


async def _shown(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    told = [(fact.event, fact.at) for fact in facts]
    rows = [
        (tenant, e.lease, e.annotator, e.project, e.item, list(e.answers), list(e.predictions), at)
        for e, at in told
    ]
    await conn.executemany(SHOWN, rows)


LABELS_SHOWN = Projection("labels_shown", (shown,), {review.LabelsShown: _shown})

OF_LEASES = "SELECT * FROM labels_shown WHERE tenant = $1 AND lease = ANY($2::uuid[])"
# What one person was shown of an item before: what comes back looks as it did.
BEFORE = """
SELECT DISTINCT ON (s.item, s.annotator) s.item, s.annotator, s.answers, s.predictions
  FROM unnest($2::uuid[], $3::uuid[]) n(item, annotator)
  JOIN labels_shown s ON s.tenant = $1 AND s.item = n.item AND s.annotator = n.annotator
 ORDER BY s.item, s.annotator, s.at DESC, s.lease DESC
"""
# The labels of items as work ($5 false: without what was answered to them as gold, in one generation) or as gold;
# without the answer under review: `subject`, or that of the review `task`.
OF_ITEMS = """
SELECT q.place, a.lease AS source, a.annotator AS by, a.answer_token AS token, false AS of_model
  FROM unnest($2::uuid[], $3::uuid[], $4::int[], $5::bool[], $6::uuid[], $7::uuid[]) WITH ORDINALITY
       AS q(project, item, generation, gold, subject, task, place)
  LEFT JOIN task t ON t.tenant = $1 AND t.task = q.task
  JOIN answer a ON a.tenant = $1 AND a.project = q.project AND a.item = q.item AND a.stage = 'annotate'
   AND NOT a.rejected AND a.lease IS DISTINCT FROM coalesce(q.subject, t.subject)
   AND (q.gold OR (a.gold IS NULL AND a.generation = q.generation))
UNION ALL
SELECT q.place, p.prediction, p.model, p.answer_token, true
  FROM unnest($2::uuid[], $3::uuid[], $4::int[], $5::bool[], $6::uuid[], $7::uuid[]) WITH ORDINALITY
       AS q(project, item, generation, gold, subject, task, place)
  JOIN prediction p ON p.tenant = $1 AND p.item = q.item
"""
# For each person and lane one of the first slots that they may get there, by the lot of a seed, as what it will be
# shown like: gold that is put among them looks like it.
WAITING = """
SELECT q.place, o.project, o.item, o.generation, o.task
  FROM unnest($2::uuid[], $3::uuid[], $4::bool[], $5::text[]) WITH ORDINALITY
       AS q(annotator, lane, reviews, seed, place)
 CROSS JOIN LATERAL (
   SELECT f.task, f.item, f.generation, f.project FROM (
          SELECT s.task, s.item, s.generation, l.project FROM open_slot s
            JOIN lane l ON l.tenant = s.tenant AND l.lane = s.lane
           WHERE s.tenant = $1 AND s.lane = q.lane
             AND NOT EXISTS (SELECT 1 FROM worked w WHERE w.tenant = $1 AND w.annotator = q.annotator
                                AND w.item = s.item AND w.generation = s.generation
                                AND NOT (q.reviews AND w.as_reviewer))
           ORDER BY s.ord LIMIT 20) f
    ORDER BY md5(f.task::text || q.seed) LIMIT 1) o
"""
# What they say, to be opened: of answers and of predictions.
SAYING = """
SELECT project, lease AS source, answer, false AS of_model FROM answer
 WHERE tenant = $1 AND lease = ANY($2::uuid[])
UNION ALL
SELECT project, prediction, answer, true FROM prediction WHERE tenant = $1 AND prediction = ANY($3::uuid[])
"""
# Of a project's gold for work: how much has a model's label, how much a person's, and how much both and one more, so
# that a review of it can show both.
STOCK = """
SELECT count(*)::int AS active,
       (count(*) FILTER (WHERE p))::int AS predicted, (count(*) FILTER (WHERE n > 0))::int AS answered,
       (count(*) FILTER (WHERE p AND n > 1))::int AS both
  FROM (SELECT EXISTS (SELECT 1 FROM prediction p WHERE p.tenant = $1 AND p.item = g.item) AS p,
               (SELECT count(*) FROM answer a WHERE a.tenant = $1 AND a.project = g.project AND a.item = g.item
                   AND a.stage = 'annotate' AND NOT a.rejected) AS n
          FROM gold g WHERE g.tenant = $1 AND g.project = $2 AND g.why IS NULL AND NOT g.exam_only) g
"""


def enough(people: str, kinds: str, models: str) -> str:
    """SQL: whether gold `g` has at least so many people's labels, of so many kinds, and those of all these models;
    true where `people` is null: nothing is asked."""
    return f"""({people} IS NULL OR (
        (SELECT count(DISTINCT a.annotator) >= {people} AND count(DISTINCT a.answer_token) >= {kinds} FROM answer a
          WHERE a.tenant = $1 AND a.project = q.project AND a.item = g.item AND a.stage = 'annotate' AND NOT a.rejected)
        AND cardinality({models}::uuid[]) = (
            SELECT count(*) FROM prediction p
             WHERE p.tenant = $1 AND p.item = g.item AND p.model = ANY({models}::uuid[]))))"""


async def rows(conn: asyncpg.Connection, sql: str, *args: Any) -> list[dict[str, Any]]:
    """Plain dictionaries of one of the queries above."""
    return [dict(row) for row in await conn.fetch(sql, *args)]


async def of_leases(
    conn: asyncpg.Connection, tenant: TenantId, leases: Sequence[UUID]
) -> dict[UUID, tuple[list[UUID], list[UUID]]]:
    """Lease -> the answers and the predictions that are shown under it; no query for none."""
    found = await rows(conn, OF_LEASES, tenant, list(leases)) if leases else []
    return {row["lease"]: (list(row["answers"]), list(row["predictions"])) for row in found}
