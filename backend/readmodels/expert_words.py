"""Experts' words to their answers, the newest of each; and for what of somebody's own an expert was asked."""

from collections.abc import Sequence

import asyncpg
from sqlalchemy import Column, Integer, LargeBinary

from backend.events import review as ev
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import instant, key, ref, tenant_table
from backend.readmodels.projection import Projection

expert_words = tenant_table(
    "expert_words",
    key("lease"),
    ref("item"),
    ref("project"),
    ref("said_by"),
    Column("version", Integer, nullable=False),
    Column("words", LargeBinary, nullable=False),
    Column("said_at", instant(), nullable=False),
)
EXPLAINED = """
INSERT INTO expert_words (tenant, lease, item, project, said_by, version, words, said_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (tenant, lease) DO UPDATE
   SET said_by = excluded.said_by, version = excluded.version, words = excluded.words, said_at = excluded.said_at
"""


async def _explained(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    said = [(fact.event, fact.at) for fact in facts]
    rows = [(tenant, e.lease, e.item, e.project, e.by, e.version, e.words, at) for e, at in said]
    await conn.executemany(EXPLAINED, rows)


EXPERT_WORDS = Projection("expert_words", (expert_words,), {ev.EscalationExplained: _explained})

OF_LEASES = "SELECT * FROM expert_words WHERE tenant = $1 AND lease = ANY($2::uuid[])"
# Where a person asked for an expert, newest first, on gold as on work; whether the project ever had gold.
ASKED = """
SELECT l.lease, l.project, l.task, l.gold, l.ended_at, p.plan,
       EXISTS (SELECT 1 FROM gold g WHERE g.tenant = l.tenant AND g.project = l.project) AS has_gold
  FROM lease_ended l JOIN project p ON p.tenant = l.tenant AND p.project = l.project
 WHERE l.tenant = $1 AND l.annotator = $2 AND l.how = 'escalated' AND l.stage = 'annotate'
   AND ($3::uuid IS NULL OR l.project = $3)
 ORDER BY l.ended_at DESC, l.lease LIMIT $4
"""
