"""Staffing and quotas: who gives which share of their time to what, what was delivered, what was given out today."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from pydantic_core import from_json, to_json
from sqlalchemy import Column, Index, Integer, Text
from sqlalchemy.dialects.postgresql import JSONB

from backend.events import queue as ev
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import instant, key, ref, tenant_table
from backend.readmodels.projection import Projection, execute_each

EVERYBODY = ""
"""Stands for the holder of all people's minutes together."""
MINUTE_MS = 60_000

staffing = tenant_table(
    "staffing",
    key("staffing"),
    Column("holder", Text, nullable=False),
    Column("starts", instant(), nullable=False),
    Column("ends", instant(), nullable=False),
    Column("shares", JSONB, nullable=False),
    Column("ended_at", instant()),
    Index("staffing_ends", "tenant", "ends"),
)

quota = tenant_table(
    "quota",
    key("quota"),
    ref("project", nullable=True),
    ref("annotator", nullable=True),
    Column("per_day", Integer, nullable=False),
)

SET = """
INSERT INTO staffing (tenant, staffing, holder, starts, ends, shares) VALUES ($1, $2, $3, $4, $5, $6)
"""
ENDED = "UPDATE staffing SET ended_at = $3 WHERE tenant = $1 AND staffing = $2"
QUOTA_SET = """
INSERT INTO quota (tenant, quota, project, annotator, per_day) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (tenant, quota) DO UPDATE SET per_day = excluded.per_day
"""
QUOTA_REMOVED = "DELETE FROM quota WHERE tenant = $1 AND quota = $2"
IN_FORCE = """
SELECT staffing, holder, starts, ends, shares FROM staffing
 WHERE tenant = $1 AND ends > $2 AND starts <= $2 AND ended_at IS NULL ORDER BY holder
"""
# What counted at some moment between $2 and $3, by when it began.
WITHIN = """
SELECT staffing, holder, starts, ends, shares, ended_at FROM staffing
 WHERE tenant = $1 AND ends > $2 AND starts < $3 AND (ended_at IS NULL OR ended_at > greatest(starts, $2))
   AND ($4::text IS NULL OR holder = $4) AND ($5::uuid IS NULL OR staffing > $5)
 ORDER BY staffing LIMIT $6
"""
BY_ID = "SELECT * FROM staffing WHERE tenant = $1 AND staffing = $2"
QUOTAS = "SELECT quota, project, annotator, per_day FROM quota WHERE tenant = $1 ORDER BY quota"
QUOTA_PAGE = """
SELECT quota, project, annotator, per_day FROM quota
 WHERE tenant = $1 AND ($2::uuid IS NULL OR project = $2) AND ($3::uuid IS NULL OR annotator = $3)
   AND ($4::uuid IS NULL OR quota > $4) ORDER BY quota LIMIT $5
"""
# A lease of today has ended today or not at all. What went back unopened or was taken away was not given.
_GIVEN = """ CROSS JOIN LATERAL (
   SELECT l.project FROM lease l
    WHERE l.tenant = $1 AND l.annotator = who.annotator AND l.claimed_at >= who.day
   UNION ALL
   SELECT e.project FROM lease_ended e
    WHERE e.tenant = $1 AND e.annotator = who.annotator AND e.ended_at >= who.day AND e.claimed_at >= who.day
      AND e.how NOT IN ('returned', 'revoked')) n
"""
# When each one's day began is known before the leases are looked for: row-level security lets no function that might
# tell what it is given (date_trunc) into the condition of an index, and everything of all days would be read.
_DAY = "date_trunc('day', $3::timestamptz, coalesce(a.time_zone, 'UTC'))"
USED_TODAY = f"""
WITH who AS MATERIALIZED (
  SELECT p.annotator, {_DAY} AS day FROM unnest($2::uuid[]) p(annotator)
    LEFT JOIN availability a ON a.tenant = $1 AND a.annotator = p.annotator)
SELECT who.annotator, n.project, count(*) AS n FROM who{_GIVEN} GROUP BY 1, 2
"""
# Of everybody who was there today: who was not has pulled nothing.
GIVEN_TODAY = f"""
WITH who AS MATERIALIZED (
  SELECT s.annotator, {_DAY} AS day
    FROM presence s LEFT JOIN availability a ON a.tenant = $1 AND a.annotator = s.annotator
   WHERE s.tenant = $1 AND s.seen_at >= {_DAY})
SELECT who.annotator, n.project, count(*) AS n FROM who{_GIVEN} WHERE n.project = ANY($2::uuid[]) GROUP BY 1, 2
"""
# From those who were seen lately to what they did: however long the history, only its last quarters are read. A
# quarter of an hour is the finest that is written down, so the one in which $2 lies counts whole.
DELIVERED = """
SELECT w.project, p.vendor, p.team, sum(w.counted_ms)::bigint AS ms
  FROM (SELECT s.annotator, t.project, t.counted_ms
          FROM presence s
         CROSS JOIN LATERAL (
           SELECT project, counted_ms FROM work_time
            WHERE tenant = $1 AND annotator = s.annotator
              AND quarter >= date_bin('15 min', $2::timestamptz, '2000-01-01 00:00Z'::timestamptz)) t
         WHERE s.tenant = $1 AND s.seen_at >= $2
        UNION ALL
        SELECT annotator, project, counted_ms FROM work_pending
         WHERE tenant = $1 AND begins IS NOT NULL AND seen_at > $2) w
  JOIN person p ON p.tenant = $1 AND p.annotator = w.annotator
 GROUP BY 1, 2, 3
"""
# Of one holder's people between $3 and $4, by project.
WORKED = """
SELECT w.project, sum(w.counted_ms)::bigint AS ms
  FROM (SELECT p.annotator FROM person p
         WHERE p.tenant = $1 AND $2 IN ('team:' || p.team, 'vendor:' || p.vendor)) who
 CROSS JOIN LATERAL (
   SELECT project, counted_ms FROM work_time
    WHERE tenant = $1 AND annotator = who.annotator AND quarter >= $3 AND quarter < $4
   UNION ALL
   SELECT project, counted_ms FROM work_pending
    WHERE tenant = $1 AND annotator = who.annotator AND begins IS NOT NULL AND seen_at > $3 AND seen_at <= $4) w
 GROUP BY 1
"""


