"""Stopping: whom a new version of an agreement would stop at its deadline, asked before it is published."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from backend.events.ids import TenantId
from backend.readmodels.claims import MEETS
from backend.readmodels.holdings import HELD

# The projects there are, and whether each names the agreement itself.
PROJECTS = """
SELECT project, name, data_class, $2 = ANY(agreements) AS named FROM project WHERE tenant = $1 ORDER BY project
"""
LANES = "SELECT count(*) FROM lane WHERE tenant = $1 AND project = ANY($2::uuid[])"
# Two kinds of people: whoever still held at the deadline what is asked until then ($3), and whoever could work at the
# deadline in a project that did not ask for the agreement before ($5). None of them has signed what is not published.
STOPPING = f"""
SELECT t.annotator, t.status,
       (SELECT max(s.version) FROM signature s
         WHERE s.tenant = $1 AND s.annotator = t.annotator AND s.agreement = $6 AND s.state = 'counts') AS signed,
       (SELECT count(*) FROM lease l
         WHERE l.tenant = $1 AND l.annotator = t.annotator AND l.project = ANY($4::uuid[])) AS open_leases,
       (SELECT count(*) FROM draft d
         WHERE d.tenant = $1 AND d.annotator = t.annotator AND d.project = ANY($4::uuid[])) AS drafts
  FROM (SELECT p.annotator, p.status, {HELD.format(at="$2::timestamptz")} AS held FROM person p
         WHERE p.tenant = $1 AND p.status NOT IN ('offboarded', 'erased')) t
 WHERE $3::text = ANY(t.held)
    OR (t.status = 'active' AND EXISTS (
        SELECT 1 FROM lane l WHERE l.tenant = $1 AND l.project = ANY($5::uuid[]) AND {MEETS}))
 ORDER BY t.annotator
"""


async def projects(conn: asyncpg.Connection, tenant: TenantId, agreement: UUID) -> list[dict[str, Any]]:
    """Every project with its name, its data class, and whether it names the agreement."""
    return [dict(row) for row in await conn.fetch(PROJECTS, tenant, agreement)]


async def lane_count(conn: asyncpg.Connection, tenant: TenantId, about: Sequence[UUID]) -> int:
    """How many lanes these projects have."""
    return int(await conn.fetchval(LANES, tenant, list(about)))


async def stopping(
    conn: asyncpg.Connection,
    tenant: TenantId,
    deadline: datetime,
    token: str | None,
    asking: Sequence[UUID],
    newly: Sequence[UUID],
    agreement: UUID,
) -> list[dict[str, Any]]:
    """Who would stop at the deadline, by id, with what they have begun in the projects that ask for it then."""
    rows = await conn.fetch(STOPPING, tenant, deadline, token, list(asking), list(newly), agreement)
    return [dict(row) for row in rows]
