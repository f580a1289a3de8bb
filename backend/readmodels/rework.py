"""Rework: each plan, what became of each of its items, and who is kept away from what is done again."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Column, Index, Integer, LargeBinary, SmallInteger, Text, text

from backend.events import rework as ev
from backend.events import tasks
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import instant, key, ref, tenant_table
from backend.readmodels.projection import Projection, execute_each

rework = tenant_table(
    "rework",
    key("rework"),
    ref("project"),
    # planned, running, executed or undone.
    Column("state", Text, nullable=False),
    Column("selection", Text, nullable=False),
    Column("items", Integer, nullable=False),
    Column("answers", Integer, nullable=False),
    Column("people", Integer, nullable=False),
    Column("decided", Integer, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("reason", LargeBinary),
    Column("planned_at", instant(), nullable=False),
    Index("rework_project", "tenant", "project", "rework"),
)

rework_item = tenant_table(
    "rework_item",
    key("rework"),
    key("item"),
    Column("generation", SmallInteger, nullable=False),
    # requeued, then redone, or taken_back or kept when the plan was undone; skipped: another plan had it.
    Column("state", Text, nullable=False),
    Index("rework_item_item", "tenant", "item", postgresql_where=text("state IN ('requeued', 'kept')")),
)

PLANNED = """
INSERT INTO rework (tenant, rework, project, state, selection, items, answers, people, decided, minutes, reason,
                    planned_at)
VALUES ($1, $2, $3, 'planned', $4, $5, $6, $7, $8, $9, $10, $11)
"""
STATE = "UPDATE rework SET state = $3 WHERE tenant = $1 AND rework = $2"
ITEMS = """
INSERT INTO rework_item (tenant, rework, item, generation, state)
SELECT $1, $2, n.item, n.generation, $5 FROM unnest($3::uuid[], $4::int[]) n(item, generation)
"""
# Until there is a result of the next generation, the present one is marked.
MARKED = """
UPDATE result r SET rework = $2 FROM unnest($3::uuid[], $4::int[]) n(item, generation)
 WHERE r.tenant = $1 AND r.item = n.item AND r.item = ANY($3::uuid[]) AND r.generation < n.generation
"""
# Who is the cause has met the new generation already, as far as any claim can tell.
KEPT_AWAY = """
INSERT INTO worked (tenant, annotator, item, generation, as_reviewer)
SELECT $1, a.annotator, n.item, n.generation, false
  FROM unnest($2::uuid[], $3::int[]) n(item, generation), unnest($4::uuid[]) a(annotator)
ON CONFLICT DO NOTHING
"""
TAKEN_BACK = """
UPDATE rework_item SET state = CASE WHEN item = ANY($3::uuid[]) THEN 'taken_back' ELSE 'kept' END
 WHERE tenant = $1 AND rework = $2 AND item = ANY($3::uuid[] || $4::uuid[])
"""
STANDS_AGAIN = "UPDATE result SET rework = NULL WHERE tenant = $1 AND rework = $2 AND item = ANY($3::uuid[])"
REDONE = """
UPDATE rework_item w SET state = 'redone' FROM unnest($2::uuid[], $3::int[]) n(item, generation)
 WHERE w.tenant = $1 AND w.item = n.item AND w.item = ANY($2::uuid[]) AND w.generation = n.generation
   AND w.state IN ('requeued', 'kept')
"""


async def _planned(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: ev.ReworkPlanned = fact.event
        found = (e.items, e.answers, e.people, e.decided, e.minutes)
        await conn.execute(PLANNED, tenant, e.rework, e.project, e.selection, *found, e.reason, fact.at)


async def _requeued(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: ev.ItemsRequeued = fact.event
        again = ([one.item for one in e.items], [one.generation for one in e.items])
        await conn.execute(STATE, tenant, e.rework, "running")
        await conn.execute(ITEMS, tenant, e.rework, *again, "requeued")
        await conn.execute(ITEMS, tenant, e.rework, list(e.skipped), [0] * len(e.skipped), "skipped")
        await conn.execute(MARKED, tenant, e.rework, *again)
        await conn.execute(KEPT_AWAY, tenant, *again, list(e.keep_away))


async def _undone(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: ev.ReworkUndone = fact.event
        await conn.execute(STATE, tenant, e.rework, "undone")
        await conn.execute(TAKEN_BACK, tenant, e.rework, list(e.items), list(e.kept))
        await conn.execute(STANDS_AGAIN, tenant, e.rework, list(e.items))


async def _decided(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    """What was never done again costs no statement."""
    again = [f.event for f in facts if f.event.final and f.event.generation > 1]
    if again:
        await conn.execute(REDONE, tenant, [e.item for e in again], [e.generation for e in again])


REWORK = Projection(
    "rework",
    (rework, rework_item),
    {
        ev.ReworkPlanned: _planned,
        ev.ItemsRequeued: _requeued,
        ev.ReworkExecuted: execute_each(STATE.replace("$3", "'executed'"), "rework"),
        ev.ReworkUndone: _undone,
        tasks.TaskDecided: _decided,
    },
)

FIND = "SELECT * FROM rework WHERE tenant = $1 AND project = $2 AND rework = $3"
BY_ID = "SELECT * FROM rework WHERE tenant = $1 AND rework = $2 FOR UPDATE"
LIST = """
SELECT * FROM rework WHERE tenant = $1 AND project = $2 AND ($3::uuid IS NULL OR rework < $3)
 ORDER BY rework DESC LIMIT $4
