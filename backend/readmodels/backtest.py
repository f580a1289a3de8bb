"""What a backtest reads of a project's past: answers, the facts of its reviews in the log's order, evidence, times.

Every query reads; none of them locks. Facts come from the log itself, because a row says how things stand and not in
which order they came.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

import asyncpg

from backend.events.ids import TenantId
from backend.readmodels.evidence import Evidence

BATCH = 5_000
Body = tuple[int, bytes]
"""A fact's index in the log, and the fact as it is kept."""

READ_ONLY = "SET TRANSACTION READ ONLY"
COUNT = """
SELECT count(*) FROM answer
 WHERE tenant = $1 AND project = ANY($2::uuid[]) AND stage = 'annotate' AND gold IS NULL
   AND submitted_at >= coalesce($3, '-infinity'::timestamptz) AND submitted_at < coalesce($4, 'infinity'::timestamptz)
"""
ANSWERS = """
SELECT a.lease, a.annotator, a.task, a.gold IS NOT NULL AS gold, a.answer_class, a.answer_token, a.submitted_at AS at,
       a.rejected, coalesce(t.workflow_version, 0) > 0 AS by_workflow, t.state = 'decided' AS decided
  FROM answer a LEFT JOIN task t ON t.tenant = a.tenant AND t.task = a.task
 WHERE a.tenant = $1 AND a.project = $2 AND a.stage = 'annotate'
   AND a.submitted_at >= coalesce($3, '-infinity'::timestamptz)
   AND a.submitted_at < coalesce($4, 'infinity'::timestamptz)
 ORDER BY a.submitted_at, a.lease
"""
OF_SKILL = "SELECT project FROM project WHERE tenant = $1 AND skill = $2 ORDER BY project"
REVIEWS = """
SELECT r.review FROM review r JOIN answer a ON a.tenant = r.tenant AND a.lease = r.lease
 WHERE r.tenant = $1 AND r.project = ANY($2::uuid[]) AND a.submitted_at >= coalesce($3, '-infinity'::timestamptz)
   AND a.submitted_at < coalesce($4, 'infinity'::timestamptz)
 ORDER BY r.review
"""
# As log.load: the first and the last of the streams say which years they were born in.
FACTS = """
SELECT l.idx, e.body FROM event e
  JOIN event_log l ON l.tenant = e.tenant AND l.stream = e.stream AND l.version = e.version
 WHERE e.tenant = $1 AND e.stream = ANY($2::uuid[]) AND e.stream BETWEEN $3 AND $4
"""
JUDGED = """
SELECT lease, passed FROM judged WHERE tenant = $1 AND project = $2 AND source = 'review'
"""
EVIDENCE = """
SELECT * FROM evidence WHERE tenant = $1 AND skill = $2 AND annotator = ANY($3::uuid[]) ORDER BY annotator, piece
"""
ESCALATED = """
SELECT task, reason FROM escalation
 WHERE tenant = $1 AND project = $2 AND opened_at >= coalesce($3, '-infinity'::timestamptz)
   AND opened_at < coalesce($4, 'infinity'::timestamptz)
"""
SECONDS = """
SELECT stage, percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM ended_at - started_at)::float8) AS median
  FROM lease_ended
 WHERE tenant = $1 AND project = $2 AND how = 'submitted' AND started_at < ended_at
   AND ended_at >= coalesce($3, '-infinity'::timestamptz) AND ended_at < coalesce($4, 'infinity'::timestamptz)
 GROUP BY stage
"""
STOCK = "SELECT count(*) FROM gold WHERE tenant = $1 AND project = $2 AND NOT exam_only AND why IS NULL"
CLASSES = (
    "SELECT DISTINCT truth_class FROM gold WHERE tenant = $1 AND project = $2 AND truth_class IS NOT NULL"
)
NAMED = "SELECT project FROM project WHERE tenant = $1 AND (project::text = $2 OR name = $2) ORDER BY project"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One answer: who gave it to which task, its class (None: no category) and token, and when. `gold`: it was met as
    gold; `by_workflow`: a step of a workflow asked for it; `decided`: its task has a result."""

    lease: UUID
    annotator: UUID
    task: UUID
    gold: bool
    answer_class: str | None
    answer_token: str
    at: datetime
    rejected: bool
    by_workflow: bool
    decided: bool | None


@dataclass(frozen=True, slots=True)
class Window:
    """From `since` on and before `until`; None: without end on that side."""

    since: datetime | None
    until: datetime | None

    def has(self, at: datetime) -> bool:
        """Whether the moment lies in it."""
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)


async def count(conn: asyncpg.Connection, tenant: TenantId, projects: Sequence[UUID], window: Window) -> int:
    """How many answers to work these projects have in the window."""
    return int(await conn.fetchval(COUNT, tenant, list(projects), window.since, window.until))


async def answers(conn: asyncpg.Connection, tenant: TenantId, project: UUID, window: Window) -> list[Given]:
    """The project's answers in the window, gold too, in the order in which they came."""
    rows = await conn.fetch(ANSWERS, tenant, project, window.since, window.until)
    return [Given(**row) for row in rows]


