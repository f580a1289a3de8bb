"""Diversity: of how many different people, teams, vendors or languages the answers behind an item's result are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

import asyncpg

from backend.events.ids import TenantId
from backend.readmodels.counting import COUNTS as COUNTING

Among = Literal["people", "annotator", "team", "vendor", "origin", "language"]
"""`people` and `annotator` are the same."""

# Who has no vendor or team is of the tenant's own; who has no language adds none.
DIFFERENT: dict[str, str] = {
    "people": "count(DISTINCT a.annotator)",
    "annotator": "count(DISTINCT a.annotator)",
    "team": "count(DISTINCT CASE WHEN a.lease IS NOT NULL THEN coalesce(p.team::text, '') END)",
    "vendor": "count(DISTINCT CASE WHEN a.lease IS NOT NULL THEN coalesce(p.vendor::text, '') END)",
    "origin": "count(DISTINCT p.origin)",
    "language": "count(DISTINCT s.skill)",
}
LANGUAGES = """
  LEFT JOIN skill_held h ON h.tenant = p.tenant AND h.annotator = p.annotator
  LEFT JOIN skill s ON s.tenant = h.tenant AND s.skill = h.skill AND s.kind = 'language'
"""
# All items, or those named, of a delivery, or of an iteration.
_ONLY = """
   AND ($3::uuid[] IS NULL OR r.item = ANY($3))
   AND ($4::uuid IS NULL OR EXISTS (SELECT 1 FROM delivery_item d
                                     WHERE d.tenant = r.tenant AND d.item = r.item AND d.delivery = $4))
   AND ($5::uuid IS NULL OR EXISTS (SELECT 1 FROM iteration_item n
                                     WHERE n.tenant = r.tenant AND n.item = r.item AND n.iteration = $5))
"""
_ITEMS = f"""
SELECT r.item, {{different}} AS different, count(DISTINCT a.lease) AS answers
  FROM result r
  LEFT JOIN answer a ON a.tenant = r.tenant AND a.project = r.project AND a.item = r.item
   AND a.generation = r.generation AND a.gold IS NULL AND NOT a.rejected AND a.stage IN ('annotate', 'custom')
   AND {COUNTING}
  LEFT JOIN person p ON p.tenant = a.tenant AND p.annotator = a.annotator {{more}}
 WHERE r.tenant = $1 AND r.project = $2 {_ONLY} GROUP BY r.item
"""
COUNTS = f"SELECT different, count(*) AS items FROM ({_ITEMS}) x GROUP BY 1 ORDER BY 1"
BELOW = f"SELECT * FROM ({_ITEMS}) x WHERE different < $6 AND item > $7 ORDER BY item LIMIT $8"
ENOUGH = f"""
SELECT count(*)::int AS items, count(*) FILTER (WHERE different >= $6)::int AS diverse,
       count(*) FILTER (WHERE answers = 0)::int AS without
  FROM ({_ITEMS}) x
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Only:
    """Which decided items: these, those of a delivery, those of an iteration; all where nothing is named."""

    items: Sequence[UUID] | None = None
    delivery: UUID | None = None
    iteration: UUID | None = None

    @property
    def args(self) -> tuple[list[UUID] | None, UUID | None, UUID | None]:
        """As the statements take it."""
        return (None if self.items is None else list(self.items), self.delivery, self.iteration)


ALL = Only()


def _sql(sql: str, by: str) -> str:
    return sql.format(different=DIFFERENT[by], more=LANGUAGES if by == "language" else "")


async def counts(
    conn: asyncpg.Connection, tenant: TenantId, project: UUID, by: Among, only: Only = ALL
) -> list[dict[str, Any]]:
    """How many decided items have answers of so many `different` ones."""
    return [dict(row) for row in await conn.fetch(_sql(COUNTS, by), tenant, project, *only.args)]


async def enough(
    conn: asyncpg.Connection, tenant: TenantId, project: UUID, by: str, least: int, only: Only
) -> dict[str, int]:
    """Of these decided items: how many (`items`), of how many the answers are of `least` different ones or more
    (`diverse`), and how many have no answer that counts (`without`)."""
    return dict(await conn.fetchrow(_sql(ENOUGH, by), tenant, project, *only.args, least))


async def below(
    conn: asyncpg.Connection,
    tenant: TenantId,
    project: UUID,
    by: Among,
    least: int,
    after: UUID | None,
    most: int,
    only: Only = ALL,
) -> list[dict[str, Any]]:
    """Decided items with answers of fewer different ones, by id, beyond an item: item, different, answers."""
    args = (tenant, project, *only.args, least, after or UUID(int=0), most)
    return [dict(row) for row in await conn.fetch(_sql(BELOW, by), *args)]
