"""Selections of tasks: those of a project that a manager means, page by page; and what keeps them still meanwhile."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from backend.events.ids import TenantId
from backend.readmodels import tasks

COUNT_MAX = 1_000_000
"""Nobody counts further: what is more is `at least` so many."""
OLDEST = UUID(int=0)

# Whoever steers a task waits for who gives a slot of it back and lets nobody begin to; then for who takes one.
LOCK_LEASES = """
SELECT lease, task FROM lease WHERE tenant = $1 AND task = ANY($2::uuid[]) ORDER BY lease FOR UPDATE
"""
LOCK_SLOTS = """
SELECT task, slot FROM open_slot WHERE tenant = $1 AND task = ANY($2::uuid[]) ORDER BY task, slot FOR UPDATE
"""

# Which of the given tasks, items or blind indexes of external keys are the project's.
TASKS_THERE = "SELECT task FROM task WHERE tenant = $1 AND project = $2 AND task = ANY($3::uuid[])"
ITEMS_THERE = "SELECT item FROM item WHERE tenant = $1 AND project = $2 AND item = ANY($3::uuid[])"
ITERATIONS_THERE = (
    "SELECT iteration FROM iteration WHERE tenant = $1 AND project = $2 AND iteration = ANY($3::uuid[])"
)

SKIPPED = "(SELECT count(*) FROM lease_ended e WHERE e.tenant = t.tenant AND e.task = t.task AND e.counts)"
# Each is there only when it is asked for, because plans are made once for all values.
FILTERS: Mapping[str, str] = {
    "tasks": "t.task = ANY({}::uuid[])",
    "items": "t.item = ANY({}::uuid[])",
    "states": "t.state = ANY({}::text[])",
    "code": "t.held_code = {}::text",
    "priorities": "t.priority = ANY({}::int[])",
    "step": "t.step = {}::text",
    "group": "t.item_group = {}::uuid",
    "iteration": "t.item IN (SELECT n.item FROM iteration_item n WHERE n.tenant = $1 AND n.iteration = {}::uuid)",
    "deadline_before": "t.deadline < {}::timestamptz",
    "tags": "i.tags @> {}::text[]",
    "edge_case": "i.edge_case = {}::bool",
    "imported_from": "i.imported_at >= {}::timestamptz",
    "imported_to": "i.imported_at < {}::timestamptz",
    "skipped_min": SKIPPED + " >= {}::int",
    "drawn_for": "s.bulk = {}::uuid",
}
_FROM = """FROM task t JOIN item i ON i.tenant = t.tenant AND i.item = t.item
 WHERE t.tenant = $1 AND t.project = $2 AND t.task > $3"""
_DRAWN = """FROM task_sample s JOIN task t ON t.tenant = s.tenant AND t.task = s.task
  JOIN item i ON i.tenant = t.tenant AND i.item = t.item
 WHERE s.tenant = $1 AND t.project = $2 AND s.task > $3"""
LISTED = "t.task, t.item, t.stage, t.step, t.state, t.held_code, t.priority, t.deadline, t.generation"

# How near the deadline is that moves a task up: the project's word or the tenant's, and half of it for each class that
# the task went up already. Class 1 is the highest that a deadline reaches. Tasks of which nothing is open gain nothing.
_SAID = "coalesce(({0}.queue->>'promote_before_seconds')::int, d.seconds, 3600)"
NEAR = f"""
  FROM task t JOIN project p ON p.tenant = t.tenant AND p.project = t.project
  JOIN item i ON i.tenant = t.tenant AND i.item = t.item
 CROSS JOIN (SELECT (SELECT (settings->>'promote_before_seconds')::int FROM queue_default
                      WHERE tenant = $1) AS seconds) d
 WHERE t.tenant = $1 AND t.state = 'open' AND t.priority > 1 AND t.deadline <= $2::timestamptz + (
       SELECT make_interval(secs => max({_SAID.format("q")})) FROM project q WHERE q.tenant = $1)
   AND t.deadline <= $2::timestamptz + make_interval(secs =>
       {_SAID.format("p")} / power(2, greatest(i.priority - t.priority, 0)))
   AND EXISTS (SELECT 1 FROM open_slot s WHERE s.tenant = t.tenant AND s.task = t.task)"""
PROMOTABLE = f"SELECT t.task, t.project {NEAR} AND t.project <> ALL($4::uuid[]) ORDER BY t.deadline LIMIT $3"
PROMOTION_DUE = f"EXISTS (SELECT 1 {NEAR})"

# Since a manager let the task go on, it is counted anew.
SKIPS_SINCE = """
SELECT count(*) FROM lease_ended
 WHERE tenant = $1 AND task = $2 AND counts AND ($3::timestamptz IS NULL OR ended_at > $3)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """So many of each stratum: `each` of every one, or of each that `quotas` names. `by` says what divides them (see
    task_sample.STRATA, or `tag:` and the key of tags such as lang:de); `seed` decides the lot. With a `share_ppm` as
    many as that share of all that matches comes to, rounded up, `least` at least and `each` at most."""

    by: str
    seed: str
    each: int | None = None
    quotas: Mapping[str, int] | None = None
    share_ppm: int | None = None
    least: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Tasks of one project of which all that is said is true. `tags`: the item has all of them; `imported_to` and
    `deadline_before` are the first moment that no longer counts; `skipped_min` counts skips and abandonments.

    `sample` says how to draw from them, once; `drawn_for`: of what was drawn for this bulk act.
    """

    project: UUID
    tasks: Sequence[UUID] | None = None
    items: Sequence[UUID] | None = None
    states: Sequence[str] | None = None
    code: str | None = None
    priorities: Sequence[int] | None = None
    step: str | None = None
    group: UUID | None = None
    iteration: UUID | None = None
    deadline_before: datetime | None = None
    tags: Sequence[str] | None = None
    edge_case: bool | None = None
    imported_from: datetime | None = None
    imported_to: datetime | None = None
    skipped_min: int | None = None
    sample: Sample | None = None
    drawn_for: UUID | None = None


def where(wanted: Selection, after: UUID = OLDEST) -> tuple[str, list[Any]]:
    """The FROM and WHERE of a selection behind a task, and its values from $2 on."""
    values: list[Any] = [wanted.project, after]
    clauses = [_FROM if wanted.drawn_for is None else _DRAWN]
    for field in fields(wanted):
        value = getattr(wanted, field.name)
        if field.name in FILTERS and value is not None:
            values.append(value)
            clauses.append(FILTERS[field.name].format(f"${len(values) + 1}"))
    return "\n   AND ".join(clauses), values


async def page(
    conn: asyncpg.Connection, tenant: TenantId, wanted: Selection, after: UUID | None, most: int
) -> list[dict[str, Any]]:
    """Up to `most` of these tasks behind `after`, by id, with where each stands and how often it was skipped."""
    matching, values = where(wanted, after or OLDEST)
    sql = f"SELECT {LISTED}, {SKIPPED} AS skips {matching} ORDER BY t.task LIMIT ${len(values) + 2}"
    return [dict(row) for row in await conn.fetch(sql, tenant, *values, most)]


async def ids(
    conn: asyncpg.Connection, tenant: TenantId, wanted: Selection, after: UUID | None, most: int
) -> list[UUID]:
    """Up to `most` of these tasks behind `after`, by id."""
    matching, values = where(wanted, after or OLDEST)
    sql = f"SELECT t.task {matching} ORDER BY t.task LIMIT ${len(values) + 2}"
    return [row["task"] for row in await conn.fetch(sql, tenant, *values, most)]


async def count(conn: asyncpg.Connection, tenant: TenantId, wanted: Selection) -> dict[str, int]:
    """State -> how many of these tasks, COUNT_MAX + 1 together at most."""
    matching, values = where(wanted)
    sql = f"""
