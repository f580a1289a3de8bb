"""Retraining: which skill assigns which course to who falls, and who is to pass one for that now."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import BigInteger, Column, Index, Integer, Text

from backend.events import retraining as ev
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import instant, key, ref, tenant_table
from backend.readmodels.projection import Projection, execute_each

retraining_rule = tenant_table(
    "retraining_rule",
    key("skill"),
    ref("course", nullable=True),
    Column("below_ppm", Integer, nullable=False),
)

# One row per episode that is not over.
retraining = tenant_table(
    "retraining",
    key("annotator"),
    key("skill"),
    ref("course"),
    Column("why", Text, nullable=False),
    Column("lower_ppm", Integer, nullable=False),
    Column("below_ppm", Integer, nullable=False),
    Column("correct", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("basis_index", BigInteger, nullable=False),
    Column("since", instant(), nullable=False),
    Index("retraining_course", "tenant", "annotator", "course"),
)

SET = """
INSERT INTO retraining_rule (tenant, skill, course, below_ppm) VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant, skill) DO UPDATE SET course = excluded.course, below_ppm = excluded.below_ppm
"""
COLUMNS = "annotator skill course why lower_ppm below_ppm correct total basis_index".split()
BEGUN = f"""
INSERT INTO retraining (tenant, {", ".join(COLUMNS)}, since) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""
ENDED = "DELETE FROM retraining WHERE tenant = $1 AND annotator = $2 AND skill = $3"


async def _begun(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    rows = [(tenant, *(getattr(fact.event, name) for name in COLUMNS), fact.at) for fact in facts]
    await conn.executemany(BEGUN, rows)


RETRAINING = Projection(
    "retraining",
    (retraining_rule, retraining),
    {
        ev.RetrainingSet: execute_each(SET, "skill", "course", "below_ppm"),
        ev.RetrainingBegun: _begun,
        ev.RetrainingEnded: execute_each(ENDED, "annotator", "skill"),
    },
)

RULE = "SELECT course, below_ppm FROM retraining_rule WHERE tenant = $1 AND skill = $2"
ASKED = """
SELECT r.course, r.below_ppm,
       (SELECT true FROM retraining WHERE tenant = $1 AND annotator = $2 AND skill = $3) AS learning
  FROM (VALUES (1)) one LEFT JOIN retraining_rule r ON r.tenant = $1 AND r.skill = $3
"""
OPEN = """
SELECT r.*, s.name FROM retraining r JOIN skill s USING (tenant, skill)
 WHERE r.tenant = $1 AND r.annotator = $2 ORDER BY s.name, r.skill
"""
FRESH = """
SELECT count(*) FROM evidence WHERE tenant = $1 AND annotator = $2 AND skill = $3 AND kind = 'live'
   AND idx >= $4 AND idx <= $5
"""


async def rule(conn: asyncpg.Connection, tenant: TenantId, skill: UUID) -> tuple[UUID | None, int]:
    """The course of a skill's rule (None: there is no rule), and below which estimate, in parts per million."""
    row = await conn.fetchrow(RULE, tenant, skill)
    return (row["course"], row["below_ppm"]) if row else (None, 0)


async def asked(
    conn: asyncpg.Connection, tenant: TenantId, annotator: UUID, skill: UUID
) -> tuple[UUID | None, int, bool]:
    """The rule as `rule` says it, and whether an episode is open for this person in the skill."""
    row = await conn.fetchrow(ASKED, tenant, annotator, skill)
    return row["course"], row["below_ppm"] or 0, bool(row["learning"])


async def of_person(conn: asyncpg.Connection, tenant: TenantId, annotator: UUID) -> list[dict[str, Any]]:
    """A person's open episodes by the skill's name, each with what it rests on."""
    return [dict(row) for row in await conn.fetch(OPEN, tenant, annotator)]


async def fresh(
    conn: asyncpg.Connection, tenant: TenantId, who: tuple[UUID, UUID], since: int, last: int
) -> int:
    """How many live pieces of evidence of a person in a skill lie between these indexes, both counted in."""
    return int(await conn.fetchval(FRESH, tenant, *who, since, last))
