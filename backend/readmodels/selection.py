"""Selections: people found at once by their addresses, by where they work and stand, or by a skill they hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from backend.events.ids import TenantId, VendorId

BY_EMAIL = """
SELECT email_index, annotator, vendor, team FROM person WHERE tenant = $1 AND email_index = ANY($2::bytea[])
"""
VENDORS = """
SELECT vendor, name_index FROM vendor
 WHERE tenant = $1 AND (vendor = ANY($2::uuid[]) OR name_index = ANY($3::bytea[]))
"""
SUSPENDED = "SELECT vendor FROM vendor WHERE tenant = $1 AND status = 'suspended'"
TEAMS = """
SELECT team, name_index, vendor FROM team
 WHERE tenant = $1 AND (team = ANY($2::uuid[]) OR name_index = ANY($3::bytea[]))
"""
# A skill counts while some source grants it at this moment. Whoever was erased is nobody's any more.
SELECT = """
SELECT p.annotator FROM person p
 WHERE p.tenant = $1 AND p.status <> 'erased'
   AND ($2::uuid[] IS NULL OR p.annotator = ANY($2))
   AND ($3::uuid IS NULL OR p.vendor = $3) AND ($4::uuid IS NULL OR p.team = $4)
   AND ($5::text IS NULL OR p.status = $5)
   AND ($6::uuid IS NULL OR EXISTS (
        SELECT 1 FROM holding h WHERE h.tenant = p.tenant AND h.annotator = p.annotator
           AND h.token = 'skill:' || $6 AND (h.until IS NULL OR h.until > $7)))
   AND ($8::uuid IS NULL OR p.vendor = $8) AND ($9::uuid IS NULL OR p.team = $9)
 ORDER BY p.annotator LIMIT $10
"""
STATUS = "SELECT annotator, status FROM person WHERE tenant = $1 AND annotator = ANY($2::uuid[])"
LEASES = "SELECT lease, annotator FROM lease WHERE tenant = $1 AND annotator = ANY($2::uuid[])"
DRAFTS = "SELECT count(*) FROM draft WHERE tenant = $1 AND annotator = ANY($2::uuid[])"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Who is meant: all that is said must be true of a person."""

    ids: Sequence[UUID] | None
    vendor: UUID | None
    team: UUID | None
    status: str | None
    skill: UUID | None


async def by_email(
    conn: asyncpg.Connection, tenant: TenantId, indexes: Sequence[bytes]
) -> dict[bytes, dict[str, Any]]:
    """Blind index -> annotator, vendor and team of who has this address."""
    return {bytes(row["email_index"]): dict(row) for row in await conn.fetch(BY_EMAIL, tenant, indexes)}


async def vendors(
    conn: asyncpg.Connection, tenant: TenantId, ids: Sequence[UUID], indexes: Sequence[bytes]
) -> list[dict[str, Any]]:
    """Vendors with these ids or names' blind indexes: vendor, name_index."""
    return [dict(row) for row in await conn.fetch(VENDORS, tenant, ids, indexes)]


async def suspended(conn: asyncpg.Connection, tenant: TenantId) -> set[VendorId]:
    """The vendors whose people may not work."""
    return {VendorId(row["vendor"]) for row in await conn.fetch(SUSPENDED, tenant)}


async def teams(
    conn: asyncpg.Connection, tenant: TenantId, ids: Sequence[UUID], indexes: Sequence[bytes]
) -> list[dict[str, Any]]:
    """Teams with these ids or names' blind indexes: team, name_index, vendor."""
    return [dict(row) for row in await conn.fetch(TEAMS, tenant, ids, indexes)]


async def select(
    conn: asyncpg.Connection,
    tenant: TenantId,
    wanted: Wanted,
    now: datetime,
    reach: tuple[UUID | None, UUID | None],
    most: int,
) -> list[UUID]:
    """The people who are meant, in id order, within `reach` (vendor, team)."""
    filters = (wanted.ids, wanted.vendor, wanted.team, wanted.status, wanted.skill)
    return [row["annotator"] for row in await conn.fetch(SELECT, tenant, *filters, now, *reach, most)]


async def status(conn: asyncpg.Connection, tenant: TenantId, people: Sequence[UUID]) -> dict[UUID, str]:
    """Where these people stand."""
    return {row["annotator"]: row["status"] for row in await conn.fetch(STATUS, tenant, people)}


async def leases(conn: asyncpg.Connection, tenant: TenantId, people: Sequence[UUID]) -> dict[UUID, UUID]:
    """Open lease -> its holder, of these people."""
    return {row["lease"]: row["annotator"] for row in await conn.fetch(LEASES, tenant, people)}


async def drafts(conn: asyncpg.Connection, tenant: TenantId, people: Sequence[UUID]) -> int:
    """How many drafts these people have begun."""
    return int(await conn.fetchval(DRAFTS, tenant, people))
