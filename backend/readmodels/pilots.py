"""Pilots of projects: what each drew, what it waits for, and how it was judged."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Column, Index, Integer, LargeBinary, Text

from backend.events import pilots as ev
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import instant, key, ref, tenant_table
from backend.readmodels.projection import Projection

pilot = tenant_table(
    "pilot",
    key("pilot"),
    ref("project"),
    Column("number", Integer, nullable=False),
    ref("sample"),
    ref("rest"),
    Column("seed", Text, nullable=False),
    Column("matched", Integer, nullable=False),
    Column("drawn", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    Column("targets_version", Integer, nullable=False),
    # running, passed or overruled.
    Column("state", Text, nullable=False),
    # Of the last look: its outcome, what was measured (JSON text), up to which index, and when.
    Column("outcome", Text),
    Column("measured", Text),
    Column("basis_index", Integer),
    Column("judged_at", instant()),
    Column("reason", LargeBinary),
    Column("begun_at", instant(), nullable=False),
    Index("pilot_project", "tenant", "project", "number"),
    Index("pilot_rest", "tenant", "rest"),
)

BEGUN = """
INSERT INTO pilot (tenant, pilot, project, number, sample, rest, seed, matched, drawn, digest, targets_version, state,
                   begun_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'running', $12)
"""
JUDGED = """
UPDATE pilot SET state = CASE WHEN $3 = 'met' THEN 'passed' ELSE state END, outcome = $3, measured = $4,
       basis_index = $5, judged_at = $6
 WHERE tenant = $1 AND pilot = $2
"""
OVERRULED = "UPDATE pilot SET state = 'overruled', reason = $3 WHERE tenant = $1 AND pilot = $2"


async def _begun(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: ev.PilotBegun = fact.event
        drawn = (e.sample, e.rest, e.seed, e.matched, e.drawn, e.digest, e.targets_version)
        await conn.execute(BEGUN, tenant, e.pilot, e.project, e.number, *drawn, fact.at)


async def _judged(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: ev.PilotJudged = fact.event
        await conn.execute(JUDGED, tenant, e.pilot, e.outcome, e.measured, e.basis_index, fact.at)


async def _overruled(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    await conn.executemany(OVERRULED, [(tenant, f.event.pilot, f.event.reason) for f in facts])


PILOTS = Projection(
    "pilots",
    (pilot,),
    {ev.PilotBegun: _begun, ev.PilotJudged: _judged, ev.PilotOverruled: _overruled},
)

LIST = "SELECT * FROM pilot WHERE tenant = $1 AND project = $2 ORDER BY number DESC"
# Production waits for the pilot that named it: the newest, since a later one takes over.
WAITS_FOR = "SELECT * FROM pilot WHERE tenant = $1 AND rest = $2 ORDER BY number DESC LIMIT 1"
# Running pilots of which every item has a result: they can be judged.
_THROUGH = """
  FROM pilot p
 WHERE p.tenant = $1 AND p.state = 'running' AND p.judged_at IS NULL AND NOT EXISTS (
       SELECT 1 FROM iteration_item n LEFT JOIN result r ON r.tenant = n.tenant AND r.item = n.item
        WHERE n.tenant = p.tenant AND n.iteration = p.sample AND (r.item IS NULL OR r.rework IS NOT NULL))
   AND EXISTS (SELECT 1 FROM iteration_item n WHERE n.tenant = p.tenant AND n.iteration = p.sample)
   AND NOT EXISTS (SELECT 1 FROM review v JOIN iteration_item n ON n.tenant = v.tenant AND n.item = v.item
                    WHERE v.tenant = p.tenant AND n.iteration = p.sample AND v.sampled AND v.verdict IS NULL)
"""
THROUGH = f"SELECT p.pilot, p.project, p.sample, p.rest {_THROUGH} ORDER BY p.pilot LIMIT $2"
JUDGEABLE = f"EXISTS (SELECT 1 {_THROUGH})"
ITEMS_OF = "SELECT item FROM iteration_item WHERE tenant = $1 AND iteration = $2 ORDER BY item"
APART = """
SELECT t.task FROM task t WHERE t.tenant = $1 AND t.task = ANY($2::uuid[])
   AND NOT EXISTS (SELECT 1 FROM iteration_item n WHERE n.tenant = t.tenant AND n.item = t.item)
 ORDER BY t.task
"""


async def of_project(conn: asyncpg.Connection, tenant: TenantId, project: UUID) -> list[dict[str, Any]]:
    """The project's pilots, the newest first."""
    return [dict(row) for row in await conn.fetch(LIST, tenant, project)]


async def waited_for(conn: asyncpg.Connection, tenant: TenantId, rest: UUID) -> dict[str, Any] | None:
    """The pilot that this iteration waits for, None where it waits for none."""
    row = await conn.fetchrow(WAITS_FOR, tenant, rest)
    return dict(row) if row else None


async def in_no_iteration(conn: asyncpg.Connection, tenant: TenantId, tasks: Sequence[UUID]) -> list[UUID]:
    """Of these tasks those whose items belong to no iteration."""
    return [row["task"] for row in await conn.fetch(APART, tenant, tasks)]
