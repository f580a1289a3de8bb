"""Pilots of projects: what each drew, what it waits for, and how it was judged."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, Text
from sqlalchemy import text as sql_text

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
    # Whether models decide in it as they would in production.
    Column("with_model", Boolean, nullable=False, server_default=sql_text("false")),
    # What was asked for: a share within bounds, or (null) a number.
    Column("share_ppm", Integer),
    Column("items_min", Integer, nullable=False, server_default=sql_text("1")),
    Column("items_max", Integer, nullable=False, server_default=sql_text("0")),
    # Of the last look: what models answered in it, as JSON text.
    Column("by_model", Text),
    # running, passed or overruled.
    Column("state", Text, nullable=False),
    # Of the last look: its outcome, what was measured (JSON text), up to which index, and when.
    Column("outcome", Text),
    Column("measured", Text),
    Column("diversity", Text),
    Column("basis_index", Integer),
    Column("judged_at", instant()),
    Column("reason", LargeBinary),
    Column("begun_at", instant(), nullable=False),
    Index("pilot_project", "tenant", "project", "number"),
    Index("pilot_rest", "tenant", "rest"),
)

BEGUN = """
INSERT INTO pilot (tenant, pilot, project, number, sample, rest, seed, matched, drawn, digest, targets_version,
                   with_model, share_ppm, items_min, items_max, state, begun_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 'running', $16)
"""
JUDGED = """
UPDATE pilot SET state = CASE WHEN $3 = 'met' THEN 'passed' ELSE state END, outcome = $3, measured = $4,
       basis_index = $5, by_model = $6, diversity = $7, judged_at = $8
 WHERE tenant = $1 AND pilot = $2
"""
OVERRULED = "UPDATE pilot SET state = 'overruled', reason = $3 WHERE tenant = $1 AND pilot = $2"


async def _begun(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: ev.PilotBegun = fact.event
        drawn = (e.sample, e.rest, e.seed, e.matched, e.drawn, e.digest, e.targets_version, e.with_model)
        asked = (e.share_ppm, e.items_min, e.items_max)
        await conn.execute(BEGUN, tenant, e.pilot, e.project, e.number, *drawn, *asked, fact.at)


async def _judged(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: ev.PilotJudged = fact.event
        told = (e.outcome, e.measured, e.basis_index, e.by_model, e.diversity)
        await conn.execute(JUDGED, tenant, e.pilot, *told, fact.at)


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
# Of these iterations those in which a running pilot wants people's answers alone.
OF_PEOPLE = """
SELECT sample FROM pilot
 WHERE tenant = $1 AND project = $2 AND sample = ANY($3::uuid[]) AND state = 'running' AND NOT with_model
"""
# What models answered to a pilot's items: how many of them one decided and still stand so, how many answers were held
# against what people decided blindly, and how many of these were right.
BY_MODEL = """
SELECT (SELECT count(*) FROM iteration_item n WHERE n.tenant = $1 AND n.iteration = $2)::int AS items,
       count(DISTINCT p.item) FILTER (WHERE p.routed = 'machine')::int AS decided,
       count(*) FILTER (WHERE p.routed <> 'machine' AND p.correct IS NOT NULL)::int AS compared,
       count(*) FILTER (WHERE p.routed <> 'machine' AND p.correct)::int AS agreed
  FROM iteration_item n JOIN prediction p ON p.tenant = n.tenant AND p.item = n.item
 WHERE n.tenant = $1 AND n.iteration = $2
"""
APART = """
SELECT t.task FROM task t WHERE t.tenant = $1 AND t.task = ANY($2::uuid[])
   AND NOT EXISTS (SELECT 1 FROM iteration_item n WHERE n.tenant = t.tenant AND n.item = t.item)
 ORDER BY t.task
"""


async def of_project(conn: asyncpg.Connection, tenant: TenantId, project: UUID) -> list[dict[str, Any]]:
    """The project's pilots, the newest first."""
    return [dict(row) for row in await conn.fetch(LIST, tenant, project)]


async def of_people(
    conn: asyncpg.Connection, tenant: TenantId, project: UUID, iterations: Iterable[UUID | None]
) -> set[UUID]:
    """Of these iterations those in which people alone decide: a running pilot's that is without models. No query for
    none."""
    ids = sorted(one for one in iterations if one is not None)
    rows = await conn.fetch(OF_PEOPLE, tenant, project, ids) if ids else []
    return {row["sample"] for row in rows}


async def by_model(conn: asyncpg.Connection, tenant: TenantId, sample: UUID) -> dict[str, int]:
    """What models answered to the items of a pilot, counted."""
    return dict(await conn.fetchrow(BY_MODEL, tenant, sample))


async def waited_for(conn: asyncpg.Connection, tenant: TenantId, rest: UUID) -> dict[str, Any] | None:
    """The pilot that this iteration waits for, None where it waits for none."""
    row = await conn.fetchrow(WAITS_FOR, tenant, rest)
    return dict(row) if row else None


async def in_no_iteration(conn: asyncpg.Connection, tenant: TenantId, tasks: Sequence[UUID]) -> list[UUID]:
    """Of these tasks those whose items belong to no iteration."""
    return [row["task"] for row in await conn.fetch(APART, tenant, tasks)]
