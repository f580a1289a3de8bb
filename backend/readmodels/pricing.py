"""Pricing: every piece of people's work in a project, how long it took, and the rate that held on its day.

Whoever belongs to a vendor costs what the vendor's rates say, everybody else what the project's staff rates say. Of
rates that hold at once the one that names more counts, the skill before the kind of work.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg

from backend.events.ids import TenantId
from backend.readmodels.backtest import Window

_IN_FORCE = """
  SELECT vendor, NULL::uuid AS project, skill, stage, per, amount_minor, currency, effective,
         lead(effective) OVER (PARTITION BY vendor_rate ORDER BY effective) AS until
    FROM vendor_rate WHERE tenant = $1
   UNION ALL
  SELECT NULL, project, NULL, stage, per, amount_minor, currency, effective,
         lead(effective) OVER (PARTITION BY staff_rate ORDER BY effective)
    FROM staff_rate WHERE tenant = $1 AND project = $2
"""
# Time is from opening to the answer by the server's clock; of what came after its lease had ended nobody knows it. What
# a model answered has no person.
PIECES = f"""
WITH rate AS MATERIALIZED ({_IN_FORCE})
SELECT e.lease, CASE WHEN e.stage = 'review' THEN 'reviews' WHEN e.stage IN ('expert', 'adjudicate') THEN 'escalations'
                     WHEN e.gold IS NOT NULL THEN 'gold' ELSE 'answers' END AS kind,
       coalesce(a.rejected, false) AS rejected,
       CASE WHEN e.started_at < e.ended_at AND a.reclaimed IS NOT TRUE
            THEN (extract(epoch FROM e.ended_at - e.started_at) * 1000000)::bigint END AS micros,
       r.per, r.amount_minor AS minor, r.currency
  FROM lease_ended e
  JOIN person p ON p.tenant = e.tenant AND p.annotator = e.annotator
  JOIN project q ON q.tenant = e.tenant AND q.project = e.project
  LEFT JOIN answer a ON a.tenant = e.tenant AND a.lease = e.lease
  LEFT JOIN LATERAL (
       SELECT rate.* FROM rate
        WHERE (rate.vendor = p.vendor OR (p.vendor IS NULL AND rate.project = e.project))
          AND (rate.skill IS NULL OR rate.skill = q.skill) AND (rate.stage IS NULL OR rate.stage = e.stage)
          AND rate.amount_minor IS NOT NULL AND rate.effective <= (e.ended_at AT TIME ZONE 'UTC')::date
          AND (rate.until IS NULL OR rate.until > (e.ended_at AT TIME ZONE 'UTC')::date)
        ORDER BY rate.skill IS NULL, rate.stage IS NULL LIMIT 1) r ON true
 WHERE e.tenant = $1 AND e.project = $2 AND e.how = 'submitted'
   AND e.ended_at >= coalesce($3, '-infinity'::timestamptz) AND e.ended_at < coalesce($4, 'infinity'::timestamptz)
"""
SUMS = f"""
SELECT kind, rejected, per, minor, currency, micros IS NOT NULL AS timed, count(*) AS pieces,
       sum(micros)::bigint AS micros
  FROM ({PIECES}) piece GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6
"""
# What own people cost on a day, by kind of work; null is each.
ON_DAY = """
SELECT DISTINCT ON (staff_rate) stage, per, amount_minor AS minor, currency FROM staff_rate
 WHERE tenant = $1 AND project = $2 AND effective <= $3 ORDER BY staff_rate, effective DESC
"""


async def pieces(
    conn: asyncpg.Connection, tenant: TenantId, project: UUID, window: Window
) -> list[dict[str, Any]]:
    """Every piece of work that ended in the window: lease, kind (answers, gold, reviews, escalations), whether it was
    rejected since, microseconds (None: not known), and its rate's per, minor and currency (None: it has no rate)."""
    return [dict(row) for row in await conn.fetch(PIECES, tenant, project, window.since, window.until)]


async def sums(
    conn: asyncpg.Connection, tenant: TenantId, project: UUID, window: Window
) -> list[dict[str, Any]]:
    """The same counted, by kind, rejected, rate and timed: `pieces` that took `micros` together (None: not timed)."""
    return [dict(row) for row in await conn.fetch(SUMS, tenant, project, window.since, window.until)]


async def staff_on(
    conn: asyncpg.Connection, tenant: TenantId, project: UUID, day: date
) -> dict[str | None, Mapping[str, Any]]:
    """Kind of work (None: each) -> what own people cost on a day: per, minor, currency."""
    rows = await conn.fetch(ON_DAY, tenant, project, day)
    return {row["stage"]: dict(row) for row in rows if row["minor"] is not None}
