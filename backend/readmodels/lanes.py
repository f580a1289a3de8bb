"""Lanes: what each asks for, ring by ring, and the number that says when somebody's copy of them is old."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

import asyncpg
from pydantic_core import from_json, to_json
from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from backend.events import models, projects, queue, workflows
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.projects import Conditions
from backend.events.store.schema import key, ref, tenant_table
from backend.readmodels.projection import Projection, Step

lane = tenant_table(
    "lane",
    key("lane"),
    ref("project"),
    Column("stage", Text, nullable=False),
    Column("requires", ARRAY(Text), nullable=False),
    Column("paused", Boolean, nullable=False, server_default=text("false")),
    Column("any_of", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("excludes", ARRAY(Text), nullable=False, server_default=text("'{}'::text[]")),
    Column("step", Text, nullable=False),
    Column("priority", SmallInteger, nullable=False),
    Column("needs", JSONB, nullable=False),
    Column("edge_case", Boolean, nullable=False),
    Index("lane_project", "tenant", "project"),
)

# Ring 0 asks for everything; a later ring for less, of what has waited `after_seconds`.
lane_ring = tenant_table(
    "lane_ring",
    key("lane"),
    Column("ring", SmallInteger, primary_key=True, autoincrement=False),
    Column("after_seconds", Integer, nullable=False),
    Column("requires", ARRAY(Text), nullable=False),
    Column("any_of", JSONB, nullable=False),
    Column("excludes", ARRAY(Text), nullable=False),
)

lane_catalogue = tenant_table("lane_catalogue", Column("version", BigInteger, nullable=False))

OPENED = """
INSERT INTO lane (tenant, lane, project, stage, requires, any_of, excludes, step, priority, needs, edge_case)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""
CHANGED = "UPDATE lane SET requires = $3, any_of = $4, excludes = $5 WHERE tenant = $1 AND lane = $2"
NO_RINGS = "DELETE FROM lane_ring WHERE tenant = $1 AND lane = ANY($2::uuid[])"
RING = """
INSERT INTO lane_ring (tenant, lane, ring, after_seconds, requires, any_of, excludes)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
PAUSED = "UPDATE lane SET paused = $3 WHERE tenant = $1 AND lane = ANY($2::uuid[])"
# Whoever changes lanes, or what their projects say to a pull, waits for another who does; whoever pulls only reads the
# number.
NEWER = """
INSERT INTO lane_catalogue AS c (tenant, version) VALUES ($1, $2)
ON CONFLICT (tenant) DO UPDATE SET version = c.version + excluded.version
"""
ALL = """
SELECT l.lane, l.project, l.stage, l.step, l.priority, l.edge_case, l.paused, r.ring, r.after_seconds,
       r.requires, r.any_of, r.excludes
  FROM lane l JOIN lane_ring r ON r.tenant = l.tenant AND r.lane = l.lane
 WHERE l.tenant = $1 ORDER BY l.lane, r.ring
"""
OF_PROJECTS = """
SELECT lane, project, stage, step, priority, edge_case, paused, requires, any_of, excludes, needs FROM lane
 WHERE tenant = $1 AND project = ANY($2::uuid[]) ORDER BY lane
"""

Asked = tuple[Sequence[str], str, Sequence[str]]


def _asked(told: queue.LaneOpened | queue.LaneRequirementChanged | queue.LaneRing) -> Asked:
    return told.requires, to_json(told.any_of).decode(), told.excludes


async def _rings(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    await conn.execute(NO_RINGS, tenant, [fact.event.lane for fact in facts])
    latest = {fact.event.lane: fact.event for fact in facts}
    rows = []
    for one in latest.values():
        rows.append((tenant, one.lane, 0, 0, *_asked(one)))
        rows += [
            (tenant, one.lane, place, ring.after_seconds, *_asked(ring))
            for place, ring in enumerate(one.rings, 1)
        ]
    await conn.executemany(RING, rows)
    await conn.execute(NEWER, tenant, len(facts))


async def _opened(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    rows = [
        (
            tenant,
            e.lane,
            e.project,
            e.stage,
            *_asked(e),
            e.step,
            e.priority,
            to_json(asdict(e.needs)).decode(),
            e.edge_case,
        )
        for e in (fact.event for fact in facts)
    ]
    await conn.executemany(OPENED, rows)
    await _rings(conn, tenant, facts)


async def _changed(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    await conn.executemany(CHANGED, [(tenant, f.event.lane, *_asked(f.event)) for f in facts])
    await _rings(conn, tenant, facts)


def _pausing(paused: bool) -> Step:
    async def step(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
        await conn.execute(PAUSED, tenant, [fact.event.lane for fact in facts], paused)
        await conn.execute(NEWER, tenant, len(facts))

    return step


async def _newer(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    await conn.execute(NEWER, tenant, len(facts))


LANES = Projection(
    "lanes",
    (lane, lane_ring, lane_catalogue),
    {
        queue.LaneOpened: _opened,
        queue.LaneRequirementChanged: _changed,
        queue.LanePaused: _pausing(True),
        queue.LaneResumed: _pausing(False),
        # What a copy of projects.working is made of.
        projects.ProjectCreated: _newer,
        projects.PlanUpdated: _newer,
        projects.GuidelinePublished: _newer,
        queue.QueueUpdated: _newer,
        queue.QueueDefaultsUpdated: _newer,
        workflows.WorkflowPublished: _newer,
        models.ModelRoutingSet: _newer,
    },
)


async def every(conn: asyncpg.Connection, tenant: TenantId) -> list[dict[str, Any]]:
    """Every ring of every lane, with `any_of` as tuples; ring 0 is the lane's whole requirement."""
    return [_row(row) for row in await conn.fetch(ALL, tenant)]


async def of_projects(
    conn: asyncpg.Connection, tenant: TenantId, ids: Iterable[UUID]
) -> list[dict[str, Any]]:
    """The lanes of these projects; `needs` as Conditions, what their own tasks ask."""
    rows = [_row(row) for row in await conn.fetch(OF_PROJECTS, tenant, list(ids))]
    for row in rows:
        needs = from_json(row["needs"])
        groups = tuple(tuple(group) for group in needs["any_of"])
        row["needs"] = Conditions(
            all_of=tuple(needs["all_of"]), any_of=groups, none_of=tuple(needs["none_of"])
        )
    return rows


def _row(row: asyncpg.Record) -> dict[str, Any]:
    found = dict(row)
    found["any_of"] = tuple(tuple(group) for group in from_json(row["any_of"]))
    return found
