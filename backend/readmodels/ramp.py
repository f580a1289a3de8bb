"""Ramp: what live evidence said of people when they were new and when they were not, and after how much work.

Exams are left out: they are taken before work and asked at another share than work meets. Bucket and month are those
of the piece of evidence in its place in the log; the hour is the answer's own.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Column, Integer, Text

from backend.events import leases, review
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import instant, key, tenant_table
from backend.readmodels.projection import Projection

NEW_UNTIL, ESTABLISHED_AFTER = 50, 200
FIRST, BETWEEN, BEYOND = "first_50", "to_200", "beyond"

ramp = tenant_table(
    "ramp",
    key("annotator"),
    key("skill"),
    Column("bucket", Text, primary_key=True),
    Column("month", instant(), primary_key=True),
    Column("correct", Integer, nullable=False),
    Column("total", Integer, nullable=False),
)

evidence_hour = tenant_table(
    "evidence_hour",
    key("annotator"),
    Column("hour", instant(), primary_key=True),
    Column("correct", Integer, nullable=False),
    Column("total", Integer, nullable=False),
)

SO_FAR = """
SELECT annotator, skill, sum(total)::int AS total FROM ramp
 WHERE tenant = $1 AND annotator = ANY($2::uuid[]) GROUP BY annotator, skill
"""
ADD = """
INSERT INTO ramp AS r (tenant, annotator, skill, bucket, month, correct, total)
SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::timestamptz[], $6::int[], $7::int[])
ON CONFLICT (tenant, annotator, skill, bucket, month) DO UPDATE
   SET correct = r.correct + excluded.correct, total = r.total + excluded.total
"""
HOURS = """
INSERT INTO evidence_hour AS e (tenant, annotator, hour, correct, total)
SELECT $1, n.annotator, date_trunc('hour', l.ended_at, 'UTC'), count(*) FILTER (WHERE n.correct), count(*)
  FROM unnest($2::uuid[], $3::uuid[], $4::bool[]) n(annotator, lease, correct)
  JOIN lease_ended l ON l.tenant = $1 AND l.lease = n.lease AND l.lease = ANY($3::uuid[]) GROUP BY 2, 3
ON CONFLICT (tenant, annotator, hour) DO UPDATE
   SET correct = e.correct + excluded.correct, total = e.total + excluded.total
"""

Seen = tuple[UUID, UUID, UUID, bool, datetime]
"""Person, skill, the answer's lease, whether it was right, when that was found."""
Cell = tuple[UUID, UUID, str, datetime]


async def _gold(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    told = [(f.event.annotator, f.event.skill, f.event.lease, f.event.correct, f.at) for f in facts]
    await _fold(conn, tenant, told)


async def _verdict(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    told = [
        (e.author, e.skill, e.lease, e.verdict == "accept", f.at) for f in facts if (e := f.event).inspected
    ]
    if told:
        await _fold(conn, tenant, told)


async def _fold(conn: asyncpg.Connection, tenant: TenantId, seen: Sequence[Seen]) -> None:
    people, _, leases, right, _ = map(list, zip(*seen, strict=True))
    rows = await conn.fetch(SO_FAR, tenant, sorted(set(people)))
    cells = _cells(seen, {(row["annotator"], row["skill"]): row["total"] for row in rows})
    await conn.execute(ADD, tenant, *map(list, zip(*cells, strict=True)))
    await conn.execute(HOURS, tenant, people, leases, right)


def _cells(seen: Sequence[Seen], so_far: dict[tuple[UUID, UUID], int]) -> list[tuple[Any, ...]]:
    """Counts by bucket and month, piece by piece in the order of the log."""
    rights: Counter[Cell] = Counter()
    totals: Counter[Cell] = Counter()
    for annotator, skill, _, right, at in seen:
        before = so_far.get((annotator, skill), 0)
        so_far[annotator, skill] = before + 1
        month = at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        cell = (annotator, skill, _bucket(before), month)
        totals[cell] += 1
        rights[cell] += right
    return [(*cell, rights[cell], n) for cell, n in sorted(totals.items())]


def _bucket(before: int) -> str:
    return FIRST if before < NEW_UNTIL else BETWEEN if before < ESTABLISHED_AFTER else BEYOND


RAMP = Projection("ramp", (ramp, evidence_hour), {leases.GoldScored: _gold, review.VerdictGiven: _verdict})
