"""Agreements in all their versions, and which of them a project asks for."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Boolean, Column, Integer, LargeBinary, SmallInteger, Text

from backend.events import agreements as agreement_events
from backend.events.base import Recorded
from backend.events.ids import AgreementId, TenantId
from backend.events.store.schema import instant, key, tenant_table
from backend.readmodels.projection import Projection

agreement = tenant_table(
    "agreement",
    key("agreement"),
    Column("version", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("text", LargeBinary, nullable=False),
)

agreement_version = tenant_table(
    "agreement_version",
    key("agreement"),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("title", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("material", Boolean, nullable=False),
    Column("published_at", instant(), nullable=False),
    # From when it is in force, and when a signature under an earlier version ends: never empty, as resign_by may be.
    Column("effective_at", instant(), nullable=False),
    Column("deadline", instant(), nullable=False),
    Column("resign_by", instant()),
    Column("scope", Text, nullable=False),
    Column("data_class", Text),
    Column("valid_days", Integer),
    Column("countersigned", Boolean, nullable=False),
)

agreement_text = tenant_table(
    "agreement_text",
    key("agreement"),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("language", Text, primary_key=True),
    Column("place", SmallInteger, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("text", LargeBinary, nullable=False),
)

AGREEMENT = """
INSERT INTO agreement (tenant, agreement, version, title, sha256, text) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (tenant, agreement) DO UPDATE
   SET version = excluded.version, title = excluded.title, sha256 = excluded.sha256, text = excluded.text
"""
VERSION = """
INSERT INTO agreement_version (tenant, agreement, version, title, language, sha256, material, published_at,
                               effective_at, deadline, resign_by, scope, data_class, valid_days, countersigned)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8::timestamptz, coalesce($9::timestamptz, $8), coalesce($10::timestamptz, $9, $8),
        $10, $11, $12, $13, $14)
"""
TEXT = """
INSERT INTO agreement_text (tenant, agreement, version, language, place, sha256, text)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
VERSIONS = """
SELECT * FROM agreement_version WHERE tenant = $1 AND ($2::uuid[] IS NULL OR agreement = ANY($2))
 ORDER BY agreement, version
"""
TEXTS = "SELECT * FROM agreement_text WHERE tenant = $1 AND agreement = $2 ORDER BY version, place"
# The version that is asked for at $2: the newest material one that nobody may put off any more. A project that names
# an agreement asks for it from the start; whom a wider scope meets may sign until the first version's own deadline.
ASKED = """
SELECT DISTINCT ON (agreement) agreement, version, title, scope, data_class, deadline <= $2::timestamptz AS over
  FROM agreement_version
 WHERE tenant = $1 AND material AND (deadline <= $2 OR version = 1)
 ORDER BY agreement, version DESC
"""
ASKED_BY = f"""
SELECT agreement, version, title, CASE WHEN agreement = ANY($3::uuid[]) THEN 'project' ELSE scope END AS said_by
  FROM ({ASKED}) a
 WHERE a.agreement = ANY($3::uuid[])
    OR (a.over AND (a.scope = 'tenant' OR (a.scope = 'data_class' AND a.data_class = $4)))
 ORDER BY agreement
"""
# Projects that ask for it at some time, under any of its versions.
CONCERNED = """
SELECT p.project FROM project p
 WHERE p.tenant = $1 AND ($2 = ANY(p.agreements) OR position($2::text IN p.conditions::text) > 0 OR EXISTS (
       SELECT 1 FROM agreement_version v WHERE v.tenant = $1 AND v.agreement = $2
          AND (v.scope = 'tenant' OR (v.scope = 'data_class' AND v.data_class = p.data_class))))
 ORDER BY p.project
"""


async def _published(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: agreement_events.AgreementPublished = fact.event
        await conn.execute(AGREEMENT, tenant, e.agreement, e.version, e.title, e.sha256, e.text)
        when = (fact.at, e.effective_at, e.resign_by)
        terms = (e.scope, e.data_class, e.valid_days, e.countersigned)
        row = (e.agreement, e.version, e.title, e.language, e.sha256, e.material)
        await conn.execute(VERSION, tenant, *row, *when, *terms)
        texts = [(e.language, e.sha256, e.text), *((t.language, t.sha256, t.text) for t in e.texts)]
        for place, (language, sha256, text) in enumerate(texts):
            await conn.execute(TEXT, tenant, e.agreement, e.version, language, place, sha256, text)


AGREEMENTS = Projection(
    "agreements",
    (agreement, agreement_version, agreement_text),
    {
        agreement_events.AgreementPublished: _published,
    },
)


async def agreements(
    conn: asyncpg.Connection, tenant: TenantId, ids: list[UUID] | None = None
) -> list[dict[str, Any]]:
    """Newest versions; `text` is ciphertext."""
    sql = "SELECT * FROM agreement WHERE tenant = $1 AND ($2::uuid[] IS NULL OR agreement = ANY($2)) ORDER BY agreement"
    return [dict(row) for row in await conn.fetch(sql, tenant, ids)]


async def versions(
    conn: asyncpg.Connection, tenant: TenantId, ids: list[UUID] | None = None
) -> list[dict[str, Any]]:
    """Every version of these agreements, or of all, oldest first within each."""
    return [dict(row) for row in await conn.fetch(VERSIONS, tenant, ids)]


async def texts(conn: asyncpg.Connection, tenant: TenantId, about: UUID) -> list[dict[str, Any]]:
    """Every text of an agreement, by version, its own language first; `text` is ciphertext."""
    return [dict(row) for row in await conn.fetch(TEXTS, tenant, about)]


def in_force(rows: Sequence[dict[str, Any]], now: datetime) -> dict[str, Any] | None:
    """Of one agreement's versions, oldest first, the one in force: the newest that has begun."""
    return next((row for row in reversed(rows) if row["effective_at"] <= now), None)


def signable(rows: Sequence[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    """Of one agreement's versions, oldest first, those that may be signed: the one in force, then the later ones."""
    current = in_force(rows, now)
    return [row for row in rows if current is None or row["version"] >= current["version"]]


async def asked(conn: asyncpg.Connection, tenant: TenantId, now: datetime) -> dict[AgreementId, int]:
    """Agreement -> the version that whoever asks for it asks for at `now`."""
    return {row["agreement"]: row["version"] for row in await conn.fetch(ASKED, tenant, now)}


async def asked_by(
    conn: asyncpg.Connection, tenant: TenantId, project: dict[str, Any], now: datetime
) -> dict[AgreementId, int]:
    """Agreement -> the version that work in this project asks for at `now`."""
    rows = await asked_and_why(conn, tenant, project, now)
    return {row["id"]: row["version"] for row in rows}


async def asked_and_why(
    conn: asyncpg.Connection, tenant: TenantId, project: dict[str, Any], now: datetime
) -> list[dict[str, Any]]:
    """The same with title, and with who says it (`said_by`): the project, or where it does not, the agreement itself
    for the whole tenant or for the project's class of data (project, tenant, data_class)."""
    rows = await conn.fetch(ASKED_BY, tenant, now, project["agreements"], project["data_class"])
    return [{"id": row["agreement"], **{n: row[n] for n in ("version", "title", "said_by")}} for row in rows]


async def concerned(conn: asyncpg.Connection, tenant: TenantId, about: UUID) -> list[UUID]:
    """Projects whose lanes may ask for this agreement."""
    return [row["project"] for row in await conn.fetch(CONCERNED, tenant, about)]