async def _set(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for e in (fact.event for fact in facts):
        shares = to_json([asdict(share) for share in e.shares]).decode()
        await conn.execute(SET, tenant, e.staffing, e.holder, e.starts, e.ends, shares)


async def _ended(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    await conn.executemany(ENDED, [(tenant, fact.event.staffing, fact.at) for fact in facts])


STAFFING = Projection(
    "staffing",
    (staffing, quota),
    {
        ev.StaffingSet: _set,
        ev.StaffingEnded: _ended,
        ev.QuotaSet: execute_each(QUOTA_SET, "quota", "project", "annotator", "per_day"),
        ev.QuotaRemoved: execute_each(QUOTA_REMOVED, "quota"),
    },
)


def _shared(row: asyncpg.Record) -> dict[str, Any]:
    shares = {UUID(one["project"]): one["ppm"] for one in from_json(row["shares"])}
    return {**row, "shares": shares}


async def staffing_now(conn: asyncpg.Connection, tenant: TenantId, now: datetime) -> list[dict[str, Any]]:
    """All that is in force: staffing, holder (token of a team or vendor), starts, ends, shares as project -> ppm."""
    return [_shared(row) for row in await conn.fetch(IN_FORCE, tenant, now)]


async def staffings(
    conn: asyncpg.Connection,
    tenant: TenantId,
    span: tuple[datetime, datetime],
    holder: str | None,
    after: UUID | None,
    limit: int,
) -> list[dict[str, Any]]:
    """What counted at some moment of the span, by id; also of what was ended early (`ended_at`)."""
    return [_shared(row) for row in await conn.fetch(WITHIN, tenant, *span, holder, after, limit)]


async def staffing_by_id(conn: asyncpg.Connection, tenant: TenantId, one: UUID) -> dict[str, Any] | None:
    """One staffing, or None."""
    row = await conn.fetchrow(BY_ID, tenant, one)
    return _shared(row) if row else None


async def quotas(conn: asyncpg.Connection, tenant: TenantId) -> list[dict[str, Any]]:
    """All quotas: quota, project (None: any), annotator (None: each), per_day. `domain.projects.quota.allowance`
    reads them."""
    return [dict(row) for row in await conn.fetch(QUOTAS, tenant)]


async def quota_page(
    conn: asyncpg.Connection,
    tenant: TenantId,
    project: UUID | None,
    annotator: UUID | None,
    after: UUID | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Quotas by id, of a project or a person where named."""
    return [dict(row) for row in await conn.fetch(QUOTA_PAGE, tenant, project, annotator, after, limit)]


async def used_today(
    conn: asyncpg.Connection, tenant: TenantId, people: Sequence[UUID], now: datetime
) -> dict[tuple[UUID, UUID], int]:
    """(Person, project) -> leases given since the person's local midnight; what was never given is left out."""
    rows = await conn.fetch(USED_TODAY, tenant, sorted(set(people)), now)
    return {(row["annotator"], row["project"]): row["n"] for row in rows}


async def given_today(
    conn: asyncpg.Connection, tenant: TenantId, projects: Sequence[UUID], now: datetime
) -> dict[UUID, dict[UUID, int]]:
    """Project -> person -> leases of it given since the person's local midnight; who was given none is left out. It
    reads the day of everybody who was there: for now and then, not for each pull."""
    found: dict[UUID, dict[UUID, int]] = defaultdict(dict)
    for row in await conn.fetch(GIVEN_TODAY, tenant, list(projects), now):
        found[row["project"]][row["annotator"]] = row["n"]
    return found


async def delivered_minutes(
    conn: asyncpg.Connection, tenant: TenantId, since: datetime
) -> dict[tuple[UUID, str], float]:
    """(Project, holder) -> minutes of work, measured and not idle, since the quarter of an hour of `since`; the holder
    is a token of a team or vendor, or EVERYBODY. One small query: cheap every few seconds, not for each pull."""
    found: dict[tuple[UUID, str], float] = defaultdict(float)
    for row in await conn.fetch(DELIVERED, tenant, since):
        named = [f"{kind}:{row[kind]}" for kind in ("vendor", "team") if row[kind]]
        for holder in (EVERYBODY, *named):
            found[row["project"], holder] += row["ms"] / MINUTE_MS
    return dict(found)


async def worked(
    conn: asyncpg.Connection, tenant: TenantId, holder: str, span: tuple[datetime, datetime]
) -> dict[UUID, float]:
    """Project -> minutes that the holder's people worked within the span, to the quarter of an hour."""
    rows = await conn.fetch(WORKED, tenant, holder, *span)
    return {row["project"]: row["ms"] / MINUTE_MS for row in rows}
