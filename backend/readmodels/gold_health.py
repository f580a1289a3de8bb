"""Gold that went by itself, what was put back, and which projects' gold is due to be looked at."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import BigInteger, Column, Index, Integer, Text

from backend.events import gold_health, projects
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import instant, key, ref, tenant_table
from backend.readmodels.projection import Projection

BY_ITSELF = ("doubtful", "exposed", "aged", "able_people_miss_it", "same_answers", "risen", "hard")
"""Why the system retires gold; what is done again, and what a person said, is not listed."""

# A project has a row from its first gold on. Who looked when is not told by events.
gold_watch = tenant_table(
    "gold_watch",
    key("project"),
    Column("begins", instant(), nullable=False),
    Column("looked_at", instant()),
)

gold_gone = tenant_table(
    "gold_gone",
    key("gold"),
    Column("retired_at", instant(), primary_key=True),
    ref("project"),
    ref("item"),
    Column("why", Text, nullable=False),
    Column("answers", Integer, nullable=False),
    Column("disagreed", Integer, nullable=False),
    # Of signs; numbers as text, as in the event.
    Column("statistic", Text, nullable=False),
    Column("threshold", Text, nullable=False),
    Column("sign_answers", Integer, nullable=False),
    Column("rule_version", Integer),
    Column("basis_index", BigInteger, nullable=False),
    Column("put_back_at", instant()),
    ref("put_back_by", nullable=True),
    Index("gold_gone_project", "tenant", "project", "retired_at", "gold"),
)

WATCH = """
INSERT INTO gold_watch (tenant, project, begins) SELECT $1, n.project, min(n.at)
  FROM unnest($2::uuid[], $3::timestamptz[]) n(project, at) GROUP BY n.project
ON CONFLICT (tenant, project) DO UPDATE SET begins = excluded.begins WHERE gold_watch.begins > excluded.begins
"""
FIELDS = "gold project item why answers disagreed statistic threshold sign_answers rule_version basis_index".split()
GONE = f"""
INSERT INTO gold_gone (tenant, {", ".join(FIELDS)}, retired_at)
VALUES ({", ".join(f"${n}" for n in range(1, len(FIELDS) + 3))}) ON CONFLICT DO NOTHING
"""
BACK = """
UPDATE gold_gone SET put_back_at = $3, put_back_by = $4 WHERE tenant = $1 AND gold = $2 AND retired_at = (
  SELECT max(retired_at) FROM gold_gone WHERE tenant = $1 AND gold = $2)
"""


async def _added(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    await conn.execute(WATCH, tenant, [fact.event.project for fact in facts], [fact.at for fact in facts])


async def _retired(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    itself = [fact for fact in facts if fact.actor.kind == "system" and fact.event.why in BY_ITSELF]
    told = [(tenant, *(getattr(fact.event, name) for name in FIELDS), fact.at) for fact in itself]
    if told:
        await conn.executemany(GONE, told)


async def _put_back(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    await conn.executemany(BACK, [(tenant, fact.event.gold, fact.at, fact.actor.id) for fact in facts])


GOLD_HEALTH = Projection(
    "gold_health",
    (gold_watch, gold_gone),
    {
        projects.GoldAdded: _added,
        projects.GoldRetired: _retired,
        gold_health.GoldPutBack: _put_back,
    },
    ephemeral=frozenset({"gold_watch.looked_at"}),
)

# Once a day, and not before there was a day to answer in.
_OVER = "coalesce(looked_at, begins) <= $2::timestamptz - interval '1 day'"
DUE = f"EXISTS (SELECT 1 FROM gold_watch WHERE tenant = $1 AND {_OVER})"
NEXT = f"""
SELECT project FROM gold_watch WHERE tenant = $1 AND {_OVER}
 ORDER BY coalesce(looked_at, begins), project LIMIT 1
"""
LOOKED = "UPDATE gold_watch SET looked_at = $3 WHERE tenant = $1 AND project = $2"
# What signs retired since $3, whatever was put back.
LATELY = """
SELECT count(*)::int FROM gold_gone
 WHERE tenant = $1 AND project = $2 AND retired_at > $3 AND rule_version IS NOT NULL
"""
PUT_BACK = """
SELECT gold, max(put_back_at) AS at FROM gold_gone
 WHERE tenant = $1 AND project = $2 AND put_back_at IS NOT NULL GROUP BY gold
"""
GONE_SINCE = """
SELECT n.*, g.truth_class, g.why IS NULL AS asked FROM gold_gone n JOIN gold g USING (tenant, gold)
 WHERE n.tenant = $1 AND n.project = $2 AND n.retired_at > $3
   AND ($4::timestamptz IS NULL OR (n.retired_at, n.gold) < ($4, $5::uuid))
 ORDER BY n.retired_at DESC, n.gold DESC LIMIT $6
"""


async def put_back(conn: asyncpg.Connection, tenant: TenantId, project: UUID) -> dict[UUID, datetime]:
    """Gold that was put back -> when last: what was answered before is no evidence of a sign."""
    return {row["gold"]: row["at"] for row in await conn.fetch(PUT_BACK, tenant, project)}


async def gone(conn: asyncpg.Connection, tenant: TenantId, *args: Any) -> list[dict[str, Any]]:
    """What went by itself, the newest first: project, since, the last place (or two None), how many."""
    return [dict(row) for row in await conn.fetch(GONE_SINCE, tenant, *args)]