"""
COUNTS = """
SELECT rework, count(*) FILTER (WHERE state <> 'skipped') AS requeued,
       count(*) FILTER (WHERE state = 'requeued') AS waiting, count(*) FILTER (WHERE state = 'redone') AS redone,
       count(*) FILTER (WHERE state = 'taken_back') AS taken_back, count(*) FILTER (WHERE state = 'kept') AS kept,
       count(*) FILTER (WHERE state = 'skipped') AS skipped
  FROM rework_item WHERE tenant = $1 AND rework = ANY($2::uuid[]) GROUP BY rework
"""
# Whoever requeues or takes back an item waits for whoever does the same.
LOCK_ITEMS = """
SELECT item, generation, priority, needs, deadline, item_group, edge_case FROM item
 WHERE tenant = $1 AND item = ANY($2::uuid[]) ORDER BY item FOR NO KEY UPDATE
"""
# What was cancelled since is nobody's any more.
ELSEWHERE = """
SELECT DISTINCT w.item FROM rework_item w
 WHERE w.tenant = $1 AND w.item = ANY($2::uuid[]) AND w.rework <> $3 AND w.state IN ('requeued', 'kept')
   AND EXISTS (SELECT 1 FROM task t WHERE t.tenant = $1 AND t.item = w.item AND t.generation = w.generation
                  AND t.state <> 'cancelled')
"""
TASKS_OF = (
    "SELECT task, state, generation FROM task WHERE tenant = $1 AND item = ANY($2::uuid[]) ORDER BY task"
)
WAITING = """
SELECT item, generation FROM rework_item WHERE tenant = $1 AND rework = $2 AND state = 'requeued' ORDER BY item LIMIT $3
"""
# Nobody has begun it, nothing later was opened, and there is a result to go back to.
UNTOUCHED = """
SELECT w.item FROM rework_item w JOIN item i ON i.tenant = w.tenant AND i.item = w.item
  JOIN result r ON r.tenant = w.tenant AND r.item = w.item
 WHERE w.tenant = $1 AND w.rework = $2 AND w.item = ANY($3::uuid[]) AND i.generation = w.generation
   AND r.generation < w.generation
   AND NOT EXISTS (SELECT 1 FROM task t JOIN lease l ON l.tenant = t.tenant AND l.task = t.task
                    WHERE t.tenant = $1 AND t.item = w.item AND t.generation = w.generation)
   AND NOT EXISTS (SELECT 1 FROM task t JOIN lease_ended e ON e.tenant = t.tenant AND e.task = t.task
                    WHERE t.tenant = $1 AND t.item = w.item AND t.generation = w.generation
                      AND e.how IN ('submitted', 'escalated'))
"""


async def counted(
    conn: asyncpg.Connection, tenant: TenantId, plans: Sequence[UUID]
) -> dict[UUID, dict[str, int]]:
    """Plan -> how many of its items are requeued (in all), waiting, redone, taken_back, kept, skipped."""
    rows = [dict(row) for row in await conn.fetch(COUNTS, tenant, list(plans))]
    none = dict.fromkeys(("requeued", "waiting", "redone", "taken_back", "kept", "skipped"), 0)
    return dict.fromkeys(plans, none) | {row.pop("rework"): row for row in rows}


async def fetch(conn: asyncpg.Connection, sql: str, *args: Any) -> list[dict[str, Any]]:
    """Plain dictionaries of one of the queries above."""
    return [dict(row) for row in await conn.fetch(sql, *args)]
