"""Announcements: what was said to whom, and who has read it. Whom it concerns follows from where people stand now."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Column, Index, LargeBinary, Text

from backend.events import announcements
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import instant, key, ref, tenant_table
from backend.readmodels.projection import Projection, columns

announcement = tenant_table(
    "announcement",
    key("announcement"),
    Column("audience", Text, nullable=False),
    ref("about", nullable=True),
    Column("title", LargeBinary, nullable=False),
    Column("text", LargeBinary, nullable=False),
    ref("published_by"),
    Column("published_at", instant(), nullable=False),
    Index("announcement_newest", "tenant", "published_at", "announcement"),
)

announcement_person = tenant_table("announcement_person", key("announcement"), key("annotator"))

announcement_receipt = tenant_table(
    "announcement_receipt",
    key("announcement"),
    key("annotator"),
    Column("read_at", instant(), nullable=False),
)

PUBLISHED = """
INSERT INTO announcement (tenant, announcement, audience, about, title, text, published_by, published_at)
SELECT $1, * FROM unnest($2::uuid[], $3::text[], $4::uuid[], $5::bytea[], $6::bytea[], $7::uuid[], $8::timestamptz[])
"""
NAMED = """
INSERT INTO announcement_person (tenant, announcement, annotator)
SELECT DISTINCT $1::uuid, n.announcement, n.annotator FROM unnest($2::uuid[], $3::uuid[]) n(announcement, annotator)
"""
READ = """
INSERT INTO announcement_receipt (tenant, announcement, annotator, read_at)
SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::timestamptz[])
"""


async def _published(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    told = columns(facts, "announcement", "audience", "about", "title", "text")
    await conn.execute(PUBLISHED, tenant, *told, [f.actor.id for f in facts], [f.at for f in facts])
    named = [(f.event.announcement, person) for f in facts for person in f.event.people]
    if named:
        await conn.execute(NAMED, tenant, [one for one, _ in named], [person for _, person in named])


async def _read(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    await conn.execute(READ, tenant, *columns(facts, "announcement", "annotator"), [f.at for f in facts])


ANNOUNCEMENTS = Projection(
    "announcements",
    (announcement, announcement_person, announcement_receipt),
    {announcements.AnnouncementPublished: _published, announcements.AnnouncementRead: _read},
)

# Whether announcement `a` concerns person `p`: who joins the vendor, the team or the project later is concerned too,
# who has left is not. A project's people are those who acknowledged some version of its guideline.
CONCERNS = """p.status NOT IN ('offboarded', 'erased') AND CASE a.audience
    WHEN 'all' THEN true
    WHEN 'vendor' THEN p.vendor = a.about
    WHEN 'team' THEN p.team = a.about
    WHEN 'project' THEN EXISTS (
      SELECT 1 FROM holding h WHERE h.tenant = p.tenant AND h.annotator = p.annotator
         AND starts_with(h.token, 'guideline:' || a.about || ':') OFFSET 0)
    ELSE EXISTS (
      SELECT 1 FROM announcement_person n WHERE n.tenant = p.tenant AND n.announcement = a.announcement
         AND n.annotator = p.annotator OFFSET 0)
  END"""
NEWEST_FIRST = "($3::timestamptz IS NULL OR (a.published_at, a.announcement) < ($3, $4::uuid))"
MINE = f"""
SELECT a.*, r.read_at FROM person p
  JOIN announcement a ON a.tenant = p.tenant
  LEFT JOIN announcement_receipt r ON r.tenant = p.tenant AND r.announcement = a.announcement
                                  AND r.annotator = p.annotator
 WHERE p.tenant = $1 AND p.annotator = $2 AND {CONCERNS} AND {NEWEST_FIRST}
 ORDER BY a.published_at DESC, a.announcement DESC LIMIT $5
"""
# $2 is who asks: beyond their own people they see only what they said themselves.
COUNTED = f"""
SELECT a.*, c.concerned, c.read FROM announcement a
 CROSS JOIN LATERAL (
   SELECT count(*) AS concerned, count(r.read_at) AS read FROM person p
     LEFT JOIN announcement_receipt r ON r.tenant = p.tenant AND r.announcement = a.announcement
                                     AND r.annotator = p.annotator
    WHERE p.tenant = a.tenant AND ($6::uuid IS NULL OR p.vendor = $6) AND ($7::uuid IS NULL OR p.team = $7)
      AND {CONCERNS}) c
 WHERE a.tenant = $1 AND {NEWEST_FIRST}
   AND ($6::uuid IS NULL AND $7::uuid IS NULL OR c.concerned > 0 OR a.published_by = $2)
 ORDER BY a.published_at DESC, a.announcement DESC LIMIT $5
"""
RECEIPTS = f"""
SELECT p.annotator, r.read_at FROM announcement a
  JOIN person p ON p.tenant = a.tenant
  LEFT JOIN announcement_receipt r ON r.tenant = p.tenant AND r.announcement = a.announcement
                                  AND r.annotator = p.annotator
 WHERE a.tenant = $1 AND a.announcement = $2 AND {CONCERNS} AND ($3::uuid IS NULL OR p.annotator > $3)
   AND ($4::uuid IS NULL OR p.vendor = $4) AND ($5::uuid IS NULL OR p.team = $5)
   AND ($6::bool IS NULL OR (r.read_at IS NOT NULL) = $6)
 ORDER BY p.annotator LIMIT $7
"""
CONCERNED = f"""
SELECT 1 FROM announcement a JOIN person p ON p.tenant = a.tenant
 WHERE a.tenant = $1 AND a.announcement = $2 AND p.annotator = $3 AND {CONCERNS}
"""
PUBLISHER = "SELECT published_by FROM announcement WHERE tenant = $1 AND announcement = $2"


async def concerns(conn: asyncpg.Connection, tenant: TenantId, announcement_id: UUID, person: UUID) -> bool:
    """Whether the announcement exists and concerns this person at this moment."""
    return await conn.fetchval(CONCERNED, tenant, announcement_id, person) is not None


async def rows(conn: asyncpg.Connection, sql: str, *args: Any) -> list[dict[str, Any]]:
    """Plain dictionaries of a named query; title and text are ciphertext."""
    return [dict(row) for row in await conn.fetch(sql, *args)]
