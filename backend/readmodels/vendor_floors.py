"""Vendors' standards: the rules in force, what fell below them, and the evidence that a rule looks at."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import BigInteger, Column, Integer, Text

from backend.events import vendors as ev
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import instant, key, ref, tenant_table
from backend.readmodels.projection import Projection

vendor_floor = tenant_table(
    "vendor_floor",
    key("vendor_floor"),
    ref("vendor", nullable=True),
    ref("skill", nullable=True),
    Column("version", Integer, nullable=False),
    Column("floor_ppm", Integer, nullable=False),
    Column("confidence_ppm", Integer, nullable=False),
    Column("answers_min", Integer, nullable=False),
    Column("people_min", Integer, nullable=False),
    Column("days", Integer, nullable=False),
    Column("mode", Text, nullable=False),
    Column("set_at", instant(), nullable=False),
)

vendor_crossing = tenant_table(
    "vendor_crossing",
    key("vendor"),
    key("skill"),
    Column("mode", Text, nullable=False),
    *(
        Column(name, Integer, nullable=False)
        for name in ("floor_ppm", "confidence_ppm", "probability_ppm", "answers", "errors", "people")
    ),
    *(
        Column(name, Integer, nullable=False)
        for name in ("accuracy_ppm", "low_ppm", "high_ppm", "worth_milli")
    ),
    Column("since", instant(), nullable=False),
    Column("since_index", BigInteger, nullable=False),
    Column("basis_index", BigInteger, primary_key=True, autoincrement=False),
    Column("fell_at", instant(), nullable=False),
)

_RULE = (
    "vendor",
    "skill",
    "version",
    "floor_ppm",
    "confidence_ppm",
    "answers_min",
    "people_min",
    "days",
    "mode",
)
_CROSSING = (
    "vendor",
    "skill",
    "mode",
    "floor_ppm",
    "confidence_ppm",
    "probability_ppm",
    "answers",
    "errors",
    "people",
    "accuracy_ppm",
    "low_ppm",
    "high_ppm",
    "worth_milli",
    "since",
    "since_index",
    "basis_index",
)
SET = f"""
INSERT INTO vendor_floor (tenant, vendor_floor, {", ".join(_RULE)}, set_at)
VALUES ($1, $2, {", ".join(f"${n}" for n in range(3, 13))})
ON CONFLICT (tenant, vendor_floor) DO UPDATE
   SET version = excluded.version, floor_ppm = excluded.floor_ppm, confidence_ppm = excluded.confidence_ppm,
       answers_min = excluded.answers_min, people_min = excluded.people_min, days = excluded.days,
       mode = excluded.mode, set_at = excluded.set_at
"""
FELL = f"""
INSERT INTO vendor_crossing (tenant, {", ".join(_CROSSING)}, fell_at)
VALUES ($1, {", ".join(f"${n}" for n in range(2, 19))})
"""


async def _set(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    rows = [(tenant, f.stream, *(getattr(f.event, name) for name in _RULE), f.at) for f in facts]
    await conn.executemany(SET, rows)


async def _fell(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    rows = [(tenant, *(getattr(f.event, name) for name in _CROSSING), f.at) for f in facts]
    await conn.executemany(FELL, rows)


VENDOR_FLOORS = Projection(
    "vendor_floors",
    (vendor_floor, vendor_crossing),
    {ev.VendorFloorSet: _set, ev.VendorFellBelow: _fell},
)

# What names the vendor and the skill counts before what names one of them, the vendor before the skill.
IN_FORCE = """
SELECT * FROM vendor_floor
 WHERE tenant = $1 AND (vendor IS NULL OR vendor = $2) AND (skill IS NULL OR skill = $3)
 ORDER BY vendor IS NULL, skill IS NULL LIMIT 1
"""
LIST = """
SELECT * FROM vendor_floor WHERE tenant = $1 AND ($2::uuid IS NULL OR vendor IS NULL OR vendor = $2)
 ORDER BY vendor NULLS FIRST, skill NULLS FIRST
