"""Pilot projects: what each drew, how it was judged, and which item of which project a copy came from."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Column, Index, Integer, LargeBinary, Text
from sqlalchemy import text as sql_text

from backend.events import pilot_projects as ev
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import instant, key, ref, tenant_table
from backend.readmodels.projection import Projection, execute_each

trial = tenant_table(
    "trial",
    key("trial"),
    ref("project"),
    Column("number", Integer, nullable=False),
    Column("seed", Text, nullable=False),
    Column("share_ppm", Integer),
    Column("items_min", Integer, nullable=False),
    Column("items_max", Integer, nullable=False),
    Column("matched", Integer, nullable=False),
    Column("drawn", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    ref("sample"),
    ref("beyond"),
    ref("rest", nullable=True),
    Column("targets_version", Integer, nullable=False),
    # filling, running, overruled, promoted or ended.
    Column("state", Text, nullable=False),
    Column("copied", Integer, nullable=False, server_default=sql_text("0")),
    Column("refused", Integer, nullable=False, server_default=sql_text("0")),
    # Of the last look: its outcome, what was measured and counted (JSON text), by which targets, up to which index.
    Column("outcome", Text),
    Column("measured", Text),
    Column("diversity", Text),
    Column("judged_targets", Integer),
    Column("basis_index", Integer),
    Column("judged_at", instant()),
    Column("reason", LargeBinary),
    Column("begun_at", instant(), nullable=False),
    Column("promoted_at", instant()),
    Index("trial_project", "tenant", "project", "number"),
)
copied_item = tenant_table(
    "copied_item",
    key("item"),
    ref("project"),
    ref("origin"),
    Index("copied_item_project", "tenant", "project", "item"),
    Index("copied_item_origin", "tenant", "origin"),
)

BEGUN = """
INSERT INTO trial (tenant, trial, project, number, seed, share_ppm, items_min, items_max, matched, drawn,
                   digest, sample, beyond, rest, targets_version, state, begun_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 'filling', $16)
"""
BEGUN_SAYS = (
    "trial project number seed share_ppm items_min items_max matched drawn digest sample beyond rest targets_version"
).split()
COPIED = """
WITH copies AS (INSERT INTO copied_item (tenant, item, project, origin)
    SELECT $1, n.item, $2, n.origin FROM unnest($3::uuid[], $4::uuid[]) n(item, origin))
UPDATE trial SET copied = copied + cardinality($3::uuid[]), refused = refused + $5
 WHERE tenant = $1 AND trial = $2
"""
FILLED = "UPDATE trial SET state = 'running' WHERE tenant = $1 AND trial = $2 AND state = 'filling'"
JUDGED = """
UPDATE trial SET outcome = $3, measured = $4, diversity = $5, judged_targets = $6, basis_index = $7,
       judged_at = $8
 WHERE tenant = $1 AND trial = $2
"""
OVERRULED = "UPDATE trial SET state = 'overruled', reason = $3 WHERE tenant = $1 AND trial = $2"
PROMOTED = "UPDATE trial SET state = 'promoted', promoted_at = $3 WHERE tenant = $1 AND trial = $2"


ENDED = "UPDATE trial SET state = 'ended' WHERE tenant = $1 AND trial = $2"


async def _begun(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    told = [(tenant, *(getattr(f.event, name) for name in BEGUN_SAYS), f.at) for f in facts]
    await conn.executemany(BEGUN, told)


async def _copied(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: ev.PilotItemsCopied = fact.event
        items, origins = [one.item for one in e.copies], [one.origin for one in e.copies]
        await conn.execute(COPIED, tenant, e.trial, items, origins, e.refused)


async def _judged(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: ev.PilotProjectJudged = fact.event
        told = (e.outcome, e.measured, e.diversity, e.targets_version, e.basis_index)
        await conn.execute(JUDGED, tenant, e.trial, *told, fact.at)


async def _promoted(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    await conn.executemany(PROMOTED, [(tenant, f.event.trial, f.at) for f in facts])


PILOT_PROJECTS = Projection(
    "pilot_projects",
    (trial, copied_item),
    {
        ev.PilotProjectBegun: _begun,
        ev.PilotItemsCopied: _copied,
        ev.PilotProjectFilled: execute_each(FILLED, "trial"),
        ev.PilotProjectJudged: _judged,
        ev.PilotProjectOverruled: execute_each(OVERRULED, "trial", "reason"),
        ev.PilotProjectPromoted: _promoted,
        ev.PilotProjectEnded: execute_each(ENDED, "trial"),
    },
)

LIST = "SELECT * FROM trial WHERE tenant = $1 AND project = $2 ORDER BY number DESC"
# The pilot project that this iteration waits for: where production waits, or in the trial what is beyond the sample.
WAITS_FOR = """
SELECT * FROM trial WHERE tenant = $1 AND (rest = $2 OR beyond = $2) ORDER BY number DESC LIMIT 1
"""
COPIES = """
SELECT item, origin FROM copied_item
 WHERE tenant = $1 AND project = $2 AND ($3::uuid IS NULL OR item > $3) ORDER BY item LIMIT $4
"""
COPIED_AMONG = """
SELECT count(*) FROM copied_item WHERE tenant = $1 AND project = $2 AND item = ANY($3::uuid[])
"""


async def of_project(conn: asyncpg.Connection, tenant: TenantId, project: UUID) -> list[dict[str, Any]]:
    """The project's pilot projects, the newest first."""
    return [dict(row) for row in await conn.fetch(LIST, tenant, project)]


async def waited_for(conn: asyncpg.Connection, tenant: TenantId, iteration: UUID) -> dict[str, Any] | None:
    """The pilot project that this iteration waits for, None where it waits for none."""
    row = await conn.fetchrow(WAITS_FOR, tenant, iteration)
    return dict(row) if row else None


async def copies(
    conn: asyncpg.Connection, tenant: TenantId, trial: UUID, after: UUID | None, most: int | None
) -> list[dict[str, Any]]:
    """Up to `most` (None: all) items of the trial behind `after`, each with the one that it was copied from."""
    return [dict(row) for row in await conn.fetch(COPIES, tenant, trial, after, most)]


async def copied_among(conn: asyncpg.Connection, tenant: TenantId, trial: UUID, items: Sequence[UUID]) -> int:
    """How many of these items of the trial were copied into it."""
    return int(await conn.fetchval(COPIED_AMONG, tenant, trial, list(items)))
