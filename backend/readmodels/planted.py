"""Answers to gold that reviewers can be shown as if they were work, and whether they found what was wrong with them."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg
from sqlalchemy import Boolean, Column, Index

from backend.events import leases, review
from backend.events import proficiency as scores
from backend.events.base import Recorded
from backend.events.ids import TenantId, uuid8
from backend.events.store.schema import instant, key, ref, tenant_table
from backend.readmodels.gold_families import kin_unmet
from backend.readmodels.labels_shown import enough
from backend.readmodels.projection import Projection, columns

# What somebody really answered to a gold item, right or wrong, and the task under which it is shown to reviewers.
subject = tenant_table(
    "planted_subject",
    key("lease"),
    ref("task"),
    ref("gold"),
    ref("annotator"),
    # None where it is not known any more: the key was wrong.
    Column("correct", Boolean),
    Index("planted_subject_task", "tenant", "task"),
    Index("planted_subject_gold", "tenant", "gold", "correct"),
)
planted = tenant_table(
    "planted",
    key("lease"),
    ref("reviewer"),
    ref("project"),
    ref("skill"),
    ref("gold"),
    ref("subject"),
    # Whether the answer was one, as far as is known now; None where the key was wrong, which says nothing of anybody.
    Column("error", Boolean),
    Column("found", Boolean, nullable=False),
    Column("bulk", Boolean, nullable=False),
    Column("at", instant(), nullable=False),
    Index("planted_project", "tenant", "project"),
    Index("planted_of", "tenant", "subject"),
)

ANSWERED = """
INSERT INTO planted_subject (tenant, lease, task, gold, annotator, correct)
SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::bool[]) ON CONFLICT DO NOTHING
"""
SCORED = """
INSERT INTO planted (tenant, lease, reviewer, project, skill, gold, subject, error, found, bulk, at)
SELECT $1, n.lease, n.reviewer, n.project, n.skill, n.gold, n.subject,
       CASE WHEN s.lease IS NULL THEN n.error ELSE NOT s.correct END, n.found, n.bulk, n.at
  FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[], $8::bool[], $9::bool[],
              $10::bool[], $11::timestamptz[])
       AS n(lease, reviewer, project, skill, gold, subject, error, found, bulk, at)
  LEFT JOIN planted_subject s ON s.tenant = $1 AND s.lease = n.subject
