"""Jobs: rows are the truth, messages only wake somebody up; every attempt is counted before it runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
from pydantic_core import from_json, to_json

from backend.events.ids import TenantId

ATTEMPTS_MAX = 5
RUN_SECONDS_MAX = 30
TOGETHER = ("task_decide",)
"""Kinds of which many jobs run in one transaction: to announce one of them is to announce all that are due."""
TOGETHER_MAX = 100

# One waiting job per kind and subject: a second announcement of the same work changes nothing.
ADD = """
INSERT INTO job (tenant, job, kind, subject, args, due_at)
SELECT $1, * FROM unnest($2::uuid[], $3::text[], $4::text[], $5::jsonb[], $6::timestamptz[])
ON CONFLICT DO NOTHING
"""

CLAIM = """
UPDATE job SET attempt = attempt + 1, locked_until = $3 + $4::interval
 WHERE tenant = $1 AND job = $2 AND state = 'due' AND due_at <= $3 AND attempt < $5
   AND (locked_until IS NULL OR locked_until < $3)
RETURNING kind, subject, args, attempt
"""

# What was tried before goes alone: what kills its worker takes others along only once.
GATHER = """
WITH due AS MATERIALIZED (
  SELECT job FROM job WHERE tenant = $1 AND kind = $2 AND state = 'due' AND attempt = 0 AND due_at <= $3
   ORDER BY due_at, job LIMIT $5 FOR UPDATE SKIP LOCKED
)
UPDATE job j SET attempt = j.attempt + 1, locked_until = $3 + $4::interval
  FROM due WHERE j.tenant = $1 AND j.job = due.job
RETURNING j.job, j.args, j.attempt
"""

FINISH = """
UPDATE job j SET state = 'done' FROM unnest($2::uuid[], $3::int[]) n(job, attempt)
 WHERE j.tenant = $1 AND j.job = n.job AND j.attempt = n.attempt AND j.state = 'due' RETURNING 1
"""
FAIL = """
UPDATE job SET last_error = $4, locked_until = NULL, due_at = $5::timestamptz,
       state = CASE WHEN attempt >= $6 THEN 'quarantined' ELSE 'due' END
 WHERE tenant = $1 AND job = $2 AND attempt = $3 AND state = 'due'
"""

# Crossing tenants, so for the scheduler's role alone; done jobs are of no use to anybody.
FORGET = "DELETE FROM job WHERE state = 'done' AND due_at < $1"
WAITING = """
(SELECT DISTINCT ON (tenant, kind) tenant, job FROM job
  WHERE state = 'due' AND attempt = 0 AND due_at <= $1 AND kind = ANY($4::text[])
  ORDER BY tenant, kind, due_at, job)
UNION ALL
(SELECT tenant, job FROM job
  WHERE state = 'due' AND due_at <= $1 AND (locked_until IS NULL OR locked_until < $1) AND attempt < $2
    AND (attempt > 0 OR kind <> ALL($4::text[]))
  ORDER BY due_at LIMIT $3)
"""
QUARANTINE = """
UPDATE job SET state = 'quarantined', last_error = coalesce(last_error, 'its worker died in every attempt')
 WHERE state = 'due' AND attempt >= $2 AND locked_until < $1
RETURNING tenant, job, kind
"""


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of work for later; `subject` makes it unique while it waits, `args` holds ids only."""

    job: UUID
    kind: str
    subject: str
    args: dict[str, Any]
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job in hand; the attempt number is its fencing token."""

    tenant: TenantId
    job: UUID
    kind: str
    args: dict[str, Any]
    attempt: int


async def add(conn: asyncpg.Connection, tenant: TenantId, jobs: Sequence[Job]) -> None:
    """Write jobs in the caller's transaction: they exist if and only if it commits."""
    if jobs:
        await conn.execute(
            ADD,
            tenant,
            [j.job for j in jobs],
            [j.kind for j in jobs],
            [j.subject for j in jobs],
            [to_json(j.args).decode() for j in jobs],
            [j.due_at for j in jobs],
        )


async def claim(conn: asyncpg.Connection, tenant: TenantId, job: UUID, now: datetime) -> Claimed | None:
    """Take a due job for RUN_SECONDS_MAX; None when somebody has it, it is done, or its attempts are used up."""
    row = await conn.fetchrow(CLAIM, tenant, job, now, timedelta(seconds=RUN_SECONDS_MAX), ATTEMPTS_MAX)
    return Claimed(tenant, job, row["kind"], from_json(row["args"]), row["attempt"]) if row else None


async def gather(
    conn: asyncpg.Connection, tenant: TenantId, kind: str, now: datetime, most: int
) -> list[Claimed]:
    """Take up to `most` due jobs of a kind that nobody has tried yet, for RUN_SECONDS_MAX."""
    rows = await conn.fetch(GATHER, tenant, kind, now, timedelta(seconds=RUN_SECONDS_MAX), most)
    return [Claimed(tenant, row["job"], kind, from_json(row["args"]), row["attempt"]) for row in rows]


async def finish(conn: asyncpg.Connection, tenant: TenantId, claimed: Sequence[Claimed]) -> bool:
    """Mark all done in the transaction of their effects; False: another attempt at one has begun, so roll back."""
    done = await conn.fetch(FINISH, tenant, [one.job for one in claimed], [one.attempt for one in claimed])
    return len(done) == len(claimed)


async def fail(conn: asyncpg.Connection, claimed: Claimed, error: str, retry_at: datetime) -> None:
    """Note the error and try again at `retry_at`; after the last attempt the job is quarantined."""
    await conn.execute(
        FAIL, claimed.tenant, claimed.job, claimed.attempt, error[:2000], retry_at, ATTEMPTS_MAX
    )


async def waiting(conn: asyncpg.Connection, now: datetime, limit: int = 500) -> list[tuple[TenantId, UUID]]:
    """Due jobs of all tenants that nobody has in hand; of those that run together one per tenant and kind."""
    rows = await conn.fetch(WAITING, now, ATTEMPTS_MAX, limit, TOGETHER)
    return [(row["tenant"], row["job"]) for row in rows]


async def quarantine_dead(conn: asyncpg.Connection, now: datetime) -> int:
    """Quarantine jobs whose worker died in every attempt; returns how many."""
    return len(await conn.fetch(QUARANTINE, now, ATTEMPTS_MAX))
