"""Guidelines: every version of every project's instructions, and who confirmed having read which, and when."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Column, Index, Integer, LargeBinary, Text

from backend.events import projects as ev
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import instant, key, ref, tenant_table
from backend.readmodels.claims import MEETS
from backend.readmodels.holdings import HELD
from backend.readmodels.projection import Projection, columns

guideline = tenant_table(
    "guideline",
    key("project"),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("sha256", Text, nullable=False),
    Column("text", LargeBinary, nullable=False),
    ref("delta_course", nullable=True),
    Column("published_at", instant(), nullable=False),
)

acknowledgement = tenant_table(
    "acknowledgement",
    key("project"),
    key("annotator"),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("at", instant(), nullable=False),
    Index("acknowledgement_version", "tenant", "project", "version"),
)

PUBLISHED = """
INSERT INTO guideline (tenant, project, version, sha256, text, delta_course, published_at)
SELECT $1, * FROM unnest($2::uuid[], $3::int[], $4::text[], $5::bytea[], $6::uuid[], $7::timestamptz[])
"""
ACKNOWLEDGED = """
INSERT INTO acknowledgement (tenant, project, annotator, version, at)
SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::int[], $5::timestamptz[])
"""


async def _published(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    told = columns(facts, "project", "version", "sha256", "text", "delta_course")
    await conn.execute(PUBLISHED, tenant, *told, [f.at for f in facts])


async def _acknowledged(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    told = columns(facts, "project", "annotator", "version")
    await conn.execute(ACKNOWLEDGED, tenant, *told, [f.at for f in facts])


GUIDELINES = Projection(
    "guidelines",
    (guideline, acknowledgement),
    {ev.GuidelinePublished: _published, ev.GuidelineAcknowledged: _acknowledged},
)

VERSIONS = """
SELECT g.*, (SELECT count(*) FROM acknowledgement a
              WHERE a.tenant = g.tenant AND a.project = g.project AND a.version = g.version) AS acknowledged
  FROM guideline g WHERE g.tenant = $1 AND g.project = $2 ORDER BY g.version
"""
# Who knows an earlier version and still belongs here, in id order.
READERS = """
SELECT DISTINCT a.annotator FROM acknowledgement a JOIN person p USING (tenant, annotator)
 WHERE a.tenant = $1 AND a.project = $2 AND p.status NOT IN ('erased', 'offboarded') ORDER BY a.annotator
"""
# Everybody active whom the guideline concerns: who confirmed any version, or holds all else that annotating asks for.
# How long it took counts from the publication, or from the day on which the person could work.
CONCERNED = f"""
WITH l AS (
  SELECT array_remove(requires, 'guideline:' || ($2::uuid)::text || ':' || ($3::int)::text) AS requires,
         any_of, excludes
    FROM lane WHERE tenant = $1 AND project = $2::uuid AND stage = 'annotate'
)
SELECT p.annotator, p.name, c.at AS acknowledged_at, latest.version AS latest,
       extract(epoch FROM c.at - greatest(g.published_at, coalesce(p.activated_at, p.claimed_at, p.invited_at))) / 3600
       AS hours
  FROM person p
  JOIN guideline g ON g.tenant = $1 AND g.project = $2::uuid AND g.version = $3::int
  LEFT JOIN acknowledgement c
    ON c.tenant = $1 AND c.project = $2::uuid AND c.annotator = p.annotator AND c.version = $3::int
  LEFT JOIN LATERAL (SELECT max(a.version) AS version FROM acknowledgement a
       WHERE a.tenant = $1 AND a.project = $2::uuid AND a.annotator = p.annotator) latest ON true
 CROSS JOIN LATERAL (SELECT {HELD.format(at="$4::timestamptz")} AS held) t
 WHERE p.tenant = $1 AND p.status = 'active' AND ($5::uuid IS NULL OR p.vendor = $5)
   AND ($6::uuid IS NULL OR p.team = $6)
   AND (latest.version IS NOT NULL OR EXISTS (SELECT 1 FROM l WHERE {MEETS}))
 ORDER BY p.annotator
"""


async def versions(conn: asyncpg.Connection, tenant: TenantId, project: UUID) -> list[dict[str, Any]]:
    """Every version, oldest first, with how many confirmed it; `text` is ciphertext."""
    return [dict(row) for row in await conn.fetch(VERSIONS, tenant, project)]


async def readers(conn: asyncpg.Connection, tenant: TenantId, project: UUID) -> list[UUID]:
    """Who confirmed any version and is neither erased nor offboarded."""
    return [row["annotator"] for row in await conn.fetch(READERS, tenant, project)]


async def concerned(
    conn: asyncpg.Connection,
    tenant: TenantId,
    project: UUID,
    version: int,
    now: datetime,
    reach: tuple[UUID | None, UUID | None] = (None, None),
) -> list[dict[str, Any]]:
    """Active people within `reach` (vendor, team) whom this version concerns: when each confirmed it, the latest
    version confirmed, and the hours it took; the name is ciphertext."""
    return [dict(row) for row in await conn.fetch(CONCERNED, tenant, project, version, now, *reach)]