"""
# A dispute about the answer was won, or its key was wrong: what reviewers found in it is held against that.
CORRECTED = """
WITH now AS (UPDATE planted_subject SET correct = $3 WHERE tenant = $1 AND lease = $2)
UPDATE planted SET error = NOT $3::bool WHERE tenant = $1 AND subject = $2
"""


def task_of(lease: UUID) -> UUID:
    """The task under which reviewers are shown what was answered under this lease: it is in no lane and no report."""
    return uuid8(lease, "planted")


async def _answered(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    lease, gold, annotator, correct = columns(facts, "lease", "gold", "annotator", "correct")
    await conn.execute(ANSWERED, tenant, lease, [task_of(one) for one in lease], gold, annotator, correct)


async def _scored(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    names = ("lease", "reviewer", "project", "skill", "gold", "subject", "error", "found", "bulk")
    await conn.execute(SCORED, tenant, *columns(facts, *names), [fact.at for fact in facts])


async def _corrected(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    told = [(tenant, e.lease, e.now) for e in (fact.event for fact in facts) if e.source == "gold"]
    await conn.executemany(CORRECTED, told)


PLANTED = Projection(
    "planted",
    (subject, planted),
    {leases.GoldScored: _answered, review.PlantedScored: _scored, scores.ScoreCorrected: _corrected},
)

# For each person one answer to a gold item of the project that they never met and did not give: what they gave back
# just now, otherwise right or wrong as `q` asks, or the other way; by the lot of their seed, first a few gold items and
# then one answer to one of them. Only where the lane has a review to give, whose place (`head`) it takes.
# Where other labels are shown (`people` is not null) gold that has as many beside the one under review. `slot`
# numbers the leases under which one answer was shown: two at once are refused by the lease's key, and one tries again.
_UNMET = "SELECT 1 FROM worked w WHERE w.tenant = $1 AND w.annotator = q.reviewer AND w.item = g.item"
_BACK = f"""SELECT e.lease, e.task, e.gold, g.item, g.family FROM lease_ended l
       JOIN planted_subject e ON e.tenant = $1 AND e.task = l.task
       JOIN gold g ON g.tenant = $1 AND g.gold = e.gold
      WHERE l.tenant = $1 AND l.annotator = q.reviewer AND l.gold = q.back AND l.stage = 'review'
        AND NOT EXISTS ({_UNMET} AND NOT w.as_reviewer)
      ORDER BY l.ended_at DESC LIMIT 1"""
_SUBJECT = f"""SELECT s.lease, s.task, s.gold, g.item, g.family FROM (
       SELECT g.gold, g.item, g.family FROM gold g
        WHERE g.tenant = $1 AND g.project = q.project AND g.why IS NULL AND NOT g.exam_only
          AND EXISTS (SELECT 1 FROM planted_subject e WHERE e.tenant = $1 AND e.gold = g.gold AND {{kind}}
                         AND e.annotator <> q.reviewer)
          AND NOT EXISTS ({_UNMET}) AND {kin_unmet("q.reviewer", "q.since")}
          AND {enough("q.people + 1", "q.kinds", "q.models")}
        ORDER BY md5(g.gold::text || q.seed) LIMIT 1) g
     CROSS JOIN LATERAL (
       SELECT e.lease, e.task, e.gold FROM planted_subject e
        WHERE e.tenant = $1 AND e.gold = g.gold AND e.annotator <> q.reviewer AND {{kind}}
        ORDER BY md5(e.lease::text || q.seed) LIMIT 1) s"""
TO_SHOW = f"""
SELECT q.place, s.*, h.ord AS head,
       (SELECT i.payload FROM item i WHERE i.tenant = $1 AND i.item = s.item) AS payload,
       1 + (SELECT count(*) FROM lease l WHERE l.tenant = $1 AND l.task = s.task)
         + (SELECT count(*) FROM lease_ended l WHERE l.tenant = $1 AND l.task = s.task) AS slot
  FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::bool[], $7::uuid[],
              $8::timestamptz[], $9::int[], $10::int[], $11::text[]) WITH ORDINALITY
       AS q(reviewer, project, lane, seed, correct, back, since, people, kinds, models, place)
 CROSS JOIN LATERAL (
   SELECT o.ord FROM open_slot o WHERE o.tenant = $1 AND o.lane = q.lane ORDER BY o.ord LIMIT 1) h
 CROSS JOIN LATERAL (
   SELECT * FROM ({_BACK}) back
   UNION ALL
   SELECT * FROM ({_SUBJECT.format(kind="e.correct = q.correct")}) asked
   UNION ALL
   SELECT * FROM ({_SUBJECT.format(kind="e.correct <> q.correct")}) other
   LIMIT 1) s
"""
# Task -> the answer it shows, like tasks.SUBJECTS for what was drawn.
SUBJECTS = """
SELECT s.task AS review_task, s.correct, a.* FROM planted_subject s
  JOIN answer a ON a.tenant = s.tenant AND a.lease = s.lease
 WHERE s.tenant = $1 AND s.task = ANY($2::uuid[])
"""
GIVEN = "SELECT answer, answer_token FROM answer WHERE tenant = $1 AND lease = $2"
# Planted errors and how many were found, planted right answers and how many were called wrong; `looked` is of those
# errors that were judged by themselves: a verdict on many at once says nothing of what reviewers see.
DETECTION = """
SELECT reviewer, count(*) FILTER (WHERE error) AS errors, count(*) FILTER (WHERE error AND found) AS found,
       count(*) FILTER (WHERE NOT error) AS right_ones, count(*) FILTER (WHERE NOT error AND found) AS called_wrong,
       count(*) FILTER (WHERE error AND NOT bulk) AS looked,
       count(*) FILTER (WHERE error AND found AND NOT bulk) AS seen
  FROM planted WHERE tenant = $1 AND project = $2 GROUP BY reviewer ORDER BY reviewer
"""