async def projects_of(conn: asyncpg.Connection, tenant: TenantId, skill: UUID) -> list[UUID]:
    """All projects of a skill."""
    return [row["project"] for row in await conn.fetch(OF_SKILL, tenant, skill)]


async def reviews(
    conn: asyncpg.Connection, tenant: TenantId, projects: Sequence[UUID], window: Window
) -> list[UUID]:
    """The streams of everything that was drawn, or not, of answers in the window."""
    rows = await conn.fetch(REVIEWS, tenant, list(projects), window.since, window.until)
    return [row["review"] for row in rows]


async def facts(conn: asyncpg.Connection, tenant: TenantId, streams: Sequence[UUID]) -> list[Body]:
    """Every fact of these streams that has its place in the log, in the log's order."""
    found: list[Body] = []
    async for batch in _batches(sorted(streams)):
        rows = await conn.fetch(FACTS, tenant, batch, batch[0], batch[-1])
        found += [(row["idx"], row["body"]) for row in rows]
    return sorted(found, key=lambda one: one[0])


async def _batches(streams: Sequence[UUID]) -> AsyncIterator[Sequence[UUID]]:
    for first in range(0, len(streams), BATCH):
        yield streams[first : first + BATCH]


async def passed(conn: asyncpg.Connection, tenant: TenantId, project: UUID) -> dict[UUID, bool]:
    """Lease -> what reviewers found of it, after disputes; of what was reviewed and counts."""
    return {row["lease"]: row["passed"] for row in await conn.fetch(JUDGED, tenant, project)}


async def evidence(
    conn: asyncpg.Connection, tenant: TenantId, skill: UUID, people: Sequence[UUID]
) -> dict[UUID, list[Evidence]]:
    """Person -> all evidence of theirs in the skill, in its order."""
    rows = await conn.fetch(EVIDENCE, tenant, skill, list(people))
    pieces = [Evidence(**{name: value for name, value in row.items() if name != "tenant"}) for row in rows]
    return {who: list(some) for who, some in groupby(pieces, key=lambda one: one.annotator)}


async def escalated(
    conn: asyncpg.Connection, tenant: TenantId, project: UUID, window: Window
) -> list[tuple[UUID, str]]:
    """The task and the reason of every escalation in the window."""
    rows = await conn.fetch(ESCALATED, tenant, project, window.since, window.until)
    return [(row["task"], row["reason"]) for row in rows]


async def seconds(
    conn: asyncpg.Connection, tenant: TenantId, project: UUID, window: Window
) -> dict[str, float]:
    """Kind of work -> the median time from opening to answer; what nobody opened first is left out."""
    rows = await conn.fetch(SECONDS, tenant, project, window.since, window.until)
    return {row["stage"]: float(row["median"]) for row in rows}


async def stock(conn: asyncpg.Connection, tenant: TenantId, project: UUID) -> int:
    """How much gold there is for work."""
    return int(await conn.fetchval(STOCK, tenant, project))


async def classes(conn: asyncpg.Connection, tenant: TenantId, project: UUID) -> list[str]:
    """The classes (keyed tokens) that the project's gold knows."""
    return [row["truth_class"] for row in await conn.fetch(CLASSES, tenant, project)]


async def named(conn: asyncpg.Connection, tenant: TenantId, said: str) -> list[UUID]:
    """The projects with this id or name."""
    rows: list[Any] = await conn.fetch(NAMED, tenant, said)
    return [row["project"] for row in rows]
