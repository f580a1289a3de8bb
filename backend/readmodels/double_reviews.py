"""Double reviews: which words of experts were drawn to be looked at again, who looked, and what it came to."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg
from sqlalchemy import Boolean, Column, Index, Integer, Text

from backend.events import double_review as ev
from backend.events.base import Recorded
from backend.events.ids import TenantId, uuid8
from backend.events.store.schema import instant, key, ref, tenant_table
from backend.readmodels.projection import Projection, columns

double_review = tenant_table(
    "double_review",
    key("escalation"),
    ref("task"),
    ref("item"),
    ref("project"),
    ref("expert"),
    ref("lease"),
    Column("period", Integer, nullable=False),
    Column("rate_ppm", Integer, nullable=False),
    Column("draw", Text, nullable=False),
    Column("sampled", Boolean, nullable=False),
    Column("drawn_at", instant(), nullable=False),
    ref("second", nullable=True),
    ref("second_lease", nullable=True),
    ref("third", nullable=True),
    ref("third_lease", nullable=True),
    Column("outcome", Text),
    Column("corrected", Boolean),
    Column("closed_at", instant()),
    Index("double_review_period", "tenant", "project", "period", "lease"),
)

DRAWN = """
INSERT INTO double_review (tenant, escalation, task, item, project, expert, lease, period, rate_ppm, draw, sampled,
                           drawn_at)
SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[], $8::int[], $9::int[],
                         $10::text[], $11::bool[], $12::timestamptz[])
"""
DIFFERED = """
UPDATE double_review d SET second = n.expert, second_lease = n.lease
  FROM unnest($2::uuid[], $3::uuid[], $4::uuid[]) n(escalation, expert, lease)
 WHERE d.tenant = $1 AND d.escalation = n.escalation
"""
# Who speaks last is the second where they agree, else the third.
CLOSED = """
UPDATE double_review d
   SET outcome = n.outcome, corrected = n.corrected, closed_at = n.at,
       second = CASE WHEN n.outcome = 'agreed' THEN n.expert ELSE d.second END,
       second_lease = CASE WHEN n.outcome = 'agreed' THEN n.lease ELSE d.second_lease END,
       third = CASE WHEN n.outcome <> 'agreed' THEN n.expert END,
       third_lease = CASE WHEN n.outcome <> 'agreed' THEN n.lease END
  FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::bool[], $7::timestamptz[])
       n(escalation, expert, lease, outcome, corrected, at)
 WHERE d.tenant = $1 AND d.escalation = n.escalation
"""


def stream_of(escalation: UUID) -> UUID:
    """The stream of the double review of what resolved this escalation."""
    return uuid8(escalation, "double-review")


def task_of(escalation: UUID, *, third: bool = False) -> UUID:
    """The task in which the second expert answers, or the third."""
    return uuid8(escalation, "double-third-task" if third else "double-second-task")


async def _drawn(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    names = ("escalation", "task", "item", "project", "expert", "lease", "period", "rate_ppm", "draw")
    await conn.execute(DRAWN, tenant, *columns(facts, *names, "sampled"), [fact.at for fact in facts])


async def _differed(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    await conn.execute(DIFFERED, tenant, *columns(facts, "escalation", "expert", "lease"))


async def _closed(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    told = columns(facts, "escalation", "expert", "lease", "outcome", "corrected")
    await conn.execute(CLOSED, tenant, *told, [fact.at for fact in facts])


# Each of these happens once to a double review, so no statement meets a row twice.
DOUBLE_REVIEWS = Projection(
    "double_reviews",
    (double_review,),
    {
        ev.DoubleReviewDrawn: _drawn,
        ev.DoubleReviewDiffered: _differed,
        ev.DoubleReviewClosed: _closed,
    },
)

STATE = """CASE WHEN NOT sampled THEN 'passed' WHEN outcome IS NOT NULL THEN 'closed'
                WHEN second IS NOT NULL THEN 'differed' ELSE 'waiting' END"""
PAGE = f"""
SELECT *, {STATE} AS state FROM double_review
 WHERE tenant = $1 AND project = $2 AND ($3::uuid IS NULL OR escalation > $3) AND ($4::text IS NULL OR {STATE} = $4)
 ORDER BY escalation LIMIT $5
"""
COUNTS = """
SELECT count(*)::int AS drawn, (count(*) FILTER (WHERE sampled))::int AS sampled,
       (count(*) FILTER (WHERE outcome = 'agreed'))::int AS agreed,
       (count(*) FILTER (WHERE outcome = 'first'))::int AS first,
       (count(*) FILTER (WHERE outcome = 'second'))::int AS second,
       (count(*) FILTER (WHERE outcome = 'third'))::int AS third,
       (count(*) FILTER (WHERE corrected))::int AS corrected,
       (count(*) FILTER (WHERE second IS NOT NULL AND outcome IS NULL))::int AS differed
  FROM double_review WHERE tenant = $1 AND project = $2
"""
DRAWS = """
SELECT lease, rate_ppm, draw, sampled FROM double_review
 WHERE tenant = $1 AND project = $2 AND period = $3 AND ($4::uuid IS NULL OR lease > $4) ORDER BY lease LIMIT $5
"""
OF_TASKS = "SELECT escalation FROM double_review WHERE tenant = $1 AND task = ANY($2::uuid[])"
ANSWERS = "SELECT * FROM answer WHERE tenant = $1 AND lease = ANY($2::uuid[])"
