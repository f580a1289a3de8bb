"""Vendors, teams, compliance records, the onboarding policy's versions; and whom a compliance record speaks for."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as Uuid

from backend.events import vendors as ev
from backend.events import workforce
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import instant, key, ref, tenant_table
from backend.readmodels import holdings
from backend.readmodels.projection import Projection, Step, execute_each

vendor = tenant_table(
    "vendor",
    key("vendor"),
    Column("name", LargeBinary, nullable=False),
    Column("name_index", LargeBinary, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", LargeBinary),
    Column("since", instant(), nullable=False),
    UniqueConstraint("tenant", "name_index", name="vendor_name"),
)

team = tenant_table(
    "team",
    key("team"),
    Column("name", LargeBinary, nullable=False),
    Column("name_index", LargeBinary, nullable=False),
    ref("vendor", nullable=True),
    UniqueConstraint("tenant", "name_index", name="team_name"),
)

compliance = tenant_table(
    "compliance",
    key("record"),
    Column("kind", Text, nullable=False),
    ref("vendor", nullable=True),
    ref("annotator", nullable=True),
    Column("evidence", LargeBinary, nullable=False),
    Column("until", instant()),
    Column("recorded_at", instant(), nullable=False),
    Column("ended_at", instant()),
    Column("reason", LargeBinary),
    Index("compliance_vendor", "tenant", "vendor", postgresql_where=text("ended_at IS NULL")),
    Index("compliance_annotator", "tenant", "annotator", postgresql_where=text("ended_at IS NULL")),
)

onboarding = tenant_table(
    "onboarding",
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("checks", ARRAY(Text), nullable=False),
    Column("approval", Boolean, nullable=False),
    Column("agreements", ARRAY(Uuid(as_uuid=True)), nullable=False),
    Column("courses", ARRAY(Uuid(as_uuid=True)), nullable=False),
)

REGISTERED = """
INSERT INTO vendor (tenant, vendor, name, name_index, status, since) VALUES ($1, $2, $3, $4, 'active', $5)
"""
STANDS = "UPDATE vendor SET status = $3, reason = $4, since = $5 WHERE tenant = $1 AND vendor = $2"
TEAM = "INSERT INTO team (tenant, team, name, name_index, vendor) VALUES ($1, $2, $3, $4, $5)"
RECORDED = """
INSERT INTO compliance (tenant, record, kind, vendor, annotator, evidence, until, recorded_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
ENDED = "UPDATE compliance SET ended_at = $3, reason = $4 WHERE tenant = $1 AND record = $2"
ONBOARDING = """
INSERT INTO onboarding (tenant, version, checks, approval, agreements, courses) VALUES ($1, $2, $3, $4, $5, $6)
"""
# What compliance gives somebody is a function of these two tables alone, whichever of them changed last.
GIVEN = """
SELECT p.annotator, 'compliance:' || c.kind AS token, 'compliance:' || c.record AS source, c.until
  FROM person p JOIN compliance c ON c.tenant = p.tenant AND c.ended_at IS NULL
   AND (c.annotator = p.annotator OR c.vendor = p.vendor)
 WHERE p.tenant = $1 AND p.annotator = ANY($2::uuid[]) AND p.status <> 'erased'
"""
HAD = """
SELECT annotator, token, source FROM holding
 WHERE tenant = $1 AND annotator = ANY($2::uuid[]) AND starts_with(source, 'compliance:')
"""
OF_VENDOR = "SELECT annotator FROM person WHERE tenant = $1 AND vendor = ANY($2::uuid[]) ORDER BY annotator"


async def _registered(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: ev.VendorRegistered = fact.event
        await conn.execute(REGISTERED, tenant, e.vendor, e.name, e.name_index, fact.at)


def _stands(status: str) -> Step:
    async def step(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
        for fact in facts:
            reason = fact.event.reason if status == "suspended" else None
            await conn.execute(STANDS, tenant, fact.event.vendor, status, reason, fact.at)

    return step


async def _recorded(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: ev.ComplianceRecorded = fact.event
        row = (e.record, e.kind, e.vendor, e.annotator, e.evidence, e.until, fact.at)
        await conn.execute(RECORDED, tenant, *row)
    await _of_records(conn, tenant, facts)


async def _ended(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        await conn.execute(ENDED, tenant, fact.event.record, fact.at, fact.event.reason)
    await _of_records(conn, tenant, facts)


async def _of_records(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    vendors = [f.event.vendor for f in facts if f.event.vendor]
    people = {f.event.annotator for f in facts if f.event.annotator}
    people |= {row["annotator"] for row in await conn.fetch(OF_VENDOR, tenant, vendors)}
    await _given(conn, tenant, people)


async def _came(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    await _given(conn, tenant, {f.event.annotator for f in facts if f.event.vendor})


async def _moved(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    await _given(conn, tenant, {f.event.annotator for f in facts})


async def _given(conn: asyncpg.Connection, tenant: TenantId, people: Iterable[UUID]) -> None:
    """Bring what compliance gives these people up to the tables."""
    who = sorted(people)
    if not who:
        return
    given = [tuple(row) for row in await conn.fetch(GIVEN, tenant, who)]
    had = [tuple(row) for row in await conn.fetch(HAD, tenant, who)]
    now = {row[:3] for row in given}
    await holdings.withdraw(conn, tenant, [row for row in had if row not in now])
    await holdings.grant(conn, tenant, given)


VENDORS = Projection(
    "vendors",
    (vendor, team, compliance, onboarding),
    {
        ev.VendorRegistered: _registered,
        ev.VendorSuspended: _stands("suspended"),
        ev.VendorReinstated: _stands("active"),
        ev.TeamCreated: execute_each(TEAM, "team", "name", "name_index", "vendor"),
        ev.ComplianceRecorded: _recorded,
        ev.ComplianceEnded: _ended,
        workforce.AnnotatorInvited: _came,
        workforce.AnnotatorMoved: _moved,
        workforce.OnboardingUpdated: execute_each(
            ONBOARDING, "version", "checks", "approval", "agreements", "courses"
        ),
    },
)

LIST = """
SELECT v.*, (SELECT count(*) FROM person p WHERE p.tenant = v.tenant AND p.vendor = v.vendor
                AND p.status NOT IN ('offboarded', 'erased')) AS people
  FROM vendor v WHERE v.tenant = $1 AND ($2::uuid[] IS NULL OR v.vendor = ANY($2))
   AND ($3::uuid IS NULL OR v.vendor > $3) ORDER BY v.vendor LIMIT $4
"""
TEAMS = """
SELECT t.*, (SELECT count(*) FROM person p WHERE p.tenant = t.tenant AND p.team = t.team
                AND p.status NOT IN ('offboarded', 'erased')) AS people
  FROM team t WHERE t.tenant = $1 AND ($2::uuid[] IS NULL OR t.team = ANY($2)) AND ($3::uuid IS NULL OR t.team > $3)
   AND ($4::uuid IS NULL OR t.vendor = $4) AND ($6::uuid IS NULL OR t.team = $6) ORDER BY t.team LIMIT $5
"""
RECORDS = """
SELECT * FROM compliance
 WHERE tenant = $1 AND ($2::uuid IS NULL OR vendor = $2) AND ($3::uuid IS NULL OR annotator = $3)
   AND ($4::uuid IS NULL OR record > $4) AND ($6 OR ended_at IS NULL)
   AND ($7::uuid IS NULL OR vendor = $7 OR annotator IN (SELECT annotator FROM person WHERE tenant = $1 AND vendor = $7
                                                          AND ($8::uuid IS NULL OR team = $8)))
   AND ($8::uuid IS NULL OR annotator IN (SELECT annotator FROM person WHERE tenant = $1 AND team = $8))
 ORDER BY record LIMIT $5
"""
RECORDS_OVER = """
SELECT record, vendor, annotator FROM compliance WHERE tenant = $1 AND ended_at IS NULL AND until <= $2
 ORDER BY until, record LIMIT $3
"""


async def vendors(
    conn: asyncpg.Connection,
    tenant: TenantId,
    only: Sequence[UUID] | None = None,
    after: UUID | None = None,
    limit: int = 200,
) -> list[dict[str, Any]]:
    """Vendors by id, each with the number of its people who have not left; the name is ciphertext."""
    return [dict(row) for row in await conn.fetch(LIST, tenant, only, after, limit)]


async def teams(
    conn: asyncpg.Connection,
    tenant: TenantId,
    only: Sequence[UUID] | None = None,
    after: UUID | None = None,
    limit: int = 200,
    vendor: UUID | None = None,
    one: UUID | None = None,
) -> list[dict[str, Any]]:
    """Teams by id, of one vendor where named; the name is ciphertext."""
    return [dict(row) for row in await conn.fetch(TEAMS, tenant, only, after, vendor, limit, one)]


async def people_of(conn: asyncpg.Connection, tenant: TenantId, vendor: UUID) -> list[UUID]:
    """Everybody who works for this vendor, whatever their standing, in id order."""
    return [row["annotator"] for row in await conn.fetch(OF_VENDOR, tenant, [vendor])]


async def over(conn: asyncpg.Connection, tenant: TenantId, now: datetime, most: int) -> list[dict[str, Any]]:
    """Compliance records whose time is over and that no fact has ended yet."""
    return [dict(row) for row in await conn.fetch(RECORDS_OVER, tenant, now, most)]
