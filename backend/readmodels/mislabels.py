"""Probable mislabels: results that nobody has looked at by class and confidence, and the plans they were chosen for."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Column, Index, Integer, Text

from backend.events import rework as ev
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import instant, key, ref, tenant_table
from backend.readmodels.projection import Projection

mislabel_draw = tenant_table(
    "mislabel_draw",
    key("rework"),
    ref("project"),
    Column("seed", Text, nullable=False),
    Column("items", Integer, nullable=False),
    Column("drawn_at", instant(), nullable=False),
    Index("mislabel_draw_project", "tenant", "project", "rework"),
)

DRAWN = """
INSERT INTO mislabel_draw (tenant, rework, project, seed, items, drawn_at) VALUES ($1, $2, $3, $4, $5, $6)
"""
# What an answer `n` (item, task, project) was given for: an item that was chosen because it was probably wrong.
CHOSEN = """
EXISTS (SELECT 1 FROM mislabel_draw d
          JOIN rework_item w ON w.tenant = d.tenant AND w.rework = d.rework AND w.item = n.item
          JOIN task k ON k.tenant = d.tenant AND k.task = n.task AND k.generation = w.generation
         WHERE d.tenant = $1 AND d.project = n.project)
"""
CHOSEN_LEASES = f"""
SELECT n.lease FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[]) n(lease, item, task, project) WHERE {CHOSEN}
"""
# Decided by answers alone, not being done again, accepted by no reviewer, and not what such a plan has come to.
OPEN = """
FROM result r
 WHERE r.tenant = $1 AND r.project = $2 AND r.decided_by NOT IN ('review', 'expert') AND r.rework IS NULL
   AND NOT EXISTS (SELECT 1 FROM review v WHERE v.tenant = r.tenant AND v.task = r.task AND v.verdict = 'accept'
                      AND v.passed)
   AND NOT EXISTS (SELECT 1 FROM task k JOIN mislabel_draw d ON d.tenant = k.tenant AND d.rework = k.rework
                    WHERE k.tenant = r.tenant AND k.item = r.item AND k.generation = r.generation)
"""
CLASSES = f"""
SELECT coalesce(r.result_class, '') AS result_class, count(*) AS results,
       avg(1 - r.confidence_ppm / 1000000.0)::float8 AS doubt, (array_agg(r.task ORDER BY r.item))[1] AS task {OPEN}
   AND ($3::text[] IS NULL OR r.result_class = ANY($3))
 GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT $4
"""
# Within a class less sure is more probably wrong: of each so many are enough.
WORST = f"""
SELECT c.result_class, x.item, x.confidence_ppm FROM unnest($3::text[]) c(result_class) CROSS JOIN LATERAL (
  SELECT r.item, r.confidence_ppm {OPEN} AND r.result_class = c.result_class
   ORDER BY r.confidence_ppm, sha256(sha256(convert_to($5, 'UTF8')) || uuid_send(r.item)) LIMIT $4) x
UNION ALL
(SELECT '', r.item, r.confidence_ppm {OPEN} AND '' = ANY($3::text[]) AND r.result_class IS NULL
  ORDER BY r.confidence_ppm, sha256(sha256(convert_to($5, 'UTF8')) || uuid_send(r.item)) LIMIT $4)
"""
SAYING = "SELECT task, result FROM result WHERE tenant = $1 AND task = ANY($2::uuid[])"


async def _drawn(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    rows = [(tenant, f.event.rework, f.event.project, f.event.seed, len(f.event.items), f.at) for f in facts]
    await conn.executemany(DRAWN, rows)


MISLABELS = Projection("mislabels", (mislabel_draw,), {ev.WorstDrawn: _drawn})


async def classes(
    conn: asyncpg.Connection, tenant: TenantId, project: UUID, only: Sequence[str] | None, most: int
) -> list[dict[str, Any]]:
    """Of each class (its token in the project; '' for none) how many results nobody has looked at, the mean of 1 -
    confidence over them, and a task whose result says it. Those with most results first."""
    found = await conn.fetch(CLASSES, tenant, project, None if only is None else list(only), most)
    return [dict(row) for row in found]


async def worst(
    conn: asyncpg.Connection, tenant: TenantId, project: UUID, classes: Sequence[str], most: int, seed: str
) -> list[dict[str, Any]]:
    """Of each class at most so many of the least sure results that nobody has looked at."""
    return [dict(row) for row in await conn.fetch(WORST, tenant, project, list(classes), most, seed)]


async def saying(conn: asyncpg.Connection, tenant: TenantId, tasks: Sequence[UUID]) -> list[dict[str, Any]]:
    """The results (ciphertext) that these tasks came to."""
    return [dict(row) for row in await conn.fetch(SAYING, tenant, list(tasks))]


async def chosen(
    conn: asyncpg.Connection, tenant: TenantId, answers: Sequence[tuple[UUID, UUID, UUID, UUID]]
) -> set[UUID]:
    """Of these answers (lease, item, task, project) the leases of those that were given for an item that was chosen
    because it was probably wrong: no sample of anybody's work."""
    if not answers:
        return set()
    rows = await conn.fetch(CHOSEN_LEASES, tenant, *map(list, zip(*answers, strict=True)))
    return {row["lease"] for row in rows}
