"""Iterations: each with its targets, which items belong to it, and how far they are."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import asyncpg
from pydantic_core import to_json
from sqlalchemy import Column, Index, Integer, LargeBinary, Text
from sqlalchemy.dialects.postgresql import ARRAY

from backend.events import iterations as ev
from backend.events import tasks
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.iterations import Targets
from backend.events.store.schema import instant, key, ref, tenant_table
from backend.readmodels.counting import COUNTS, given_at, weightless
from backend.readmodels.projection import Projection

iteration = tenant_table(
    "iteration",
    key("iteration"),
    ref("project"),
    Column("name", Text, nullable=False),
    # planned, open or closed.
    Column("state", Text, nullable=False),
    Column("items", Integer, nullable=False),
    Column("agreement_ppm", Integer),
    Column("accepted_ppm", Integer),
    Column("due", instant()),
    Column("planned_at", instant(), nullable=False),
    Column("opened_at", instant()),
    Column("closed_at", instant()),
    # As it was closed: the counts as JSON text, the targets missed, and why it was closed all the same.
    Column("reached", Text),
    Column("unmet", ARRAY(Text)),
    Column("reason", LargeBinary),
    Index("iteration_project", "tenant", "project", "iteration"),
)

# By the item: it belongs to one at most.
iteration_item = tenant_table(
    "iteration_item",
    key("item"),
    ref("iteration"),
    Index("iteration_item_iteration", "tenant", "iteration", "item"),
)

PLANNED = """
INSERT INTO iteration (tenant, iteration, project, name, state, items, agreement_ppm, accepted_ppm, due, planned_at)
VALUES ($1, $2, $3, $4, 'planned', $5, $6, $7, $8, $9)
"""
OPENED = "UPDATE iteration SET state = 'open', opened_at = $3 WHERE tenant = $1 AND iteration = $2"
CLOSED = """
UPDATE iteration SET state = 'closed', closed_at = $3, reached = $4, unmet = $5, reason = $6
 WHERE tenant = $1 AND iteration = $2
"""
PLACED = """
INSERT INTO iteration_item (tenant, item, iteration) SELECT $1, * FROM unnest($2::uuid[], $3::uuid[])
ON CONFLICT (tenant, item) DO UPDATE SET iteration = excluded.iteration
"""
TAKEN_OUT = "DELETE FROM iteration_item WHERE tenant = $1 AND item = ANY($2::uuid[])"


async def _planned(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: ev.IterationPlanned = fact.event
        asked = (e.targets.items, e.targets.agreement_ppm, e.targets.accepted_ppm, e.targets.due)
        await conn.execute(PLANNED, tenant, e.iteration, e.project, e.name, *asked, fact.at)


async def _opened(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    await conn.executemany(OPENED, [(tenant, f.event.iteration, f.at) for f in facts])


async def _closed(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: ev.IterationClosed = fact.event
        reached = to_json(asdict(e.reached)).decode()
        await conn.execute(CLOSED, tenant, e.iteration, fact.at, reached, list(e.unmet), e.reason)


async def _placed(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    """Where each item belongs after these; what came in for no iteration costs no statement."""
    now = {fact.event.item: fact.event.iteration for fact in facts}
    within = {item: to for item, to in now.items() if to is not None}
    if within:
        await conn.execute(PLACED, tenant, list(within), list(within.values()))
    out = [fact.event.item for fact in facts if isinstance(fact.event, ev.ItemPlaced)]
    if out := [item for item in out if now[item] is None]:
        await conn.execute(TAKEN_OUT, tenant, out)


ITERATIONS = Projection(
    "iterations",
    (iteration, iteration_item),
    {
        ev.IterationPlanned: _planned,
        ev.IterationOpened: _opened,
        ev.IterationClosed: _closed,
        ev.ItemPlaced: _placed,
        tasks.ItemImported: _placed,
    },
)

FIND = "SELECT * FROM iteration WHERE tenant = $1 AND project = $2 AND iteration = $3"
"""Beside FOR NO KEY UPDATE: who opens or closes it waits for those who put items in, and they for it."""
LIST = """
SELECT * FROM iteration
 WHERE tenant = $1 AND project = $2 AND ($3::text IS NULL OR state = $3) AND ($4::uuid IS NULL OR iteration < $4)
 ORDER BY iteration DESC LIMIT $5
"""
# Whoever puts items into one keeps it as it is until they are in.
TAKING = """
SELECT iteration, project, name, state FROM iteration
 WHERE tenant = $1 AND project = $2 AND iteration = ANY($3::uuid[]) ORDER BY iteration FOR SHARE
"""
# Of these items those whose tasks wait for their iteration to be opened.
WAITING = """
SELECT n.item FROM iteration_item n JOIN iteration i ON i.tenant = n.tenant AND i.iteration = n.iteration
 WHERE n.tenant = $1 AND n.item = ANY($2::uuid[]) AND i.state = 'planned' ORDER BY i.iteration FOR SHARE OF i
