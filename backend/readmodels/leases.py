"""Leases as they stand: kept alive, answered, over by time alone, given back too often, and listed for who asks."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from backend.events.ids import TenantId
from backend.readmodels.audit_floor import IN_FORCE
from backend.readmodels.projects import plan_of

# Only what is being worked on is kept alive, and never beyond its hard limit. One statement, no event.
BEAT = """
UPDATE lease l
   SET until = least(greatest(l.until, $4::timestamptz + make_interval(secs => (p.plan->>'lease_seconds')::int)),
                     l.hard_until)
  FROM project p
 WHERE l.tenant = $1 AND l.lease = $2 AND l.annotator = $3 AND l.state = 'started'
   AND ($5::uuid IS NULL OR l.project = $5) AND p.tenant = l.tenant AND p.project = l.project
RETURNING l.lease, l.annotator, l.project, l.claimed_at, l.started_at, l.state, l.until, l.hard_until
"""
# When a lease `l` is over by time alone: not opened in time, put aside for too long, silent, or beyond its limit.
ENDS = """CASE l.state WHEN 'held' THEN coalesce(l.start_by, l.until) WHEN 'paused' THEN l.until
              ELSE least(l.until, l.hard_until) END"""
DUE = f"EXISTS (SELECT 1 FROM lease l WHERE l.tenant = $1 AND {ENDS} <= $2)"
# Over for the longest time first. No index serves this on purpose: the table is small, and heartbeats stay in place.
OVER = f"""
SELECT l.*, NULL::text AS how FROM lease l WHERE l.tenant = $1 AND {ENDS} <= $2
 ORDER BY {ENDS} LIMIT $3 FOR UPDATE SKIP LOCKED
"""
# Of these tasks those that may have been given back too often; who holds them counts again.
OFTEN = """
SELECT e.task FROM lease_ended e JOIN project p ON p.tenant = e.tenant AND p.project = e.project
 WHERE e.tenant = $1 AND e.task = ANY($2::uuid[]) AND e.counts
 GROUP BY e.task, p.plan HAVING count(*) >= (p.plan->>'skips_max')::int ORDER BY e.task
"""
# What an answer meets: the lease, under lock while it is held, and what its project says.
_SAYS = f"""p.skill, p.plan, p.plan_version, p.scoring, p.workflow_version, p.sampling_period, p.gate,
       p.taxonomy, p.taxonomy_version, p.taxonomy_rule, p.taxonomy_setting, {IN_FORCE} AS audit_floor_ppm"""
HELD_TO_ANSWER = f"""
SELECT l.*, NULL::text AS how, NULL::timestamptz AS ended_at, NULL::bool AS counts, {_SAYS}
  FROM lease l JOIN project p ON p.tenant = l.tenant AND p.project = l.project
 WHERE l.tenant = $1 AND l.lease = ANY($2::uuid[]) ORDER BY l.lease FOR UPDATE OF l
"""
ENDED_TO_ANSWER = f"""
SELECT e.*, {_SAYS} FROM lease_ended e JOIN project p ON p.tenant = e.tenant AND p.project = e.project
 WHERE e.tenant = $1 AND e.lease = ANY($2::uuid[])
"""
HELD = """
SELECT l.* FROM lease l
 WHERE l.tenant = $1 AND ($2::uuid IS NULL OR l.annotator = $2) AND ($3::uuid IS NULL OR l.project = $3)
   AND ($4::text IS NULL OR l.state = $4)
   AND ($5::timestamptz IS NULL OR (l.claimed_at, l.lease) > ($5, $6))
 ORDER BY l.claimed_at, l.lease LIMIT $7
"""


async def beat(
    conn: asyncpg.Connection,
    tenant: TenantId,
    lease: UUID,
    annotator: UUID,
    now: datetime,
    project: UUID | None,
) -> dict[str, Any] | None:
    """Keep what this person works on alive for its full time, in `project` or any; None for what is not started."""
    row = await conn.fetchrow(BEAT, tenant, lease, annotator, now, project)
    return dict(row) if row else None


async def to_answer(
    conn: asyncpg.Connection, tenant: TenantId, ids: Sequence[UUID]
) -> dict[UUID, dict[str, Any]]:
    """Lease -> its row, of a held one under lock, with its project's skill, plan, plan_version, scoring,
    workflow_version, sampling_period, gate and taxonomy, and the tenant's audit_floor_ppm. Ids that are no lease are
    left out."""
    rows = await conn.fetch(HELD_TO_ANSWER, tenant, list(ids))
    if missing := set(ids) - {row["lease"] for row in rows}:
        # Whoever ended them first has committed: only a new statement sees it.
        rows += await conn.fetch(ENDED_TO_ANSWER, tenant, list(missing))
    return {row["lease"]: {**row, "plan": plan_of(row["plan"])} for row in rows}


async def over(conn: asyncpg.Connection, tenant: TenantId, now: datetime, most: int) -> list[dict[str, Any]]:
    """Up to `most` leases that are over by time alone, under lock; those that others have locked are left."""
    return [dict(row) for row in await conn.fetch(OVER, tenant, now, most)]


async def given_back_often(conn: asyncpg.Connection, tenant: TenantId, tasks: Sequence[UUID]) -> list[UUID]:
    """Of these tasks those skipped or abandoned as often as their project allows."""
    return [row["task"] for row in await conn.fetch(OFTEN, tenant, list(tasks))] if tasks else []


async def held(
    conn: asyncpg.Connection,
    tenant: TenantId,
    annotator: UUID | None,
    project: UUID | None,
    state: str | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Leases that people hold, oldest first; `state` is held, started or paused, None is any."""
    at, lease = after or (None, None)
    rows = await conn.fetch(HELD, tenant, annotator, project, state, at, lease, limit)
    return [dict(row) for row in rows]


def ends_at(row: Mapping[str, Any]) -> datetime:
    """When the lease in `row` ends if nothing happens: the same as ENDS."""
    until: datetime = row["until"]
    match row["state"]:
        case "held":
            return row["start_by"] or until
        case "started":
            return min(until, row["hard_until"] or until)
        case _:
            return until
