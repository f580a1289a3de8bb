"""Clarifications: questions about projects, the replies to them, and who is near enough to a project to read them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, text

from backend.events import clarifications as ev
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import instant, key, ref, tenant_table
from backend.readmodels.claims import MEETS
from backend.readmodels.holdings import HELD
from backend.readmodels.projection import Projection, columns

clarification = tenant_table(
    "clarification",
    key("clarification"),
    ref("project"),
    ref("annotator"),
    ref("lease", nullable=True),
    Column("text", LargeBinary, nullable=False),
    Column("asked_at", instant(), nullable=False),
    Column("closed_at", instant()),
    ref("closed_by", nullable=True),
    Column("shared", Boolean, nullable=False, server_default=text("false")),
    Index("clarification_newest", "tenant", "project", "asked_at", "clarification"),
)

clarification_reply = tenant_table(
    "clarification_reply",
    key("clarification"),
    Column("n", Integer, primary_key=True, autoincrement=False),
    ref("reply"),
    ref("said_by"),
    Column("text", LargeBinary, nullable=False),
    Column("at", instant(), nullable=False),
)

ASKED = """
INSERT INTO clarification (tenant, clarification, project, annotator, lease, text, asked_at)
SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::bytea[], $7::timestamptz[])
"""
# The place in the stream orders the replies, also when two were said at one moment.
ANSWERED = """
INSERT INTO clarification_reply (tenant, clarification, reply, said_by, text, n, at)
SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::bytea[], $6::int[], $7::timestamptz[])
"""
CLOSED = """
UPDATE clarification c SET closed_by = n.by, shared = n.shared, closed_at = n.at
  FROM unnest($2::uuid[], $3::uuid[], $4::bool[], $5::timestamptz[]) n(clarification, by, shared, at)
 WHERE c.tenant = $1 AND c.clarification = n.clarification
"""


async def _asked(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    told = columns(facts, "clarification", "project", "annotator", "lease", "text")
    await conn.execute(ASKED, tenant, *told, [f.at for f in facts])


async def _answered(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    told = columns(facts, "clarification", "reply", "by", "text")
    await conn.execute(ANSWERED, tenant, *told, [f.version for f in facts], [f.at for f in facts])


async def _closed(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    told = columns(facts, "clarification", "by", "shared")
    await conn.execute(CLOSED, tenant, *told, [f.at for f in facts])


CLARIFICATIONS = Projection(
    "clarifications",
    (clarification, clarification_reply),
    {
        ev.ClarificationAsked: _asked,
        ev.ClarificationAnswered: _answered,
        ev.ClarificationClosed: _closed,
    },
)

# The first answer is the first word of anybody but the asker.
THREAD = """
SELECT c.*, r.reply_count, extract(epoch FROM r.first_at - c.asked_at)::float8 AS first_answer_after_s
  FROM clarification c
 CROSS JOIN LATERAL (
   SELECT count(*) AS reply_count, min(a.at) FILTER (WHERE a.said_by <> c.annotator) AS first_at
     FROM clarification_reply a WHERE a.tenant = c.tenant AND a.clarification = c.clarification) r"""
ONE = f"{THREAD} WHERE c.tenant = $1 AND c.clarification = $2"
# $6 and $7 limit to the people of a vendor or team; $8 to one's own threads, and with $9 to those that are shared.
PAGE = f"""{THREAD}
  JOIN person p ON p.tenant = c.tenant AND p.annotator = c.annotator
 WHERE c.tenant = $1 AND c.project = $2 AND ($3::bool IS NULL OR (c.closed_at IS NULL) = $3)
   AND ($4::timestamptz IS NULL OR (c.asked_at, c.clarification) < ($4, $5::uuid))
   AND ($6::uuid IS NULL OR p.vendor = $6) AND ($7::uuid IS NULL OR p.team = $7)
   AND ($8::uuid IS NULL OR c.annotator = $8 OR (c.shared AND $9))
 ORDER BY c.asked_at DESC, c.clarification DESC LIMIT $10
"""
# People are annotators, reviewers or experts; who is no person answers as a manager.
REPLIES = """
SELECT a.reply, a.said_by, a.text, a.at,
       CASE WHEN a.said_by = c.annotator THEN 'asker' WHEN p.annotator IS NULL THEN 'manager'
            WHEN 'expert' = ANY(p.roles) THEN 'expert' ELSE 'reviewer' END AS by
  FROM clarification c
  JOIN clarification_reply a ON a.tenant = c.tenant AND a.clarification = c.clarification
  LEFT JOIN person p ON p.tenant = a.tenant AND p.annotator = a.said_by
 WHERE c.tenant = $1 AND c.clarification = $2 ORDER BY a.n
"""
# Who reviews in a project meets what one of its lanes beyond the first answers asks for; who works in it has
# acknowledged some version of its guideline, holds a lease there, or has answered or reviewed there.
NEAR = f"""
SELECT p.status,
       p.status IN ('active', 'paused') AND EXISTS (
         SELECT 1 FROM lane l WHERE l.tenant = $1 AND l.project = $2 AND l.stage <> 'annotate' AND {MEETS}) AS reviews,
       p.status NOT IN ('offboarded', 'erased') AND (
         EXISTS (SELECT 1 FROM acknowledgement k WHERE k.tenant = $1 AND k.project = $2 AND k.annotator = $3)
         OR EXISTS (SELECT 1 FROM lease e WHERE e.tenant = $1 AND e.annotator = $3 AND e.project = $2)
         OR EXISTS (SELECT 1 FROM work_done d WHERE d.tenant = $1 AND d.annotator = $3 AND d.project = $2)) AS works
  FROM person p CROSS JOIN LATERAL (SELECT {HELD.format(at="$4::timestamptz")} AS held) t
 WHERE p.tenant = $1 AND p.annotator = $3
"""


async def find(conn: asyncpg.Connection, tenant: TenantId, clarification_id: UUID) -> dict[str, Any] | None:
    """One thread without its replies, None where there is none; `text` is ciphertext."""
    row = await conn.fetchrow(ONE, tenant, clarification_id)
    return dict(row) if row else None


async def page(
    conn: asyncpg.Connection,
    tenant: TenantId,
    project: UUID,
    is_open: bool | None,
    before: tuple[datetime | None, UUID | None],
    reach: tuple[UUID | None, UUID | None],
    only_of: UUID | None,
    with_shared: bool,
    limit: int,
) -> list[dict[str, Any]]:
    """Threads of a project, newest first, older than `before` (asked at, id); `text` is ciphertext."""
    limits = (*before, *reach, only_of, with_shared, limit)
    return [dict(row) for row in await conn.fetch(PAGE, tenant, project, is_open, *limits)]


async def replies(conn: asyncpg.Connection, tenant: TenantId, clarification_id: UUID) -> list[dict[str, Any]]:
    """The replies in order, each with `by`: asker, manager, expert or reviewer; `text` is ciphertext."""
    return [dict(row) for row in await conn.fetch(REPLIES, tenant, clarification_id)]


async def near(
    conn: asyncpg.Connection, tenant: TenantId, project: UUID, person: UUID, now: datetime
) -> dict[str, Any]:
    """How a person stands to a project: `status`, whether they review there and work there; who is no person does
    neither and has no status."""
    row = await conn.fetchrow(NEAR, tenant, project, person, now)
    return dict(row) if row else {"status": None, "reviews": False, "works": False}