SELECT s.state, count(*) AS n FROM (SELECT t.state {matching} LIMIT {COUNT_MAX + 1}) s GROUP BY s.state ORDER BY s.state
"""
    return {row["state"]: row["n"] for row in await conn.fetch(sql, tenant, *values)}


async def leases(conn: asyncpg.Connection, tenant: TenantId, wanted: Selection) -> int:
    """How many leases are held of these tasks; there are never many leases."""
    matching, values = where(wanted)
    sql = f"""
SELECT count(*) FROM lease l WHERE l.tenant = $1 AND l.project = $2
   AND EXISTS (SELECT 1 {matching} AND t.task = l.task)
"""
    return int(await conn.fetchval(sql, tenant, *values))


async def keep_still(
    conn: asyncpg.Connection, tenant: TenantId, wanted: Sequence[UUID]
) -> tuple[list[dict[str, Any]], list[UUID]]:
    """Lock these tasks with every lease and open slot of theirs until the transaction ends; the tasks' rows in id
    order, and the leases.

    Leases first, then tasks, then slots, as everywhere. What came back or was taken between two looks is found by the
    next one.
    """
    held = await conn.fetch(LOCK_LEASES, tenant, list(wanted))
    rows = await tasks.by_ids(conn, tasks.LOCK_TASKS, tenant, wanted)
    seen = None
    while seen != held:
        seen = held
        await conn.fetch(LOCK_SLOTS, tenant, list(wanted))
        held = await conn.fetch(LOCK_LEASES, tenant, list(wanted))
    return rows, [row["lease"] for row in held]
