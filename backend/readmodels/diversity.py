"""Diversity: of how many different people, teams, vendors or languages the answers behind an item's result are."""

from typing import Any, Literal
from uuid import UUID

import asyncpg

from backend.events.ids import TenantId

Among = Literal["people", "team", "vendor", "origin", "language"]

# Who has no vendor or team is of the tenant's own; who has no language adds none.
DIFFERENT: dict[str, str] = {
    "people": "count(DISTINCT a.annotator)",
    "team": "count(DISTINCT CASE WHEN a.lease IS NOT NULL THEN coalesce(p.team::text, '') END)",
    "vendor": "count(DISTINCT CASE WHEN a.lease IS NOT NULL THEN coalesce(p.vendor::text, '') END)",
    "origin": "count(DISTINCT p.origin)",
    "language": "count(DISTINCT s.skill)",
}
LANGUAGES = """
  LEFT JOIN skill_held h ON h.tenant = p.tenant AND h.annotator = p.annotator
  LEFT JOIN skill s ON s.tenant = h.tenant AND s.skill = h.skill AND s.kind = 'language'
"""
_ITEMS = """
SELECT r.item, {different} AS different, count(DISTINCT a.lease) AS answers
  FROM result r
  LEFT JOIN answer a ON a.tenant = r.tenant AND a.project = r.project AND a.item = r.item
   AND a.generation = r.generation AND a.gold IS NULL AND NOT a.rejected AND a.stage IN ('annotate', 'custom')
  LEFT JOIN person p ON p.tenant = a.tenant AND p.annotator = a.annotator {more}
 WHERE r.tenant = $1 AND r.project = $2 GROUP BY r.item
"""
COUNTS = f"SELECT different, count(*) AS items FROM ({_ITEMS}) x GROUP BY 1 ORDER BY 1"
BELOW = f"SELECT * FROM ({_ITEMS}) x WHERE different < $3 AND item > $4 ORDER BY item LIMIT $5"


def _sql(sql: str, by: Among) -> str:
    return sql.format(different=DIFFERENT[by], more=LANGUAGES if by == "language" else "")


async def counts(
    conn: asyncpg.Connection, tenant: TenantId, project: UUID, by: Among
) -> list[dict[str, Any]]:
    """How many decided items have answers of so many `different` ones."""
    return [dict(row) for row in await conn.fetch(_sql(COUNTS, by), tenant, project)]


async def below(
    conn: asyncpg.Connection,
    tenant: TenantId,
    project: UUID,
    by: Among,
    least: int,
    after: UUID | None,
    most: int,
) -> list[dict[str, Any]]:
    """Decided items with answers of fewer different ones, by id, beyond an item: item, different, answers."""
    args = (tenant, project, least, after or UUID(int=0), most)
    return [dict(row) for row in await conn.fetch(_sql(BELOW, by), *args)]
