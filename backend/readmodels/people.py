"""People: their standing, and the tokens they hold (signed agreements, passed courses, acknowledged guidelines)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Column, LargeBinary, SmallInteger, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY

from backend.events import projects, training, workforce
from backend.events.base import Recorded
from backend.events.ids import AnnotatorId, TenantId
from backend.events.store.schema import instant, key, tenant_table
from backend.readmodels.projection import Projection, execute

person = tenant_table(
    "person",
    key("annotator"),
    Column("status", Text, nullable=False),
    Column("reason", LargeBinary),
    Column("roles", ARRAY(Text), nullable=False),
    Column("tokens", ARRAY(Text), nullable=False),
    Column("open_leases_max", SmallInteger, nullable=False, server_default=text("3")),
    Column("name", LargeBinary),
    Column("email", LargeBinary),
    Column("email_index", LargeBinary),
    Column("invited_at", instant(), nullable=False),
    UniqueConstraint("tenant", "email_index", name="person_email"),
)

INVITED = """
INSERT INTO person (tenant, annotator, status, roles, tokens, name, email, email_index, invited_at)
VALUES ($1, $2, 'invited', $3, $4, $5, $6, $7, $8)
"""
STATUS = "UPDATE person SET status = '{}', reason = NULL WHERE tenant = $1 AND annotator = ANY($2::uuid[])"
SUSPENDED = """
UPDATE person p SET status = 'suspended', reason = n.reason FROM unnest($2::uuid[], $3::bytea[]) n(annotator, reason)
 WHERE p.tenant = $1 AND p.annotator = n.annotator
"""
ERASED = """
UPDATE person SET status = 'erased', reason = NULL, tokens = '{}', name = NULL, email = NULL, email_index = NULL
 WHERE tenant = $1 AND annotator = ANY($2::uuid[])
"""
# Whoever is erased is granted nothing, so that erasing and signing at once end alike in either order.
GRANTED = """
UPDATE person p SET tokens = ARRAY(SELECT DISTINCT t FROM unnest(p.tokens || n.tokens) t ORDER BY t)
  FROM (SELECT annotator, array_agg(token) AS tokens
          FROM unnest($2::uuid[], $3::text[]) g(annotator, token) GROUP BY annotator) n
 WHERE p.tenant = $1 AND p.annotator = n.annotator AND p.status <> 'erased'
"""
LIST = """
SELECT annotator, status, reason, roles, tokens, name, email, invited_at FROM person
 WHERE tenant = $1 AND ($2::uuid[] IS NULL OR annotator = ANY($2)) AND ($3::uuid IS NULL OR annotator > $3)
   AND ($4::text IS NULL OR status = $4)
 ORDER BY annotator LIMIT $5
"""


async def _invited(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    rows = []
    for fact in facts:
        e: workforce.AnnotatorInvited = fact.event
        tokens = [f"role:{role}" for role in sorted(e.roles)]
        rows.append((tenant, e.annotator, list(e.roles), tokens, e.name, e.email, e.email_index, fact.at))
    await conn.executemany(INVITED, rows)


async def _grant(conn: asyncpg.Connection, tenant: TenantId, granted: list[tuple[AnnotatorId, str]]) -> None:
    if granted:
        people, tokens = zip(*granted, strict=True)
        await conn.execute(GRANTED, tenant, list(people), list(tokens))


async def _signed(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    await _grant(
        conn, tenant, [(f.event.annotator, f"agreement:{f.event.agreement}:{f.event.version}") for f in facts]
    )


async def _attempted(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    passed = [f.event for f in facts if f.event.passed]
    await _grant(conn, tenant, [(e.annotator, f"course:{e.course}:{e.version}") for e in passed])
    await _grant(conn, tenant, [(e.annotator, f"skill:{e.skill}") for e in passed if e.skill])


async def _acknowledged(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    await _grant(
        conn, tenant, [(f.event.annotator, f"guideline:{f.event.project}:{f.event.version}") for f in facts]
    )


PEOPLE = Projection(
    "people",
    (person,),
    {
        workforce.AnnotatorInvited: _invited,
        workforce.AnnotatorClaimed: execute(STATUS.format("active"), "annotator"),
        workforce.AnnotatorSuspended: execute(SUSPENDED, "annotator", "reason"),
        workforce.AnnotatorReinstated: execute(STATUS.format("active"), "annotator"),
        workforce.AnnotatorErased: execute(ERASED, "annotator"),
        workforce.AgreementSigned: _signed,
        training.CourseAttempted: _attempted,
        projects.GuidelineAcknowledged: _acknowledged,
    },
)


async def find(
    conn: asyncpg.Connection,
    tenant: TenantId,
    only: Sequence[UUID] | None = None,
    after: UUID | None = None,
    status: str | None = None,
    limit: int = 200,
) -> list[dict[str, Any]]:
    """People by id; name and e-mail are still ciphertext."""
    return [dict(row) for row in await conn.fetch(LIST, tenant, only, after, status, limit)]
