"""Calibration: the temperature in force in each project, and the results whose truth a sampled review told."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import BigInteger, Column, Integer

from backend.events import proficiency as ev
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import instant, key, tenant_table
from backend.readmodels.counting import weightless
from backend.readmodels.projection import Projection

calibration = tenant_table(
    "calibration",
    key("project"),
    Column("temperature_ppm", Integer, nullable=False),
    Column("audited", Integer, nullable=False),
    Column("basis_index", BigInteger, nullable=False),
    Column("calibrated_at", instant(), nullable=False),
)

CALIBRATED = """
INSERT INTO calibration (tenant, project, temperature_ppm, audited, basis_index, calibrated_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (tenant, project) DO UPDATE
   SET temperature_ppm = excluded.temperature_ppm, audited = excluded.audited, basis_index = excluded.basis_index,
       calibrated_at = excluded.calibrated_at
"""
OF_PROJECTS = "SELECT * FROM calibration WHERE tenant = $1 AND project = ANY($2::uuid[])"
# The newest verdict on each, by a review that was drawn by chance; rejected answers have told no truth. What was
# claimed with answers that are discounted is no claim of those who count.
AUDITED = f"""
SELECT * FROM (
  SELECT DISTINCT ON (r.task) res.item, res.unreviewed, r.task, r.project, r.review, r.verdict, r.correction,
         r.given_at, a.lease, a.answer
    FROM result res
    JOIN review r ON r.tenant = $1 AND r.task = res.unreviewed_task AND r.sampled AND r.verdict IN ('accept', 'correct')
                 AND r.passed IS NOT NULL
    JOIN answer a ON a.tenant = $1 AND a.lease = r.lease
   WHERE res.tenant = $1 AND res.project = $2 AND res.unreviewed IS NOT NULL
     AND NOT EXISTS (SELECT 1 FROM answer v WHERE v.tenant = $1 AND v.task = res.unreviewed_task AND v.gold IS NULL
                        AND {weightless("v")})
   ORDER BY r.task, r.given_at DESC, r.review
) told ORDER BY given_at DESC, review LIMIT $3
"""


async def _calibrated(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: ev.ConfidenceCalibrated = fact.event
        row = (e.project, e.temperature_ppm, e.audited, e.basis_index, fact.at)
        await conn.execute(CALIBRATED, tenant, *row)


CALIBRATION = Projection("calibration", (calibration,), {ev.ConfidenceCalibrated: _calibrated})


async def temperatures(
    conn: asyncpg.Connection, tenant: TenantId, projects: Sequence[UUID]
) -> dict[UUID, float]:
    """Project -> the exponent that its confidence is softened by; projects that were never calibrated are left out."""
    rows = await conn.fetch(OF_PROJECTS, tenant, projects) if projects else []
    return {row["project"]: row["temperature_ppm"] / 1e6 for row in rows}


async def of_project(conn: asyncpg.Connection, tenant: TenantId, project: UUID) -> dict[str, Any] | None:
    """The calibration in force: `temperature_ppm`, on how many tasks it was fitted (`audited`), and when."""
    row = await conn.fetchrow(OF_PROJECTS, tenant, [project])
    return dict(row) if row else None
