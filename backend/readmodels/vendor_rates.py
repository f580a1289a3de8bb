"""Vendors' rates and the weights of their score; and what their answers took and cost, by kind of work and class."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import BigInteger, Column, Date, Integer, Text

from backend.events import vendors as ev
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import instant, key, ref, tenant_table
from backend.readmodels.projection import Projection
from backend.readmodels.quality_reports import CARD, OWN, Ours

vendor_rate = tenant_table(
    "vendor_rate",
    key("vendor_rate"),
    Column("effective", Date, primary_key=True),
    ref("vendor"),
    ref("skill", nullable=True),
    Column("stage", Text),
    Column("per", Text, nullable=False),
    # Null: from then on nothing is said of this place.
    Column("amount_minor", BigInteger),
    Column("currency", Text, nullable=False),
    Column("set_at", instant(), nullable=False),
)

vendor_score_weight = tenant_table(
    "vendor_score_weight",
    Column("version", Integer, nullable=False),
    Column("accuracy_ppm", Integer, nullable=False),
    Column("speed_ppm", Integer, nullable=False),
    Column("cost_ppm", Integer, nullable=False),
)

SET = """
INSERT INTO vendor_rate (tenant, vendor_rate, effective, vendor, skill, stage, per, amount_minor, currency, set_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (tenant, vendor_rate, effective) DO UPDATE
   SET per = excluded.per, amount_minor = excluded.amount_minor, currency = excluded.currency, set_at = excluded.set_at
"""
WEIGHED = """
INSERT INTO vendor_score_weight (tenant, version, accuracy_ppm, speed_ppm, cost_ppm) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (tenant) DO UPDATE
   SET version = excluded.version, accuracy_ppm = excluded.accuracy_ppm, speed_ppm = excluded.speed_ppm,
       cost_ppm = excluded.cost_ppm
"""


async def _set(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    rows = [
        (
            tenant,
            f.stream,
            date.fromisoformat(f.event.effective),
            *(
                f.event.vendor,
                f.event.skill,
                f.event.stage,
                f.event.per,
                f.event.amount_minor,
                f.event.currency,
            ),
            f.at,
        )
        for f in facts
    ]
    await conn.executemany(SET, rows)


async def _weighed(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    e: ev.VendorScoreWeighed = facts[-1].event
    await conn.execute(WEIGHED, tenant, e.version, e.accuracy_ppm, e.speed_ppm, e.cost_ppm)


VENDOR_RATES = Projection(
    "vendor_rates",
    (vendor_rate, vendor_score_weight),
    {ev.VendorRateSet: _set, ev.VendorScoreWeighed: _weighed},
)

LIST = """
SELECT skill, stage, per, amount_minor, currency, effective, set_at FROM vendor_rate
 WHERE tenant = $1 AND vendor = $2 ORDER BY skill NULLS FIRST, stage NULLS FIRST, effective
"""
# A rate holds until the next one of its place; of places that hold the one that names more, the skill before the stage.
# Time is that of the card: from opening to the answer, by the server's clock, of work and not of gold.
WORK = f"""
WITH rate AS MATERIALIZED (
  SELECT vendor, skill, stage, per, amount_minor, currency, effective,
         lead(effective) OVER (PARTITION BY vendor_rate ORDER BY effective) AS until
    FROM vendor_rate WHERE tenant = $1)
SELECT {OWN} AS own, a.project, a.stage, coalesce(a.answer_class, '') AS class, r.currency, count(*) AS answers,
       count(t.seconds) AS timed, coalesce(sum(ln(t.seconds)), 0)::float8 AS log_seconds,
       count(c.minor) AS priced, coalesce(sum(c.minor), 0)::float8 AS minor
  FROM answer a
  JOIN person p ON p.tenant = a.tenant AND p.annotator = a.annotator AND p.vendor IS NOT NULL
  JOIN project q ON q.tenant = a.tenant AND q.project = a.project
  LEFT JOIN lease_ended e ON e.tenant = a.tenant AND e.lease = a.lease
 CROSS JOIN LATERAL (SELECT CASE WHEN e.started_at < e.ended_at
                                 THEN extract(epoch FROM e.ended_at - e.started_at)::float8 END AS seconds) t
  LEFT JOIN LATERAL (
       SELECT rate.* FROM rate
        WHERE rate.vendor = p.vendor AND (rate.skill IS NULL OR rate.skill = q.skill)
          AND (rate.stage IS NULL OR rate.stage = a.stage) AND rate.amount_minor IS NOT NULL
          AND rate.effective <= (a.submitted_at AT TIME ZONE 'UTC')::date
          AND (rate.until IS NULL OR rate.until > (a.submitted_at AT TIME ZONE 'UTC')::date)
        ORDER BY rate.skill IS NULL, rate.stage IS NULL LIMIT 1) r ON true
 CROSS JOIN LATERAL (SELECT CASE r.per WHEN 'answer' THEN r.amount_minor::float8
                                       WHEN 'hour' THEN r.amount_minor * t.seconds / 3600.0 END AS minor) c
 WHERE a.tenant = $1 AND a.submitted_at >= $4 AND a.submitted_at <= $5 AND ($6 OR {OWN})
   AND a.gold IS NULL AND NOT a.reclaimed
 GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
"""
# As the card counts, of vendors' people alone, whatever the month.
JUDGED = CARD.replace("AND ($6 OR", "AND p.vendor IS NOT NULL AND ($6 OR")


async def rates(conn: asyncpg.Connection, tenant: TenantId, vendor: UUID) -> list[dict[str, Any]]:
    """All that was said of a vendor's rates, by skill, stage and day."""
    return [dict(row) for row in await conn.fetch(LIST, tenant, vendor)]


async def weights(conn: asyncpg.Connection, tenant: TenantId) -> dict[str, int] | None:
    """What the tenant says of the score's weights: version and ppm of each; None: nothing."""
    sql = "SELECT version, accuracy_ppm, speed_ppm, cost_ppm FROM vendor_score_weight WHERE tenant = $1"
    row = await conn.fetchrow(sql, tenant)
    return dict(row) if row else None


async def work_done(
    conn: asyncpg.Connection, tenant: TenantId, about: Ours, span: tuple[datetime, datetime], others: bool
) -> list[dict[str, Any]]:
    """The answers of a vendor's (and team's) people, and of all other vendors' if asked for, by project, stage, class
    and currency: `answers`; `timed` of them have `log_seconds` together, `priced` cost `minor` units together."""
    return [dict(row) for row in await conn.fetch(WORK, tenant, *about, *span, others)]


async def judged(
    conn: asyncpg.Connection, tenant: TenantId, about: Ours, span: tuple[datetime, datetime]
) -> list[dict[str, Any]]:
    """What was judged of all vendors' people, as counts by own, project, stage, class, month, rate_ppm and passed."""
    return [dict(row) for row in await conn.fetch(JUDGED, tenant, *about, *span, True)]
