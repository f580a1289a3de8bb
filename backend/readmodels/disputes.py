"""Disputes as they stand, gold that was disclosed, and what projects tell their people: true at once."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, SmallInteger, Text
from sqlalchemy import text as sql_text

from backend.events import disputes as ev
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import instant, key, ref, tenant_table
from backend.readmodels.projection import Projection, execute_each

dispute = tenant_table(
    "dispute",
    key("dispute"),
    ref("lease"),
    ref("annotator"),
    ref("project"),
    ref("item"),
    Column("generation", SmallInteger, nullable=False),
    ref("skill"),
    Column("source", Text, nullable=False),
    ref("gold", nullable=True),
    ref("review", nullable=True),
    ref("judged_by", nullable=True),
    ref("keyed_by", nullable=True),
    Column("reason", LargeBinary, nullable=False),
    Column("opened_at", instant(), nullable=False),
    # Who looks at it, until when.
    ref("holder", nullable=True),
    Column("until", instant()),
    # What it came to, None while it is open.
    Column("outcome", Text),
    ref("resolved_by", nullable=True),
    Column("resolved_at", instant()),
    Column("words", LargeBinary),
    # By what became of the key it was held against: nobody looked.
    Column("settled", Boolean, nullable=False, server_default=sql_text("false")),
    Index("dispute_lease", "tenant", "lease", unique=True),
    Index("dispute_annotator", "tenant", "annotator", "dispute"),
    Index("dispute_project", "tenant", "project", "dispute"),
    Index("dispute_gold", "tenant", "gold", postgresql_where=sql_text("gold IS NOT NULL")),
    Index("dispute_open", "tenant", "opened_at", postgresql_where=sql_text("outcome IS NULL")),
)

gold_disclosed = tenant_table(
    "gold_disclosed",
    key("gold"),
    ref("project"),
    ref("item"),
    Column("truth", LargeBinary, nullable=False),
    Column("explanation", LargeBinary, nullable=False),
    Column("disclosed_at", instant(), nullable=False),
)

feedback_setting = tenant_table(
    "feedback_setting",
    key("project"),
    Column("version", Integer, nullable=False),
    Column("review_notes", Boolean, nullable=False),
    Column("corrections", Boolean, nullable=False),
    Column("dispute_days", Integer, nullable=False),
)

OPENED = """
INSERT INTO dispute (tenant, dispute, lease, annotator, project, item, generation, skill, source, gold, review,
                     judged_by, keyed_by, reason, opened_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
"""
TAKEN = "UPDATE dispute SET holder = $3, until = $4 WHERE tenant = $1 AND dispute = $2"
RETURNED = "UPDATE dispute SET holder = NULL, until = NULL WHERE tenant = $1 AND dispute = $2"
RESOLVED = """
UPDATE dispute SET outcome = $3, resolved_by = $4, resolved_at = $5, words = $6, settled = $7, holder = NULL,
       until = NULL
 WHERE tenant = $1 AND dispute = $2
"""
# Other words later: it was disclosed at the first time, and with the truth of then.
DISCLOSED = """
INSERT INTO gold_disclosed (tenant, gold, project, item, truth, explanation, disclosed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (tenant, gold) DO UPDATE SET explanation = excluded.explanation
"""
SET = """
INSERT INTO feedback_setting (tenant, project, version, review_notes, corrections, dispute_days)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (tenant, project) DO UPDATE
   SET version = excluded.version, review_notes = excluded.review_notes, corrections = excluded.corrections,
       dispute_days = excluded.dispute_days
"""
OPENED_FIELDS = (
    "dispute lease annotator project item generation skill source gold review judged_by keyed_by reason"
).split()


async def _opened(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        told = [getattr(fact.event, name) for name in OPENED_FIELDS]
        await conn.execute(OPENED, tenant, *told, fact.at)


async def _resolved(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: ev.DisputeResolved = fact.event
        await conn.execute(RESOLVED, tenant, e.dispute, e.outcome, e.by, fact.at, e.reason, e.settled)


async def _disclosed(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: ev.GoldDisclosed = fact.event
        told = (e.gold, e.project, e.item, e.truth, e.explanation)
        await conn.execute(DISCLOSED, tenant, *told, fact.at)


DISPUTES = Projection(
    "disputes",
    (dispute, gold_disclosed, feedback_setting),
    {
        ev.DisputeOpened: _opened,
        ev.DisputeTaken: execute_each(TAKEN, "dispute", "by", "until"),
        ev.DisputeReturned: execute_each(RETURNED, "dispute"),
        ev.DisputeResolved: _resolved,
        ev.GoldDisclosed: _disclosed,
        ev.FeedbackSet: execute_each(
            SET, "project", "version", "review_notes", "corrections", "dispute_days"
        ),
    },
)

BY_IDS = "SELECT dispute FROM dispute WHERE tenant = $1 AND dispute = ANY($2::uuid[])"
FIND = "SELECT * FROM dispute WHERE tenant = $1 AND dispute = $2"
_STATE = "CASE WHEN outcome IS NOT NULL THEN 'resolved' WHEN holder IS NOT NULL THEN 'taken' ELSE 'open' END"
LIST = f"""
SELECT * FROM dispute
 WHERE tenant = $1 AND ($2::uuid IS NULL OR annotator = $2) AND ($3::uuid IS NULL OR project = $3)
   AND ($4::text IS NULL OR {_STATE} = $4) AND ($5::text IS NULL OR outcome = $5)
   AND ($6::timestamptz IS NULL OR (opened_at, dispute) < ($6, $7::uuid))
 ORDER BY opened_at DESC, dispute DESC LIMIT $8
"""
SUMMARY = f"""
SELECT count(*) FILTER (WHERE {_STATE} = 'open')::int AS open, count(*) FILTER (WHERE {_STATE} = 'taken')::int AS taken,
       count(*) FILTER (WHERE outcome = 'upheld')::int AS upheld,
       count(*) FILTER (WHERE outcome = 'reversed')::int AS reversed,
       count(*) FILTER (WHERE outcome = 'void')::int AS void,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM resolved_at - opened_at)::float8) AS seconds
  FROM dispute WHERE tenant = $1 AND ($2::uuid IS NULL OR annotator = $2) AND ($3::uuid IS NULL OR project = $3)