"""
THERE = "SELECT project FROM iteration WHERE tenant = $1 AND iteration = $2"
# Each item is one of these: decided while its result stands, leased while somebody holds a lease of it, and else what
# its tasks are; one between two steps counts as open. $3 is when the iteration is due, $4 this moment.
ITEMS = """
SELECT count(*) AS items, count(*) FILTER (WHERE s.state = 'decided') AS decided,
       count(*) FILTER (WHERE s.state = 'decided' AND ($3::timestamptz IS NULL OR s.decided_at <= $3)) AS in_time,
       count(*) FILTER (WHERE s.state = 'leased') AS leased, count(*) FILTER (WHERE s.state = 'open') AS open,
       count(*) FILTER (WHERE s.state = 'held') AS held, count(*) FILTER (WHERE s.state = 'cancelled') AS cancelled,
       count(*) FILTER (WHERE s.state NOT IN ('decided', 'cancelled') AND least(s.deadline, $3) < $4) AS late
  FROM (
    SELECT i.deadline, r.decided_at,
           CASE WHEN r.item IS NOT NULL AND r.rework IS NULL THEN 'decided' WHEN t.leased THEN 'leased'
                WHEN 'held' = ANY(t.states) THEN 'held' WHEN t.states = ARRAY['cancelled'] THEN 'cancelled'
                ELSE 'open' END AS state
      FROM iteration_item n JOIN item i ON i.tenant = n.tenant AND i.item = n.item
      LEFT JOIN result r ON r.tenant = n.tenant AND r.item = n.item
      LEFT JOIN LATERAL (
        SELECT array_agg(DISTINCT k.state) AS states, bool_or(EXISTS (
                 SELECT 1 FROM lease l WHERE l.tenant = $1 AND l.task = k.task)) AS leased
          FROM task k WHERE k.tenant = $1 AND k.item = n.item AND k.generation = i.generation) t ON true
     WHERE n.tenant = $1 AND n.iteration = $2) s
"""
# As the project's agreement is counted: pairs of answers to one item in one generation.
AGREEMENT = f"""
SELECT coalesce(sum(pairs), 0)::bigint AS pairs, coalesce(sum(same), 0)::bigint AS same FROM (
  SELECT sum(n * (n - 1)) AS same, sum(n) * (sum(n) - 1) AS pairs FROM (
    SELECT a.item, a.generation, count(*) AS n
      FROM iteration_item i JOIN answer a ON a.tenant = i.tenant AND a.project = $3 AND a.item = i.item
     WHERE i.tenant = $1 AND i.iteration = $2 AND a.gold IS NULL AND NOT a.rejected AND a.stage = 'annotate'
       AND {COUNTS}
     GROUP BY a.item, a.generation, a.answer_token) votes
  GROUP BY item, generation HAVING sum(n) > 1) items
"""
REVIEWED = f"""
SELECT count(*) AS reviewed, count(*) FILTER (WHERE r.verdict = 'accept') AS accepted
  FROM iteration_item i JOIN review r ON r.tenant = i.tenant AND r.item = i.item
  JOIN task t ON t.tenant = r.tenant AND t.task = r.task
 WHERE i.tenant = $1 AND i.iteration = $2 AND r.passed IS NOT NULL AND t.workflow_version = 0
   AND NOT {weightless("r", given_at("r"), "author")}
"""
# What was said in review steps of workflows: the verdicts are ciphertext.
STEPS_REVIEWED = """
SELECT a.lease, a.project, a.answer FROM iteration_item i
  JOIN answer a ON a.tenant = i.tenant AND a.project = $3 AND a.item = i.item
  JOIN task t ON t.tenant = a.tenant AND t.task = a.task
 WHERE i.tenant = $1 AND i.iteration = $2 AND a.stage = 'review' AND t.workflow_version > 0 AND a.lease > $4
 ORDER BY a.lease LIMIT $5
"""


def targets_of(row: Mapping[str, Any]) -> Targets:
    """What a row says that the iteration is to reach."""
    return Targets(
        items=row["items"],
        agreement_ppm=row["agreement_ppm"],
        accepted_ppm=row["accepted_ppm"],
        due=row["due"],
    )


async def counted(
    conn: asyncpg.Connection, tenant: TenantId, row: Mapping[str, Any], now: datetime
) -> dict[str, int]:
    """The counts of `Reached` for the iteration of a row; reviews without those of workflows' steps."""
    one = (tenant, row["iteration"])
    items = await conn.fetchrow(ITEMS, *one, row["due"], now)
    pairs = await conn.fetchrow(AGREEMENT, *one, row["project"])
    reviewed = await conn.fetchrow(REVIEWED, *one)
    return {**items, **pairs, **reviewed}


async def fetch(conn: asyncpg.Connection, sql: str, *args: Any) -> list[dict[str, Any]]:
    """Plain dictionaries of one of the queries above."""
    return [dict(row) for row in await conn.fetch(sql, *args)]
