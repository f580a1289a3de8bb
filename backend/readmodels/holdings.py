"""Holdings: the rights that each person holds, as tokens, each with the source that gave it and an optional end.

A token counts at a moment when some source gives it and that source's end is not reached. `person.tokens` has the
tokens of all rows and `person.tokens_until` the earliest end: as long as that is not reached, the array is the
answer, and the claim reads one row. Afterwards the rows themselves answer, until a fact takes the ended ones away.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Column, Index, Text, text

from backend.events.ids import TenantId
from backend.events.store.schema import instant, key, tenant_table

holding = tenant_table(
    "holding",
    key("annotator"),
    Column("token", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("until", instant()),
    Index("holding_until", "tenant", "until", postgresql_where=text("until IS NOT NULL")),
)

# What the person `p` holds at the moment {at}; {at} is a parameter of the statement.
HELD = """CASE WHEN p.tokens_until > {at} THEN p.tokens ELSE ARRAY(
    SELECT DISTINCT h.token FROM holding h
     WHERE h.tenant = p.tenant AND h.annotator = p.annotator AND (h.until IS NULL OR h.until > {at})
     ORDER BY h.token) END"""

# Whoever is erased is granted nothing, so that erasing and signing at once end alike in either order.
GRANT = """
INSERT INTO holding (tenant, annotator, token, source, until)
SELECT DISTINCT ON (n.annotator, n.token, n.source) $1, n.annotator, n.token, n.source, n.until
  FROM unnest($2::uuid[], $3::text[], $4::text[], $5::timestamptz[]) WITH ORDINALITY
       n(annotator, token, source, until, place)
  JOIN person p ON p.tenant = $1 AND p.annotator = n.annotator AND p.status <> 'erased'
 ORDER BY n.annotator, n.token, n.source, n.place DESC
ON CONFLICT (tenant, annotator, token, source) DO UPDATE SET until = excluded.until
"""
WITHDRAW = """
DELETE FROM holding h USING unnest($2::uuid[], $3::text[], $4::text[]) n(annotator, token, source)
 WHERE h.tenant = $1 AND h.annotator = n.annotator AND h.source = n.source
   AND (h.token = n.token OR starts_with(h.token, n.token || ':'))
"""
END_BY = """
UPDATE holding h SET until = n.until
  FROM unnest($2::uuid[], $3::text[], $4::text[], $5::timestamptz[]) n(annotator, token, source, until)
 WHERE h.tenant = $1 AND h.annotator = n.annotator AND h.token = n.token AND h.source = n.source
   AND (h.until IS NULL OR h.until > n.until)
"""
FORGET = "DELETE FROM holding WHERE tenant = $1 AND annotator = ANY($2::uuid[])"
# In id order, as every claim does, so that nobody waits in a circle.
LOCK = """
SELECT annotator FROM person WHERE tenant = $1 AND annotator = ANY($2::uuid[]) ORDER BY annotator FOR NO KEY UPDATE
"""
REFRESH = """
UPDATE person p SET tokens = coalesce(n.tokens, '{}'), tokens_until = coalesce(n.tokens_until, 'infinity')
  FROM unnest($2::uuid[]) a(annotator)
  LEFT JOIN LATERAL (
    SELECT array_agg(DISTINCT h.token ORDER BY h.token) AS tokens, min(h.until) AS tokens_until FROM holding h
     WHERE h.tenant = $1 AND h.annotator = a.annotator) n ON true
 WHERE p.tenant = $1 AND p.annotator = a.annotator
"""
DUE = """
SELECT annotator, token, source, until FROM holding
 WHERE tenant = $1 AND until <= $3 AND starts_with(source, $2) ORDER BY until, annotator, token LIMIT $4
"""

Grant = tuple[UUID, str, str, datetime | None]
"""Person, token, source, end."""
Place = tuple[UUID, str, str]
"""Person, token, source."""


async def grant(conn: asyncpg.Connection, tenant: TenantId, rows: Sequence[Grant]) -> None:
    """Give these tokens; the same source again replaces its end."""
    if rows:
        await conn.execute(GRANT, tenant, *_columns(rows))
        await refresh(conn, tenant, [row[0] for row in rows])


async def withdraw(conn: asyncpg.Connection, tenant: TenantId, rows: Sequence[Place]) -> None:
    """Take these tokens, and everything below them (`token:*`), from this source away."""
    if rows:
        await conn.execute(WITHDRAW, tenant, *_columns(rows))
        await refresh(conn, tenant, [row[0] for row in rows])


async def end_by(conn: asyncpg.Connection, tenant: TenantId, rows: Sequence[Grant]) -> None:
    """Let these tokens end at the given moment, if they do not end earlier."""
    if rows:
        await conn.execute(END_BY, tenant, *_columns(rows))
        await refresh(conn, tenant, [row[0] for row in rows])


async def forget(conn: asyncpg.Connection, tenant: TenantId, people: Sequence[UUID]) -> None:
    """Nothing is held any more by these people."""
    await conn.execute(FORGET, tenant, list(people))
    await refresh(conn, tenant, people)


async def refresh(conn: asyncpg.Connection, tenant: TenantId, people: Sequence[UUID]) -> None:
    """Bring `person.tokens` and `person.tokens_until` up to the rows. Waits for these people's pulls in flight."""
    who = sorted(set(people))
    await conn.execute(LOCK, tenant, who)
    await conn.execute(REFRESH, tenant, who)


async def due(
    conn: asyncpg.Connection, tenant: TenantId, source_prefix: str, now: datetime, most: int
) -> list[dict[str, Any]]:
    """Rows whose end has passed and whom no fact has taken away yet: annotator, token, source, until."""
    return [dict(row) for row in await conn.fetch(DUE, tenant, source_prefix, now, most)]


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
