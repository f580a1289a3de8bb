"""Streamed imports on their way: how far each has come and what became of each line. Working state, not facts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from pydantic_core import from_json, to_json
from sqlalchemy import BigInteger, Column, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB

from backend.events.ids import TenantId
from backend.events.store.schema import IN_PLACE, instant, key, ref, tenant_table

# `next_line` is the first line that was not taken yet; `header` the first row of a CSV file, once it was read.
intake_progress = tenant_table(
    "intake_progress",
    key("intake"),
    Column("options", JSONB, nullable=False),
    Column("header", Text),
    Column("next_line", BigInteger, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("known", BigInteger, nullable=False),
    Column("refused", BigInteger, nullable=False),
    Column("at", instant(), nullable=False),
    info={"storage": IN_PLACE},
)

# Why a line was refused is ciphertext of the project: it may hold a word of the line.
intake_line = tenant_table(
    "intake_line",
    key("intake"),
    Column("line", BigInteger, primary_key=True, autoincrement=False),
    Column("status", Text, nullable=False),
    ref("item", nullable=True),
    Column("refusal", LargeBinary),
)

BEGIN = """
INSERT INTO intake_progress (tenant, intake, options, next_line, created, known, refused, at)
VALUES ($1, $2, $3, 1, 0, 0, 0, $4)
"""
FIND = "SELECT * FROM intake_progress WHERE tenant = $1 AND intake = $2"
LOCK = FIND + " FOR NO KEY UPDATE"
ADVANCE = """
UPDATE intake_progress SET next_line = $3, created = created + $4, known = known + $5, refused = refused + $6,
                           header = coalesce(header, $7), at = $8
 WHERE tenant = $1 AND intake = $2
"""
LINES = """
INSERT INTO intake_line (tenant, intake, line, status, item, refusal)
SELECT $1, $2, * FROM unnest($3::bigint[], $4::text[], $5::uuid[], $6::bytea[])
"""
RESULTS = """
SELECT line, status, item, refusal FROM intake_line
 WHERE tenant = $1 AND intake = $2 AND line > $3 AND ($4::text IS NULL OR status = $4) ORDER BY line LIMIT $5
"""
# Whoever wanted to know what became of a line has looked by then; the items themselves stay.
FORGET_OLD = """
DELETE FROM intake_line l USING intake_progress p WHERE p.tenant = l.tenant AND p.intake = l.intake AND p.at < $1
"""

Row = tuple[int, str, UUID | None, bytes | None]
"""Line, status (created, exists, refused), item, and the sealed refusal."""


async def begin(
    conn: asyncpg.Connection, tenant: TenantId, intake: UUID, options: Mapping[str, Any], now: datetime
) -> None:
    """Nothing is taken yet."""
    await conn.execute(BEGIN, tenant, intake, to_json(options).decode(), now)


async def find(
    conn: asyncpg.Connection, tenant: TenantId, intake: UUID, *, locked: bool = False
) -> dict[str, Any] | None:
    """How far an intake has come, with `options` as it was begun; `locked` until the transaction ends."""
    row = await conn.fetchrow(LOCK if locked else FIND, tenant, intake)
    return dict(row) | {"options": from_json(row["options"])} if row else None


async def advance(
    conn: asyncpg.Connection,
    tenant: TenantId,
    intake: UUID,
    lines: Sequence[Row],
    *,
    next_line: int,
    header: str | None,
    now: datetime,
) -> None:
    """These lines are taken, and the next one is `next_line`."""
    if lines:
        await conn.execute(LINES, tenant, intake, *map(list, zip(*lines, strict=True)))
    counts = [sum(row[1] == status for row in lines) for status in ("created", "exists", "refused")]
    await conn.execute(ADVANCE, tenant, intake, next_line, *counts, header, now)


async def results(
    conn: asyncpg.Connection, tenant: TenantId, intake: UUID, *, after: int, status: str | None, limit: int
) -> list[dict[str, Any]]:
    """What became of the lines after this one, in their order."""
    return [dict(row) for row in await conn.fetch(RESULTS, tenant, intake, after, status, limit)]
