"""Questions behind an explanation: what a person holds with its end, what ids are called, what is open to them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from backend.events.ids import TenantId
from backend.readmodels.holdings import HELD

# Several sources may give one right: it ends with the last of them.
HOLDINGS = """
SELECT token, CASE WHEN bool_or(until IS NULL) THEN NULL ELSE max(until) END AS until FROM holding
 WHERE tenant = $1 AND annotator = $2 GROUP BY token
"""
NAMES = """
SELECT 'agreement:' || agreement AS what, title AS name FROM agreement
 WHERE tenant = $1 AND agreement = ANY($2::uuid[])
 UNION ALL
SELECT 'course:' || course, title FROM course WHERE tenant = $1 AND course = ANY($2::uuid[])
 UNION ALL
SELECT 'skill:' || skill, name FROM skill WHERE tenant = $1 AND skill = ANY($2::uuid[])
"""
OFFERED = """
(SELECT DISTINCT ON (agreement) agreement AS what, version FROM agreement_version
  WHERE tenant = $1 AND agreement = ANY($2::uuid[]) AND effective_at <= $3 ORDER BY agreement, version DESC)
 UNION ALL
SELECT course, version FROM course WHERE tenant = $1 AND course = ANY($2::uuid[])
"""
EXAMS = """
SELECT course FROM course WHERE tenant = $1 AND course = ANY($2::uuid[]) AND cardinality(exam_gold) > 0
"""
# As many as matter, in the way a claim would look for them; more are not counted.
OPEN_SLOTS = """
SELECT l.lane, (SELECT count(*) FROM (
         SELECT 1 FROM open_slot o
          WHERE o.tenant = $1 AND o.lane = l.lane AND NOT EXISTS (
                SELECT 1 FROM worked w WHERE w.tenant = $1 AND w.annotator = $3 AND w.item = o.item
                   AND NOT (l.stage = 'review' AND w.as_reviewer))
          LIMIT 100) s) AS n
  FROM lane l WHERE l.tenant = $1 AND l.lane = ANY($2::uuid[])
"""
SLOTS_OF_TASK = "SELECT count(*) FROM open_slot WHERE tenant = $1 AND task = $2"
ALL_LANES = "SELECT lane, requires, any_of, excludes FROM lane WHERE tenant = $1 ORDER BY lane"
ALL_PEOPLE = f"""
SELECT p.annotator, {HELD.format(at="$2::timestamptz")} AS held FROM person p
 WHERE p.tenant = $1 AND p.status = 'active' ORDER BY p.annotator
"""


async def holdings_of(
    conn: asyncpg.Connection, tenant: TenantId, annotator: UUID
) -> dict[str, datetime | None]:
    """Token -> when it ends (None: never), also of those that have ended and that no fact has taken away yet."""
    return {row["token"]: row["until"] for row in await conn.fetch(HOLDINGS, tenant, annotator)}


async def names(conn: asyncpg.Connection, tenant: TenantId, ids: Sequence[UUID]) -> dict[str, str]:
    """`agreement:{id}`, `course:{id}` and `skill:{id}` -> what people call it."""
    return {row["what"]: row["name"] for row in await conn.fetch(NAMES, tenant, ids)}


async def offered(
    conn: asyncpg.Connection, tenant: TenantId, ids: Sequence[UUID], now: datetime
) -> dict[UUID, int]:
    """Agreement -> the version in force at `now`, which is the one that can be signed; course -> its version."""
    return {row["what"]: row["version"] for row in await conn.fetch(OFFERED, tenant, ids, now)}


async def exams(conn: asyncpg.Connection, tenant: TenantId, courses: Sequence[UUID]) -> frozenset[UUID]:
    """Those of these courses that examine on gold."""
    return frozenset(row["course"] for row in await conn.fetch(EXAMS, tenant, courses))


async def open_slots(
    conn: asyncpg.Connection, tenant: TenantId, lanes: Sequence[UUID], annotator: UUID
) -> dict[UUID, int]:
    """Lane -> open slots of items that the person never met, at most 100."""
    return {row["lane"]: row["n"] for row in await conn.fetch(OPEN_SLOTS, tenant, lanes, annotator)}


async def lanes_and_people(
    conn: asyncpg.Connection, tenant: TenantId, now: datetime
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Every lane with what it asks for, and every active person with what counts at `now`: two queries."""
    lanes = [dict(row) for row in await conn.fetch(ALL_LANES, tenant)]
    return lanes, [dict(row) for row in await conn.fetch(ALL_PEOPLE, tenant, now)]
