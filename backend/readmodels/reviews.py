"""Reviews drawn and given."""

from collections.abc import Sequence

import asyncpg
from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, Text

from backend.events import proficiency as scores
from backend.events import review as ev
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import instant, key, ref, tenant_table
from backend.readmodels.projection import Projection, columns
from backend.readmodels.review_fold import REST_OF_LOT

review = tenant_table(
    "review",
    key("review"),
    ref("lease"),
    ref("task"),
    ref("item"),
    ref("project"),
    ref("author"),
    Column("period", Integer, nullable=False),
    Column("rate_ppm", Integer, nullable=False),
    Column("draw", Text, nullable=False),
    Column("sampled", Boolean, nullable=False),
    Column("verdict", Text),
    ref("reviewer", nullable=True),
    Column("correction", LargeBinary),
    Column("given_at", instant()),
    Column("reason", Text, nullable=False),
    Column("answer_class", Text),
    Column("risk_ppm", Integer),
    Column("threshold_ppm", Integer),
    Column("basis_index", BigInteger, nullable=False),
    # Whether the review found the answer right, by the scoring in force then; None of what was let through in bulk, at
    # which nobody has looked.
    Column("passed", Boolean),
    # The act that decided many alike.
    ref("bulk", nullable=True),
    Index("review_lease", "tenant", "lease", unique=True),
    Index("review_task", "tenant", "task"),
    Index("review_item", "tenant", "item"),
    Index("review_period", "tenant", "project", "period", "lease"),
)

DRAWN = """
INSERT INTO review (tenant, review, lease, task, item, project, author, period, rate_ppm, draw, sampled, reason,
                    answer_class, risk_ppm, threshold_ppm, basis_index)
SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[], $8::int[], $9::int[],
                         $10::text[], $11::bool[], $12::text[], $13::text[], $14::int[], $15::int[], $16::bigint[])
ON CONFLICT (tenant, review) DO UPDATE
   SET rate_ppm = excluded.rate_ppm, sampled = excluded.sampled, reason = excluded.reason
"""
VERDICT = """
UPDATE review r SET verdict = n.verdict, reviewer = n.reviewer, correction = n.correction, passed = n.passed,
                    bulk = n.bulk, given_at = n.at
  FROM unnest($2::uuid[], $3::text[], $4::uuid[], $5::bytea[], $6::uuid[], $7::bool[], $8::timestamptz[])
       AS n(review, verdict, reviewer, correction, bulk, passed, at)
 WHERE r.tenant = $1 AND r.review = n.review AND r.review = ANY($2::uuid[])
"""
# A dispute about it was won: the verdict stays what was said, and counts otherwise, or not at all.
CORRECTED = """
UPDATE review SET passed = $3 WHERE tenant = $1 AND lease = $2 AND verdict IS NOT NULL AND passed IS NOT NULL
"""

DRAWN_FIELDS = (
    "review lease task item project author period rate_ppm draw sampled reason answer_class risk_ppm threshold_ppm"
    " basis_index"
).split()


async def _drawn(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    # What was passed over and is drawn once more is its second fact: one statement cannot touch a row twice.
    for again in (False, True):
        batch = [fact for fact in facts if (fact.event.reason == REST_OF_LOT) is again]
        if batch:
            await conn.execute(DRAWN, tenant, *columns(batch, *DRAWN_FIELDS))


async def _verdict(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    # A review has one verdict, so no row is met twice.
    passed = [f.event.passed if f.event.inspected else None for f in facts]
    told = columns(facts, "review", "verdict", "reviewer", "correction", "bulk")
    await conn.execute(VERDICT, tenant, *told, passed, [f.at for f in facts])


async def _corrected(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: scores.ScoreCorrected = fact.event
        if e.source == "review":
            await conn.execute(CORRECTED, tenant, e.lease, e.now)


REVIEWS = Projection(
    "reviews",
    (review,),
    {
        ev.ReviewDrawn: _drawn,
        ev.VerdictGiven: _verdict,
        scores.ScoreCorrected: _corrected,
    },
)

REVIEWS_OF_LEASES = "SELECT * FROM review WHERE tenant = $1 AND lease = ANY($2::uuid[]) ORDER BY review"
REVIEWS_OF_TASKS = (
    "SELECT * FROM review WHERE tenant = $1 AND task = ANY($2::uuid[]) AND sampled ORDER BY review"
)
