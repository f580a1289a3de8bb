"""What the forecast of the queue asks of work: what waits, what came in lately, what comes first, how long it takes.

No question reads the log, and none reads more of a table than it says: counting stops at a limit, everything else is a
range of an index per project.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import fsum
from typing import Any
from uuid import UUID

import asyncpg

from backend.events.ids import TenantId, uuid7
from backend.readmodels.handling import HISTOGRAMS
from backend.readmodels.histogram import quantile, seconds_of

Span = tuple[datetime, datetime]

OPEN = """
SELECT q.lane, (SELECT count(*) FROM (
         SELECT 1 FROM open_slot o WHERE o.tenant = $1 AND o.lane = q.lane LIMIT $3 + 1) counted) AS n
  FROM unnest($2::uuid[]) q(lane)
"""
# Gold that is authored comes in as items do and opens no work. Its id holds the moment at which its item came.
IMPORTED = """
SELECT n.project, n.hour, sum(n.n)::bigint AS n FROM (
  SELECT t.project, t.hour, t.n
    FROM unnest($2::uuid[]) q(project)
   CROSS JOIN LATERAL (
     SELECT project, hour, n FROM throughput
      WHERE tenant = $1 AND project = q.project AND hour >= $3 AND hour < $4 AND kind = 'imported') t
  UNION ALL
  SELECT g.project, g.hour, -count(*)
    FROM unnest($2::uuid[]) q(project)
   CROSS JOIN LATERAL (
     SELECT project, date_bin('1 hour', to_timestamp(
              ('x' || left(replace(gold::text, '-', ''), 12))::bit(48)::bigint / 1000.0), '2000-01-01 00:00Z') AS hour
       FROM gold WHERE tenant = $1 AND project = q.project AND gold >= $5 AND gold < $6
         AND origin = 'authored') g
   GROUP BY 1, 2) n
 GROUP BY 1, 2
"""
SINCE = """
SELECT q.project, t.hour
  FROM unnest($2::uuid[]) q(project)
 CROSS JOIN LATERAL (
   SELECT hour FROM throughput WHERE tenant = $1 AND project = q.project AND kind = 'imported'
    ORDER BY hour LIMIT 1) t
"""
IMPORTED_EVER = """
SELECT project, sum(n)::bigint AS n FROM throughput
 WHERE tenant = $1 AND project = ANY($2::uuid[]) AND kind = 'imported' GROUP BY project
"""
FIRST_STEPS = """
SELECT w.project, s ->> 'name' AS step, s ->> 'stage' AS stage, (s ->> 'slots')::int AS slots
  FROM project p
  JOIN workflow w ON w.tenant = $1 AND w.project = p.project AND w.version = p.workflow_version
 CROSS JOIN LATERAL jsonb_array_elements(w.steps) s
 WHERE p.tenant = $1 AND s ->> 'name' = ANY(w.first)
"""


@dataclass(frozen=True, slots=True)
class Handled:
    """How long `n` answers took, in seconds, each within five percent."""

    n: int
    mean: float
    median: float | None
    p95: float | None

    @classmethod
    def of(cls, histogram: dict[int, int]) -> "Handled":
        """Of a histogram with something in it; median and p95 are None where that is too little."""
        n = sum(histogram.values())
        mean = fsum(count * seconds_of(bucket) for bucket, count in histogram.items()) / n
        return cls(n, mean, quantile(histogram, 50), quantile(histogram, 95))


async def open_slots(
    conn: asyncpg.Connection, tenant: TenantId, lanes: Sequence[UUID], most: int
) -> dict[UUID, int]:
    """Lane -> open slots; of each `most` + 1 are counted, so that more than `most` means at least as many."""
    return {row["lane"]: row["n"] for row in await conn.fetch(OPEN, tenant, list(lanes), most)}


async def imported(
    conn: asyncpg.Connection, tenant: TenantId, projects: Sequence[UUID], span: Span
) -> dict[UUID, dict[datetime, int]]:
    """Project -> hour -> items that came in, gold left out; of whole hours within the span."""
    low, high = (uuid7(int(at.timestamp() * 1000), bytes(10)) for at in span)
    found: dict[UUID, dict[datetime, int]] = defaultdict(dict)
    for row in await conn.fetch(IMPORTED, tenant, list(projects), *span, low, high):
        found[row["project"]][row["hour"]] = max(0, row["n"])
    return found


async def since(conn: asyncpg.Connection, tenant: TenantId, projects: Sequence[UUID]) -> dict[UUID, datetime]:
    """Project -> the hour in which its first item came in; who has none is left out."""
    return {row["project"]: row["hour"] for row in await conn.fetch(SINCE, tenant, list(projects))}


async def imported_ever(
    conn: asyncpg.Connection, tenant: TenantId, projects: Sequence[UUID]
) -> dict[UUID, int]:
    """Project -> items that ever came in, gold among them."""
    return {row["project"]: row["n"] for row in await conn.fetch(IMPORTED_EVER, tenant, list(projects))}


async def handled(
    conn: asyncpg.Connection, tenant: TenantId
) -> tuple[dict[tuple[UUID, str], Handled], dict[str, Handled]]:
    """How long answers took by (project, step), and by step in all projects together."""
    own: dict[tuple[UUID, str], Handled] = {}
    together: dict[str, dict[int, int]] = defaultdict(dict)
    for row in await conn.fetch(HISTOGRAMS, tenant, None):
        cells = dict(zip(row["buckets"], row["counts"], strict=True))
        own[row["project"], row["step"]] = Handled.of(cells)
        of_step = together[row["step"]]
        for bucket, n in cells.items():
            of_step[bucket] = of_step.get(bucket, 0) + n
    return own, {step: Handled.of(cells) for step, cells in together.items()}


async def first_steps(conn: asyncpg.Connection, tenant: TenantId) -> list[dict[str, Any]]:
    """What new items of projects with a workflow begin with: project, step, stage, slots (0: the plan's overlap)."""
    return [dict(row) for row in await conn.fetch(FIRST_STEPS, tenant)]
