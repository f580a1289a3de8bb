"""Deliveries: which items each holds, how it did against the targets, and whether it may be fetched."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Column, Index, Integer, LargeBinary, Text, text

from backend.events import pilots as ev
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import instant, key, ref, tenant_table
from backend.readmodels.projection import Projection

delivery = tenant_table(
    "delivery",
    key("delivery"),
    ref("project"),
    Column("number", Integer, nullable=False),
    ref("iteration", nullable=True),
    Column("items", Integer, nullable=False),
    # held, released or withdrawn.
    Column("state", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("measured", Text, nullable=False),
    Column("diversity", Text, nullable=False, server_default=text("''")),
    Column("targets_version", Integer, nullable=False),
    Column("basis_index", Integer, nullable=False),
    Column("reason", LargeBinary),
    Column("prepared_at", instant(), nullable=False),
    Column("settled_at", instant()),
    Index("delivery_project", "tenant", "project", "number"),
)

# By the item: it is in one delivery at most, until that is withdrawn.
delivery_item = tenant_table(
    "delivery_item",
    key("item"),
    ref("delivery"),
    Index("delivery_item_delivery", "tenant", "delivery", "item"),
)

PREPARED = """
INSERT INTO delivery (tenant, delivery, project, number, iteration, items, state, outcome, measured, diversity,
                      targets_version, basis_index, prepared_at)
VALUES ($1, $2, $3, $4, $5, $6, 'held', $7, $8, $9, $10, $11, $12)
"""
CONTAINS = """
INSERT INTO delivery_item (tenant, item, delivery) SELECT $1, n.item, $3 FROM unnest($2::uuid[]) n(item)
ON CONFLICT (tenant, item) DO UPDATE SET delivery = excluded.delivery
"""
SETTLED = """
UPDATE delivery SET state = $3, reason = $4, settled_at = $5 WHERE tenant = $1 AND delivery = $2
"""
EMPTIED = "DELETE FROM delivery_item WHERE tenant = $1 AND delivery = $2"


async def _prepared(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: ev.DeliveryPrepared = fact.event
        told = (e.outcome, e.measured, e.diversity, e.targets_version, e.basis_index)
        about = (e.project, e.number, e.iteration, len(e.items))
        await conn.execute(PREPARED, tenant, e.delivery, *about, *told, fact.at)
        await conn.execute(CONTAINS, tenant, list(e.items), e.delivery)


async def _released(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    rows = [(tenant, f.event.delivery, "released", f.event.reason, f.at) for f in facts]
    await conn.executemany(SETTLED, rows)


async def _withdrawn(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    rows = [(tenant, f.event.delivery, "withdrawn", f.event.reason, f.at) for f in facts]
    await conn.executemany(SETTLED, rows)
    await conn.executemany(EMPTIED, [(tenant, f.event.delivery) for f in facts])


DELIVERIES = Projection(
    "deliveries",
    (delivery, delivery_item),
    {ev.DeliveryPrepared: _prepared, ev.DeliveryReleased: _released, ev.DeliveryWithdrawn: _withdrawn},
)

FIND = "SELECT * FROM delivery WHERE tenant = $1 AND delivery = $2"
LIST = "SELECT * FROM delivery WHERE tenant = $1 AND project = $2 ORDER BY number DESC"
# Decided items in no delivery yet, of an iteration or of the whole project, the oldest first.
DELIVERABLE = """
SELECT r.item FROM result r
 WHERE r.tenant = $1 AND r.project = $2 AND r.rework IS NULL
   AND ($3::uuid IS NULL OR EXISTS (SELECT 1 FROM iteration_item n
                                     WHERE n.tenant = r.tenant AND n.item = r.item AND n.iteration = $3))
   AND NOT EXISTS (SELECT 1 FROM delivery_item d WHERE d.tenant = r.tenant AND d.item = r.item)
 ORDER BY r.item LIMIT $4
"""
ITEMS = """
SELECT item FROM delivery_item WHERE tenant = $1 AND delivery = $2 AND ($3::uuid IS NULL OR item > $3)
 ORDER BY item LIMIT $4
"""


async def find(conn: asyncpg.Connection, tenant: TenantId, asked: UUID) -> dict[str, Any] | None:
    """A delivery's row."""
    row = await conn.fetchrow(FIND, tenant, asked)
    return dict(row) if row else None


async def of_project(conn: asyncpg.Connection, tenant: TenantId, project: UUID) -> list[dict[str, Any]]:
    """The project's deliveries, the newest first."""
    return [dict(row) for row in await conn.fetch(LIST, tenant, project)]


async def deliverable(
    conn: asyncpg.Connection, tenant: TenantId, project: UUID, iteration: UUID | None, most: int
) -> list[UUID]:
    """Decided items that are in no delivery."""
    return [row["item"] for row in await conn.fetch(DELIVERABLE, tenant, project, iteration, most)]
