"""Handling: how long answers took, per project and step, from which a lease's hard limit follows."""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

import asyncpg
from sqlalchemy import BigInteger, Column, Integer, SmallInteger, Text

from backend.events import leases
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import instant, key, tenant_table
from backend.readmodels.histogram import bucket_of, quantile
from backend.readmodels.projection import Projection, columns

handling = tenant_table(
    "handling",
    key("project"),
    Column("step", Text, primary_key=True),
    # Of histogram.py: about ten percent wide each.
    Column("bucket", SmallInteger, primary_key=True, autoincrement=False),
    Column("n", Integer, nullable=False),
)

# How long a lease that is held lay aside: since `since` now, and `ms` before. Few are ever paused.
laid_aside = tenant_table(
    "laid_aside",
    key("lease"),
    Column("since", instant()),
    Column("ms", BigInteger, nullable=False),
)

# From opening to the answer, without the time it lay aside. What was opened by its answer says nothing of time.
SECONDS = """
SELECT e.project, e.step, a.lease IS NOT NULL AS was_paused,
       extract(epoch FROM e.ended_at - e.started_at - coalesce(e.ended_at - a.since, interval '0'))::float8
       - coalesce(a.ms, 0) / 1000.0::float8 AS seconds
  FROM lease_ended e LEFT JOIN laid_aside a ON a.tenant = e.tenant AND a.lease = e.lease
 WHERE e.tenant = $1 AND e.lease = ANY($2::uuid[]) AND e.started_at < e.ended_at
"""
ADD = """
INSERT INTO handling AS h (tenant, project, step, bucket, n)
SELECT $1, * FROM unnest($2::uuid[], $3::text[], $4::int[], $5::int[])
ON CONFLICT (tenant, project, step, bucket) DO UPDATE SET n = h.n + excluded.n
"""
PAUSED = """
INSERT INTO laid_aside (tenant, lease, since, ms) SELECT $1, n.lease, n.at, 0
  FROM unnest($2::uuid[], $3::timestamptz[]) n(lease, at)
ON CONFLICT (tenant, lease) DO UPDATE SET since = excluded.since
"""
RESUMED = """
UPDATE laid_aside a SET since = NULL, ms = a.ms + (extract(epoch FROM n.at - a.since) * 1000)::bigint
  FROM unnest($2::uuid[], $3::timestamptz[]) n(lease, at)
 WHERE a.tenant = $1 AND a.lease = n.lease AND a.since IS NOT NULL
"""
ENDED = "DELETE FROM laid_aside WHERE tenant = $1 AND lease = ANY($2::uuid[])"
HISTOGRAMS = """
SELECT project, step, array_agg(bucket) AS buckets, array_agg(n) AS counts FROM handling
 WHERE tenant = $1 AND ($2::uuid IS NULL OR project = $2) GROUP BY project, step
"""


async def _answered(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    # What was taken back after its end says nothing of time either.
    ids = [f.event.lease for f in facts if not f.event.reclaimed]
    rows = await conn.fetch(SECONDS, tenant, ids) if ids else []
    counts = Counter((row["project"], row["step"], bucket_of(row["seconds"])) for row in rows)
    if counts:
        cells = [(*cell, n) for cell, n in sorted(counts.items())]
        await conn.execute(ADD, tenant, *map(list, zip(*cells, strict=True)))
    if any(row["was_paused"] for row in rows):
        await conn.execute(ENDED, tenant, ids)


async def _paused(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    await conn.execute(PAUSED, tenant, *columns(facts, "lease", "at"))


async def _resumed(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    await conn.execute(RESUMED, tenant, [f.event.lease for f in facts], [f.at for f in facts])


async def _ended(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    await conn.execute(ENDED, tenant, [f.event.lease for f in facts])


ENDS = (
    leases.LeaseReleased,
    leases.LeaseSkipped,
    leases.LeaseAbandoned,
    leases.LeaseRevoked,
    leases.LeaseEscalated,
    leases.LeaseReassigned,
)
HANDLING = Projection(
    "handling",
    (handling, laid_aside),
    {
        leases.LeaseSubmitted: _answered,
        leases.LeasePaused: _paused,
        leases.LeaseResumed: _resumed,
        **dict.fromkeys(ENDS, _ended),
    },
)


async def p95_seconds(
    conn: asyncpg.Connection, tenant: TenantId, project: UUID | None = None
) -> dict[tuple[UUID, str], float]:
    """(project, step) -> the 95th percentile of handling times in seconds, within five percent, of one project or all;
    a step of fewer than twenty answers is absent."""
    known = {}
    for row in await conn.fetch(HISTOGRAMS, tenant, project):
        p95 = quantile(dict(zip(row["buckets"], row["counts"], strict=True)))
        if p95 is not None:
            known[row["project"], row["step"]] = p95
    return known