"""
# Whether somebody has answered or judged the item in any role, or holds it now.
MET = """
SELECT EXISTS (SELECT 1 FROM answer a WHERE a.tenant = $1 AND a.project = $2 AND a.item = $3 AND a.annotator = $4)
    OR EXISTS (SELECT 1 FROM lease l WHERE l.tenant = $1 AND l.annotator = $4 AND l.item = $3)
"""
# What nobody looks at and $2 may decide, the oldest first; who is erased gains nothing by it any more.
NEXT = """
SELECT d.* FROM dispute d JOIN person p ON p.tenant = d.tenant AND p.annotator = d.annotator
 WHERE d.tenant = $1 AND d.outcome IS NULL AND (d.holder IS NULL OR d.until <= $4) AND d.project = ANY($3::uuid[])
   AND p.status <> 'erased' AND d.annotator <> $2 AND d.judged_by IS DISTINCT FROM $2 AND d.keyed_by IS DISTINCT FROM $2
   AND NOT EXISTS (SELECT 1 FROM answer a WHERE a.tenant = d.tenant AND a.project = d.project AND a.item = d.item
                      AND a.annotator = $2)
   AND NOT EXISTS (SELECT 1 FROM lease l WHERE l.tenant = d.tenant AND l.annotator = $2 AND l.item = d.item)
 ORDER BY d.opened_at, d.dispute LIMIT 1 FOR UPDATE OF d SKIP LOCKED
"""
HELD_BY = """
SELECT * FROM dispute WHERE tenant = $1 AND holder = $2 AND until > $3 AND outcome IS NULL
   AND ($4::uuid IS NULL OR project = $4) ORDER BY opened_at, dispute LIMIT 1
"""
WAITING = """
SELECT project, count(*)::int AS n FROM dispute
 WHERE tenant = $1 AND outcome IS NULL AND ($2::uuid IS NULL OR project = $2) GROUP BY project ORDER BY project
"""
OVER = "SELECT dispute FROM dispute WHERE tenant = $1 AND outcome IS NULL AND until <= $2 ORDER BY until LIMIT $3"
DUE = "EXISTS (SELECT 1 FROM dispute WHERE tenant = $1 AND outcome IS NULL AND until <= $2)"
REVERSALS = "SELECT count(*)::int FROM dispute WHERE tenant = $1 AND gold = $2 AND outcome = 'reversed' AND NOT settled"
ANSWER = "SELECT * FROM answer WHERE tenant = $1 AND lease = $2"
SETTING = "SELECT * FROM feedback_setting WHERE tenant = $1 AND project = ANY($2::uuid[])"


async def fetch(conn: asyncpg.Connection, sql: str, *args: Any) -> list[dict[str, Any]]:
    """Plain dictionaries of one of the queries above."""
    return [dict(row) for row in await conn.fetch(sql, *args)]


async def find(conn: asyncpg.Connection, tenant: TenantId, one: UUID) -> dict[str, Any] | None:
    """A dispute's row."""
    row = await conn.fetchrow(FIND, tenant, one)
    return dict(row) if row else None
