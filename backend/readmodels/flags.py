"""Flags as they stand, and whose answers weigh nothing since when: true in the transaction that says so."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Text
from sqlalchemy import text as sql_text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from backend.events import flags as ev
from backend.events import proficiency as scores
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import instant, key, ref, tenant_table
from backend.readmodels.counting import WEIGHTLESS
from backend.readmodels.projection import Projection, execute_each

flag = tenant_table(
    "flag",
    key("flag"),
    ref("stream"),
    ref("annotator"),
    ref("other", nullable=True),
    ref("skill"),
    ref("project", nullable=True),
    Column("kind", Text, nullable=False),
    Column("amount", Integer, nullable=False),
    # JSON texts.
    Column("evidence", Text, nullable=False),
    Column("threshold", Text, nullable=False),
    Column("since", instant(), nullable=False),
    Column("basis_index", BigInteger, nullable=False),
    Column("raised_at", instant(), nullable=False),
    # What was decided last, or why it was closed; by whom, when and why; None while it is open.
    Column("decision", Text),
    ref("settled_by", nullable=True),
    Column("settled_at", instant()),
    Column("reason", LargeBinary),
    # Whose answers were ever discounted by it, and from when on: what was decided with them may be decided again.
    Column("people", ARRAY(PG_UUID(as_uuid=True)), nullable=False, server_default=sql_text("'{}'::uuid[]")),
    Column("people_since", instant()),
    Index("flag_open", "tenant", "flag", postgresql_where=sql_text("decision IS NULL")),
    Index("flag_annotator", "tenant", "annotator", "flag"),
)

answers_discounted = tenant_table(
    "answers_discounted",
    key("annotator"),
    key("skill"),
    key("flag"),
    Column("since", instant(), nullable=False),
)

RAISED = """
INSERT INTO flag (tenant, flag, stream, annotator, other, skill, project, kind, amount, evidence, threshold, since,
                  basis_index, raised_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
"""
SETTLED = """
UPDATE flag SET decision = $3, settled_by = $4, settled_at = $5, reason = $6 WHERE tenant = $1 AND flag = $2
"""
DISCOUNT = """
INSERT INTO answers_discounted (tenant, annotator, skill, flag, since) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (tenant, annotator, skill, flag) DO UPDATE SET since = excluded.since
"""
AFFECTED = """
UPDATE flag SET people = ARRAY(SELECT DISTINCT unnest(people || $3::uuid) ORDER BY 1),
       people_since = least(people_since, $4)
 WHERE tenant = $1 AND flag = $2
"""
RESTORE = "DELETE FROM answers_discounted WHERE tenant = $1 AND annotator = $2 AND skill = $3 AND flag = $4"


async def _raised(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: ev.FlagRaised = fact.event
        about = (e.annotator, e.other, e.skill, e.project, e.kind, e.amount, e.evidence, e.threshold, e.since)
        await conn.execute(RAISED, tenant, e.flag, fact.stream, *about, e.basis_index, fact.at)


async def _settled(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: ev.FlagSettled = fact.event
        await conn.execute(SETTLED, tenant, e.flag, e.decision, fact.actor.id, fact.at, e.reason)


async def _closed(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: ev.FlagClosed = fact.event
        await conn.execute(SETTLED, tenant, e.flag, e.because, fact.actor.id, fact.at, None)


async def _discounted(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: scores.AnswersDiscounted = fact.event
        await conn.execute(DISCOUNT, tenant, e.annotator, e.skill, e.flag, e.since)
        await conn.execute(AFFECTED, tenant, e.flag, e.annotator, e.since)


FLAGS = Projection(
    "flags",
    (flag, answers_discounted),
    {
        ev.FlagRaised: _raised,
        ev.FlagSettled: _settled,
        ev.FlagClosed: _closed,
        scores.AnswersDiscounted: _discounted,
        scores.AnswersRestored: execute_each(RESTORE, "annotator", "skill", "flag"),
    },
)

# In the order in which answers are weighed, each with whether it is discounted.
ANSWERS_OF_TASK = f"""
SELECT a.*, {WEIGHTLESS} AS discounted FROM answer a
 WHERE a.tenant = $1 AND a.task = ANY($2::uuid[]) AND a.gold IS NULL ORDER BY a.lease
"""
FIND = "SELECT * FROM flag WHERE tenant = $1 AND flag = $2"
LIST = """
SELECT * FROM flag f
 WHERE f.tenant = $1 AND ($2::text IS NULL OR (f.decision IS NULL) = ($2 = 'open'))
   AND ($3::text IS NULL OR f.kind = $3)
   AND ($4::uuid IS NULL OR f.annotator = $4 OR f.other = $4) AND ($5::uuid IS NULL OR f.project = $5)
   AND ($6::uuid IS NULL OR f.flag < $6)
 ORDER BY f.flag DESC LIMIT $7
"""
IN_FORCE = (
    "SELECT annotator, since FROM answers_discounted WHERE tenant = $1 AND flag = $2 ORDER BY annotator"
)
# Open cases that nobody can decide: somebody in it was erased, or nobody in it works here any more.
_GONE = """
  FROM flag f JOIN person p ON p.tenant = f.tenant AND p.annotator = f.annotator
  LEFT JOIN person o ON o.tenant = f.tenant AND o.annotator = f.other
 WHERE f.tenant = $1 AND f.decision IS NULL
   AND ('erased' IN (p.status, o.status)
        OR (p.status = 'offboarded' AND coalesce(o.status, 'offboarded') = 'offboarded'))
"""
GONE_DUE = f"EXISTS (SELECT 1 {_GONE})"
GONE = f"SELECT f.flag, f.stream, f.annotator, f.other {_GONE} ORDER BY f.flag LIMIT $2"
# Pairs with something between them; what was explained or dismissed is none.
PAIRS = """
SELECT * FROM flag WHERE tenant = $1 AND other IS NOT NULL AND kind = ANY($2::text[]) AND raised_at >= $3
   AND ($4::uuid IS NULL OR skill = $4)
 ORDER BY flag DESC LIMIT $5
"""
OF_PEOPLE = """
SELECT flag, kind, annotator, other, skill, decision, raised_at FROM flag
 WHERE tenant = $1 AND (annotator = ANY($2::uuid[]) OR other = ANY($2::uuid[])) ORDER BY flag
"""
ANSWERED = """
SELECT n.annotator FROM unnest($2::uuid[]) n(annotator)
 WHERE EXISTS (SELECT 1 FROM lease_ended l JOIN project p ON p.tenant = l.tenant AND p.project = l.project
                WHERE l.tenant = $1 AND l.annotator = n.annotator AND p.skill = $3)
"""
# A pair is explained once for all skills.
EXPLAINED = """
SELECT DISTINCT kind, annotator, other FROM flag
 WHERE tenant = $1 AND decision = 'explained' AND other IS NOT NULL
"""
# The answers behind a flag, oldest first.
BEHIND = """
SELECT a.lease, a.annotator, a.project, a.task, a.item, a.gold IS NOT NULL AS gold, a.answer_class, a.submitted_at,
       CASE WHEN l.started_at < l.ended_at THEN extract(epoch FROM l.ended_at - l.started_at)::float8 END AS seconds
  FROM answer a JOIN lease_ended l ON l.tenant = a.tenant AND l.lease = a.lease
 WHERE a.tenant = $1 AND a.lease = ANY($2::uuid[]) ORDER BY a.lease
"""
# Where their answers from a moment on stand in a result.
_TOUCHED = """
  FROM lease_ended e JOIN answer a ON a.tenant = e.tenant AND a.lease = e.lease
  JOIN project p ON p.tenant = a.tenant AND p.project = a.project
  JOIN task t ON t.tenant = a.tenant AND t.task = a.task
 WHERE e.tenant = $1 AND e.annotator = ANY($2::uuid[]) AND e.ended_at >= $3 AND a.submitted_at >= $3
   AND a.gold IS NULL AND NOT a.rejected AND a.stage <> 'review' AND p.skill = $4 AND t.state = 'decided'
"""
TOUCHED = (
    f"SELECT a.project, count(DISTINCT a.item)::int AS items {_TOUCHED} GROUP BY a.project ORDER BY a.project"
)
# Steps of workflows have sent their items on: these are done again, not decided again.
DECIDABLE = f"""
SELECT DISTINCT t.task {_TOUCHED} AND t.workflow_version = 0 AND ($5::uuid IS NULL OR t.task > $5)
 ORDER BY t.task LIMIT $6
"""


async def fetch(conn: asyncpg.Connection, sql: str, *args: Any) -> list[dict[str, Any]]:
    """Plain dictionaries of one of the queries above."""
    return [dict(row) for row in await conn.fetch(sql, *args)]


async def find(conn: asyncpg.Connection, tenant: TenantId, one: UUID) -> dict[str, Any] | None:
    """A flag's row."""
    row = await conn.fetchrow(FIND, tenant, one)
    return dict(row) if row else None


async def in_force(conn: asyncpg.Connection, tenant: TenantId, one: UUID) -> dict[UUID, datetime]:
    """Whose answers weigh nothing by this flag, and since when."""
    return {row["annotator"]: row["since"] for row in await conn.fetch(IN_FORCE, tenant, one)}


async def explained(conn: asyncpg.Connection, tenant: TenantId) -> set[tuple[str, frozenset[UUID]]]:
    """Kind and pair of what somebody has explained, in whatever skill."""
    rows = await conn.fetch(EXPLAINED, tenant)
    return {(row["kind"], frozenset((row["annotator"], row["other"]))) for row in rows}


async def answered(conn: asyncpg.Connection, tenant: TenantId, who: Sequence[UUID], skill: UUID) -> set[UUID]:
    """Those of these people whose work in this skill has ended at least once."""
    return {row["annotator"] for row in await conn.fetch(ANSWERED, tenant, list(who), skill)}
