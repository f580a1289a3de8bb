"""Priors: what is believed of somebody new in a skill, as fitted last; and which skills have new evidence since."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
from sqlalchemy import BigInteger, Column, Integer

from backend.events import proficiency as ev
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import instant, key, tenant_table
from backend.readmodels.projection import Projection
from backend.statistics.beta import Beta

PPM = 1_000_000

skill_prior = tenant_table(
    "skill_prior",
    key("skill"),
    Column("a_ppm", BigInteger, nullable=False),
    Column("b_ppm", BigInteger, nullable=False),
    Column("people", Integer, nullable=False),
    Column("basis_index", BigInteger, nullable=False),
    Column("fitted_at", instant(), nullable=False),
)

FITTED = """
INSERT INTO skill_prior (tenant, skill, a_ppm, b_ppm, people, basis_index, fitted_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (tenant, skill) DO UPDATE
   SET a_ppm = excluded.a_ppm, b_ppm = excluded.b_ppm, people = excluded.people, basis_index = excluded.basis_index,
       fitted_at = excluded.fitted_at
"""
OF_SKILL = "SELECT a_ppm, b_ppm FROM skill_prior WHERE tenant = $1 AND skill = $2"
# By the dates (UTC): at night what the day before brought is fitted, once.
_DUE = """
  FROM evidence_skill e LEFT JOIN skill_prior p USING (tenant, skill)
 WHERE e.tenant = $1 AND e.idx >= coalesce(p.basis_index, 0)
   AND (coalesce(p.fitted_at, e.first_at) AT TIME ZONE 'UTC')::date < ($2::timestamptz AT TIME ZONE 'UTC')::date
"""
DUE = f"EXISTS (SELECT 1 {_DUE})"
NEXT = f"SELECT e.skill {_DUE} ORDER BY e.skill LIMIT $3"
# Whoever folds evidence waits meanwhile, so that a basis is exactly what was read.
HOLD = "SELECT next_idx FROM subscription WHERE tenant = $1 AND name = 'proficiency' FOR SHARE"


async def _fitted(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: ev.PriorFitted = fact.event
        await conn.execute(FITTED, tenant, e.skill, e.a_ppm, e.b_ppm, e.people, e.basis_index, fact.at)


PRIORS = Projection("priors", (skill_prior,), {ev.PriorFitted: _fitted})


async def fitted(conn: asyncpg.Connection, tenant: TenantId, skill: UUID) -> Beta | None:
    """The prior in force, None before the first fit."""
    row = await conn.fetchrow(OF_SKILL, tenant, skill)
    return Beta(row["a_ppm"] / PPM, row["b_ppm"] / PPM) if row else None


async def due(conn: asyncpg.Connection, tenant: TenantId, now: datetime, most: int) -> list[UUID]:
    """Skills with evidence that their prior does not know, and that were not fitted on this date."""
    return [row["skill"] for row in await conn.fetch(NEXT, tenant, now, most)]


async def hold(conn: asyncpg.Connection, tenant: TenantId) -> int:
    """The index up to which evidence is folded; it stays that until the transaction ends."""
    return int(await conn.fetchval(HOLD, tenant) or 0)
