"""Taxonomies: which there are and in which versions; the classes themselves are ciphertext in each version's stream."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Column, Integer, Text, text

from backend.events import taxonomies as ev
from backend.events.base import Recorded
from backend.events.ids import TenantId, uuid8
from backend.events.store import log
from backend.events.store.schema import instant, key, tenant_table
from backend.readmodels.projection import Projection

taxonomy = tenant_table(
    "taxonomy",
    key("taxonomy"),
    Column("name", Text, nullable=False),
    Column("version", Integer, nullable=False, server_default=text("0")),
    Column("created_at", instant(), nullable=False),
)
taxonomy_version = tenant_table(
    "taxonomy_version",
    key("taxonomy"),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("sha256", Text, nullable=False),
    *(Column(name, Integer, nullable=False) for name in ("parts", "classes", "levels", "deprecated")),
    Column("published_at", instant(), nullable=False),
)

CREATED = "INSERT INTO taxonomy (tenant, taxonomy, name, created_at) VALUES ($1, $2, $3, $4)"
PUBLISHED = """
INSERT INTO taxonomy_version (tenant, taxonomy, version, sha256, parts, classes, levels, deprecated, published_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
NEWEST = "UPDATE taxonomy SET version = $3 WHERE tenant = $1 AND taxonomy = $2"
FIND = "SELECT * FROM taxonomy WHERE tenant = $1 AND taxonomy = $2"
LIST = """
SELECT t.*, coalesce(v.classes, 0) AS classes FROM taxonomy t
  LEFT JOIN taxonomy_version v ON v.tenant = t.tenant AND v.taxonomy = t.taxonomy AND v.version = t.version
 WHERE t.tenant = $1 AND ($2::uuid IS NULL OR t.taxonomy > $2) ORDER BY t.taxonomy LIMIT $3
"""
VERSIONS = """
SELECT * FROM taxonomy_version WHERE tenant = $1 AND taxonomy = $2 AND ($3::int IS NULL OR version = $3)
 ORDER BY version DESC
"""
USED_BY = "SELECT project, taxonomy_version FROM project WHERE tenant = $1 AND taxonomy = $2 ORDER BY project"


async def _created(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    await conn.executemany(CREATED, [(tenant, f.event.taxonomy, f.event.name, f.at) for f in facts])


async def _published(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: ev.TaxonomyPublished = fact.event
        counts = (e.parts, e.classes, e.levels, e.deprecated)
        await conn.execute(PUBLISHED, tenant, e.taxonomy, e.version, e.sha256, *counts, fact.at)
        await conn.execute(NEWEST, tenant, e.taxonomy, e.version)


TAXONOMIES = Projection(
    "taxonomies",
    (taxonomy, taxonomy_version),
    {ev.TaxonomyCreated: _created, ev.TaxonomyPublished: _published},
)


def parts_stream(about: UUID, version: int) -> UUID:
    """The stream that holds the classes of a version."""
    return uuid8(about, "classes", str(version))


async def find(conn: asyncpg.Connection, tenant: TenantId, about: UUID) -> dict[str, Any] | None:
    """The taxonomy with its newest version (0: none)."""
    row = await conn.fetchrow(FIND, tenant, about)
    return dict(row) if row else None


async def listed(
    conn: asyncpg.Connection, tenant: TenantId, after: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """Taxonomies in the order in which they were made, each with how many classes its newest version has."""
    return [dict(row) for row in await conn.fetch(LIST, tenant, after, limit)]


async def versions(
    conn: asyncpg.Connection, tenant: TenantId, about: UUID, version: int | None = None
) -> list[dict[str, Any]]:
    """The versions of a taxonomy, newest first; or this one."""
    return [dict(row) for row in await conn.fetch(VERSIONS, tenant, about, version)]


async def used_by(conn: asyncpg.Connection, tenant: TenantId, about: UUID) -> list[dict[str, Any]]:
    """The projects whose answers are checked by it, with the version."""
    return [dict(row) for row in await conn.fetch(USED_BY, tenant, about)]


async def parts(
    conn: asyncpg.Connection, tenant: TenantId, about: UUID, version: int
) -> list[ev.TaxonomyClassesKept]:
    """The classes of a version, sealed, part by part; nothing where there is no such version."""
    stream = parts_stream(about, version)
    return [fact.event for fact in (await log.load(conn, tenant, [stream])).get(stream, [])]