"""
CROSSINGS = """
SELECT * FROM vendor_crossing WHERE tenant = $1 AND vendor = $2 ORDER BY fell_at DESC, skill LIMIT $3
"""
# Who is suspended is not judged, and who was reinstated only on what came after.
STANDING = """
SELECT v.status, v.since,
       coalesce((SELECT max(c.basis_index) FROM vendor_crossing c
                  WHERE c.tenant = v.tenant AND c.vendor = v.vendor AND c.skill = $3), 0) AS judged
  FROM vendor v WHERE v.tenant = $1 AND v.vendor = $2
"""
# Answers that weigh nothing in their author's own record weigh nothing here: chosen, taken back, discounted.
EVIDENCE = """
SELECT e.annotator, e.correct, coalesce(e.rate_ppm, 1000000) AS rate_ppm, count(*) AS n
  FROM person p JOIN evidence e ON e.tenant = p.tenant AND e.annotator = p.annotator AND e.skill = $3
 WHERE p.tenant = $1 AND p.vendor = $2 AND e.source IN ('gold', 'review') AND e.weight > 0 AND e.correct IS NOT NULL
   AND coalesce(e.rate_ppm, 1000000) > 0 AND e.idx >= $4 AND e.at > $5
   AND NOT EXISTS (SELECT 1 FROM evidence_discount d WHERE d.tenant = e.tenant AND d.annotator = e.annotator
                      AND d.skill = e.skill AND e.at >= d.since)
 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
# Whom a rule concerns: vendors with evidence in a skill.
CONCERNED = """
SELECT DISTINCT p.vendor, s.skill FROM person p JOIN proficiency s ON s.tenant = p.tenant AND s.annotator = p.annotator
 WHERE p.tenant = $1 AND p.vendor IS NOT NULL AND ($2::uuid IS NULL OR p.vendor = $2)
   AND ($3::uuid IS NULL OR s.skill = $3) AND s.source IN ('gold', 'review') ORDER BY 1, 2
"""
# Whoever folds evidence waits meanwhile, so that a basis is exactly what was read.
HOLD = "SELECT next_idx FROM subscription WHERE tenant = $1 AND name = 'proficiency' FOR SHARE"


async def in_force(
    conn: asyncpg.Connection, tenant: TenantId, vendor: UUID, skill: UUID
) -> dict[str, Any] | None:
    """The rule for a vendor in a skill; None without one, or where it asks for nothing."""
    row = await conn.fetchrow(IN_FORCE, tenant, vendor, skill)
    return dict(row) if row and row["floor_ppm"] else None


async def rules(conn: asyncpg.Connection, tenant: TenantId, vendor: UUID | None) -> list[dict[str, Any]]:
    """All rules, or those that can concern one vendor."""
    return [dict(row) for row in await conn.fetch(LIST, tenant, vendor)]


async def crossings(
    conn: asyncpg.Connection, tenant: TenantId, vendor: UUID, most: int
) -> list[dict[str, Any]]:
    """When a vendor fell below a floor, the newest first, as the facts say it."""
    return [dict(row) for row in await conn.fetch(CROSSINGS, tenant, vendor, most)]


async def standing(
    conn: asyncpg.Connection, tenant: TenantId, vendor: UUID, skill: UUID
) -> dict[str, Any] | None:
    """A vendor's status and since when, and `judged`: evidence of the skill below this index has spoken."""
    row = await conn.fetchrow(STANDING, tenant, vendor, skill)
    return dict(row) if row else None


async def evidence(
    conn: asyncpg.Connection, tenant: TenantId, vendor: UUID, skill: UUID, first: int, since: datetime
) -> list[dict[str, Any]]:
    """How many answers of each person were judged alike (annotator, correct, rate_ppm, n), told after `since` and from
    index `first` on."""
    return [dict(row) for row in await conn.fetch(EVIDENCE, tenant, vendor, skill, first, since)]


async def concerned(
    conn: asyncpg.Connection, tenant: TenantId, vendor: UUID | None, skill: UUID | None
) -> list[tuple[UUID, UUID]]:
    """(vendor, skill) with evidence, of those that a rule names."""
    return [(row["vendor"], row["skill"]) for row in await conn.fetch(CONCERNED, tenant, vendor, skill)]


async def hold(conn: asyncpg.Connection, tenant: TenantId) -> int:
    """The index up to which evidence is folded; it stays that until the transaction ends."""
    return int(await conn.fetchval(HOLD, tenant) or 0)
