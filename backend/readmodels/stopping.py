"""Stopping: what everybody holds at a moment, and what they have begun in which lanes; asked before publishing."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from backend.events.ids import TenantId
from backend.readmodels.holdings import HELD

PEOPLE = f"""
SELECT p.annotator, p.status, {HELD.format(at="$2::timestamptz")} AS held,
       (SELECT max(s.version) FROM signature s
         WHERE s.tenant = $1 AND s.annotator = p.annotator AND s.agreement = $3 AND s.state = 'counts') AS signed
  FROM person p
 WHERE p.tenant = $1 AND p.status NOT IN ('offboarded', 'erased')
 ORDER BY p.annotator
"""
# A draft outlives its lease: it belongs to the lane of its stage.
BEGUN = """
SELECT b.annotator, b.lane, sum(b.leases)::int AS leases, sum(b.drafts)::int AS drafts
  FROM (SELECT l.annotator, l.lane, 1 AS leases, 0 AS drafts FROM lease l
         WHERE l.tenant = $1 AND l.lane = ANY($2::uuid[])
        UNION ALL
        SELECT d.annotator, a.lane, 0, 1
          FROM draft d JOIN lane a ON a.tenant = $1 AND a.project = d.project AND a.stage = d.stage
         WHERE d.tenant = $1 AND a.lane = ANY($2::uuid[])) b
 GROUP BY b.annotator, b.lane
"""


async def people(
    conn: asyncpg.Connection, tenant: TenantId, at: datetime, agreement: UUID
) -> list[dict[str, Any]]:
    """Everybody who has not left, by id: status, the tokens `held` at a moment, and the version they have signed."""
    return [dict(row) for row in await conn.fetch(PEOPLE, tenant, at, agreement)]


async def begun(conn: asyncpg.Connection, tenant: TenantId, lanes: Sequence[UUID]) -> list[dict[str, Any]]:
    """How many leases and drafts somebody has in one of these lanes."""
    return [dict(row) for row in await conn.fetch(BEGUN, tenant, list(lanes))]
