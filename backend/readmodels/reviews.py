"""Reviews drawn and given, and escalations open and resolved."""

from collections.abc import Sequence

import asyncpg
from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, Text

from backend.events import review as ev
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import instant, key, ref, tenant_table
from backend.readmodels.projection import Projection, columns

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
    Index("review_lease", "tenant", "lease", unique=True),
    Index("review_task", "tenant", "task"),
    Index("review_item", "tenant", "item"),
)

escalation = tenant_table(
    "escalation",
    key("escalation"),
    ref("task"),
    ref("item"),
    ref("project"),
    Column("reason", Text, nullable=False),
    ref("raised_by", nullable=True),
    Column("opened_at", instant(), nullable=False),
    ref("expert", nullable=True),
    ref("lease", nullable=True),
    Column("resolved_at", instant()),
    Index("escalation_item", "tenant", "item"),
    Index("escalation_task", "tenant", "task"),
)

DRAWN = """
INSERT INTO review (tenant, review, lease, task, item, project, author, period, rate_ppm, draw, sampled)
SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[], $8::int[], $9::int[],
                         $10::text[], $11::bool[])
"""
VERDICT = """
UPDATE review SET verdict = $3, reviewer = $4, correction = $5, given_at = $6 WHERE tenant = $1 AND review = $2
"""
OPENED = """
INSERT INTO escalation (tenant, escalation, task, item, project, reason, raised_by, opened_at)
SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::uuid[], $8::timestamptz[])
"""
RESOLVED = (
    "UPDATE escalation SET expert = $3, lease = $4, resolved_at = $5 WHERE tenant = $1 AND escalation = $2"
)

DRAWN_FIELDS = (
    "review",
    "lease",
    "task",
    "item",
    "project",
    "author",
    "period",
    "rate_ppm",
    "draw",
    "sampled",
)


async def _drawn(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    await conn.execute(DRAWN, tenant, *columns(facts, *DRAWN_FIELDS))


async def _verdict(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: ev.VerdictGiven = fact.event
        await conn.execute(VERDICT, tenant, e.review, e.verdict, e.reviewer, e.correction, fact.at)


async def _opened(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    names = ("escalation", "task", "item", "project", "reason", "raised_by")
    await conn.execute(OPENED, tenant, *columns(facts, *names), [f.at for f in facts])


async def _resolved(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: ev.EscalationResolved = fact.event
        await conn.execute(RESOLVED, tenant, e.escalation, e.expert, e.lease, fact.at)


REVIEWS = Projection(
    "reviews",
    (review, escalation),
    {
        ev.ReviewDrawn: _drawn,
        ev.VerdictGiven: _verdict,
        ev.EscalationOpened: _opened,
        ev.EscalationResolved: _resolved,
    },
)

REVIEWS_OF_LEASES = "SELECT * FROM review WHERE tenant = $1 AND lease = ANY($2::uuid[]) ORDER BY review"
REVIEWS_OF_TASKS = (
    "SELECT * FROM review WHERE tenant = $1 AND task = ANY($2::uuid[]) AND sampled ORDER BY review"
)
ESCALATIONS_OF_ITEMS = (
    "SELECT * FROM escalation WHERE tenant = $1 AND item = ANY($2::uuid[]) ORDER BY escalation"
)
ESCALATIONS_OF_TASKS = (
    "SELECT * FROM escalation WHERE tenant = $1 AND task = ANY($2::uuid[]) ORDER BY escalation"
)
