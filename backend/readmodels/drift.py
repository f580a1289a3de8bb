"""Drift signals as they came, what became of each, and by which rule of the project."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Column, Index, Integer, LargeBinary, Text

from backend.events import drift as ev
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import instant, key, ref, tenant_table
from backend.readmodels.projection import Projection, execute_each

drift_signal = tenant_table(
    "drift_signal",
    key("signal"),
    ref("project"),
    Column("source", Text, nullable=False),
    Column("source_id", Text, nullable=False),
    Column("metric", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("threshold", Text),
    Column("window_since", instant()),
    Column("window_until", instant()),
    Column("said", LargeBinary, nullable=False),
    Column("outcome", Text, nullable=False),
    ref("iteration", nullable=True),
    ref("bulk", nullable=True),
    ref("prioritising", nullable=True),
    Column("selection", Text),
    Column("seed", Text),
    Column("digest", Text),
    Column("matched", Integer, nullable=False),
    Column("taken", Integer, nullable=False),
    Column("created", Integer, nullable=False),
    Column("known", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    ref("after", nullable=True),
    ref("by"),
    Column("signalled_at", instant(), nullable=False),
    Index("drift_signal_project", "tenant", "project", "signalled_at", "signal"),
)

drift_rule = tenant_table(
    "drift_rule",
    key("project"),
    Column("version", Integer, nullable=False),
    Column("mode", Text, nullable=False),
    Column("cooldown_hours", Integer, nullable=False),
)

FIELDS = (
    "signal project source source_id metric value threshold window_since window_until said outcome iteration bulk"
    " prioritising selection seed digest matched taken created known refused after"
).split()
SIGNALLED = f"""
INSERT INTO drift_signal (tenant, {", ".join(FIELDS)}, by, signalled_at)
VALUES ({", ".join(f"${n}" for n in range(1, len(FIELDS) + 4))})
"""
RULE = """
INSERT INTO drift_rule (tenant, project, version, mode, cooldown_hours) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (tenant, project) DO UPDATE
   SET version = excluded.version, mode = excluded.mode, cooldown_hours = excluded.cooldown_hours
"""


async def _signalled(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        told = [getattr(fact.event, name) for name in FIELDS]
        await conn.execute(SIGNALLED, tenant, *told, fact.actor.id, fact.at)


DRIFT = Projection(
    "drift",
    (drift_signal, drift_rule),
    {
        ev.DriftSignalled: _signalled,
        ev.DriftRuleSet: execute_each(RULE, "project", "version", "mode", "cooldown_hours"),
    },
)

# With what its iteration is now.
_SHOWN = """
SELECT s.*, i.name AS iteration_name, i.state AS iteration_state
  FROM drift_signal s LEFT JOIN iteration i ON i.tenant = s.tenant AND i.iteration = s.iteration
"""
FIND = f"{_SHOWN} WHERE s.tenant = $1 AND s.signal = $2"
LIST = f"""{_SHOWN}
 WHERE s.tenant = $1 AND s.project = $2 AND ($3::text IS NULL OR s.outcome = $3)
   AND ($4::text IS NULL OR s.source = $4) AND ($5::text IS NULL OR s.metric = $5)
   AND ($6::timestamptz IS NULL OR (s.signalled_at, s.signal) < ($6, $7::uuid))
 ORDER BY s.signalled_at DESC, s.signal DESC LIMIT $8
"""
# The newest batch of this source and metric that was made later than $5.
COOLING = """
SELECT signal FROM drift_signal
 WHERE tenant = $1 AND project = $2 AND source = $3 AND metric = $4 AND iteration IS NOT NULL AND signalled_at > $5
 ORDER BY signalled_at DESC, signal DESC LIMIT 1
"""
# Signals of one source and metric wait for each other: only one of them makes a batch.
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended($1, 7003041))"


async def fetch(conn: asyncpg.Connection, sql: str, *args: Any) -> list[dict[str, Any]]:
    """Plain dictionaries of one of the queries above."""
    return [dict(row) for row in await conn.fetch(sql, *args)]


async def find(conn: asyncpg.Connection, tenant: TenantId, signal: UUID) -> dict[str, Any] | None:
    """A signal with what its iteration is now."""
    row = await conn.fetchrow(FIND, tenant, signal)
    return dict(row) if row else None
