"""Gold: which items have a known answer, which are edge cases, which are asked no more, and which keys are wrong."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import BigInteger, Boolean, Column, Index, LargeBinary, Text
from sqlalchemy import text as sql_text

from backend.events import gold_health, projects, tasks, wrong_keys
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import instant, key, ref, tenant_table
from backend.readmodels.counting import COUNTS
from backend.readmodels.projection import Projection, columns, execute, execute_each

# Gold that work may ask.
MIXED = "why IS NULL AND NOT exam_only"
LOT_BITS = 62

gold = tenant_table(
    "gold",
    key("gold"),
    ref("project"),
    ref("item"),
    Column("truth", LargeBinary, nullable=False),
    Column("truth_class", Text),
    Column("exam_only", Boolean, nullable=False),
    Column("edge_case", Boolean, nullable=False, server_default=sql_text("false")),
    # A place in an order that has nothing to do with anything: a draw begins at a random one.
    Column("lot", BigInteger, nullable=False, server_default=sql_text("0")),
    Column("origin", Text, nullable=False, server_default=sql_text("'authored'")),
    Column("added_at", instant()),
    # Why it is asked no more, and since when.
    Column("why", Text),
    Column("retired_at", instant()),
    # Whether its key is trusted, found wrong, or replaced by what is right (`truth` is that then); the case in which it
    # was found so last, whatever was added since, since when, and when all was corrected that was scored against it.
    Column("key", Text, nullable=False, server_default=sql_text("'trusted'")),
    ref("key_case", nullable=True),
    Column("found_wrong_at", instant()),
    Column("corrected_at", instant()),
    # The item from which its family was derived (itself, of what has variants), and of a variant how.
    ref("family", nullable=True),
    Column("how", LargeBinary),
    Index("gold_project", "tenant", "project", "gold"),
    Index("gold_item", "tenant", "item"),
    Index("gold_family", "tenant", "family", postgresql_where=sql_text("family IS NOT NULL")),
    Index("gold_lot", "tenant", "project", "edge_case", "lot", postgresql_where=sql_text(MIXED)),
    Index(
        "gold_class_lot",
        "tenant",
        "project",
        "edge_case",
        "truth_class",
        "lot",
        postgresql_where=sql_text(MIXED),
    ),
)

# Gold is an edge case while its item is one, so each fold reads what the other writes: whoever marks the item meanwhile
# is waited for, or waits and finds the gold. Added anew it is gold as it is added now.
ADDED = """
INSERT INTO gold (tenant, gold, project, item, truth, truth_class, exam_only, origin, added_at, lot, edge_case)
SELECT $1, n.*, coalesce((SELECT i.edge_case FROM item i WHERE i.tenant = $1 AND i.item = n.item FOR SHARE), false)
  FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::bytea[], $6::text[], $7::bool[], $8::text[], $9::timestamptz[],
              $10::bigint[])
       AS n(gold, project, item, truth, truth_class, exam_only, origin, added_at, lot)
ON CONFLICT (tenant, gold) DO UPDATE
   SET truth = excluded.truth, truth_class = excluded.truth_class, exam_only = excluded.exam_only,
       origin = excluded.origin, added_at = excluded.added_at, why = NULL, retired_at = NULL, key = 'trusted'
"""
MARKED = "UPDATE gold SET edge_case = $3 WHERE tenant = $1 AND item = $2 AND edge_case <> $3"
RETIRED = """
UPDATE gold g SET why = n.why, retired_at = n.at FROM unnest($2::uuid[], $3::text[], $4::timestamptz[]) n(gold, why, at)
 WHERE g.tenant = $1 AND g.gold = n.gold
"""
FOUND_WRONG = """
UPDATE gold SET key = CASE WHEN $3::bytea IS NULL THEN 'wrong' ELSE 'corrected' END, truth = coalesce($3, truth),
       truth_class = CASE WHEN $3 IS NULL THEN truth_class ELSE $4 END, key_case = $5, found_wrong_at = $6,
       corrected_at = NULL
 WHERE tenant = $1 AND gold = $2
"""
CORRECTED = "UPDATE gold SET corrected_at = $4 WHERE tenant = $1 AND gold = $2 AND key_case = $3"
RESTORED = "UPDATE gold SET why = NULL, retired_at = NULL WHERE tenant = $1 AND gold = ANY($2::uuid[])"
PARENTS = "UPDATE gold SET family = gold WHERE tenant = $1 AND gold = ANY($2::uuid[]) AND family IS NULL"
VARIED = """
UPDATE gold g SET family = n.family, how = n.how FROM unnest($2::uuid[], $3::uuid[], $4::bytea[]) n(gold, family, how)
 WHERE g.tenant = $1 AND g.gold = n.gold
"""
ADDED_FIELDS = ("gold", "project", "item", "truth", "truth_class", "exam_only", "origin")


def lot_of(gold: UUID) -> int:
    """Where a gold item lies in the order of the draw: the last 62 bits of its id, which are a hash."""
    return gold.int & ((1 << LOT_BITS) - 1)


async def _added(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    # One statement cannot touch a row twice: of gold added, retired and added anew the last word counts.
    last = list({fact.event.gold: fact for fact in facts}.values())
    more = ([fact.at for fact in last], [lot_of(fact.event.gold) for fact in last])
    await conn.execute(ADDED, tenant, *columns(last, *ADDED_FIELDS), *more)


async def _varied(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    last = list({fact.event.variant: fact for fact in facts}.values())
    await conn.execute(PARENTS, tenant, *columns(facts, "gold"))
    await conn.execute(VARIED, tenant, *columns(last, "variant", "gold", "how"))


async def _retired(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    # Retired while it waits for a rework it is retired twice in a row.
    last = list({fact.event.gold: fact for fact in facts}.values())
    await conn.execute(RETIRED, tenant, *columns(last, "gold", "why"), [fact.at for fact in last])


async def _found_wrong(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: wrong_keys.GoldKeyFoundWrong = fact.event
        told = (e.gold, e.right, e.right_class, e.key_case)
        await conn.execute(FOUND_WRONG, tenant, *told, fact.at)


async def _corrected(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: wrong_keys.GoldScoresCorrected = fact.event
        await conn.execute(CORRECTED, tenant, e.gold, e.key_case, fact.at)


GOLD = Projection(
    "gold",
    (gold,),
    {
        projects.GoldAdded: _added,
        projects.GoldVaried: _varied,
        projects.GoldRetired: _retired,
        projects.GoldRestored: execute(RESTORED, "gold"),
        gold_health.GoldPutBack: execute(RESTORED, "gold"),
        wrong_keys.GoldKeyFoundWrong: _found_wrong,
        wrong_keys.GoldScoresCorrected: _corrected,
        tasks.ItemMarked: execute_each(MARKED, "item", "edge_case"),
    },
)

# Gold that was promoted from these items, and what was derived from it, that is asked, or waits for what becomes of
# their rework.
PROMOTED = """
WITH made AS (
  SELECT gold, family FROM gold WHERE tenant = $1 AND item = ANY($2::uuid[]) AND origin = 'promoted'
)
SELECT g.gold FROM gold g JOIN (
  SELECT gold FROM made UNION
  SELECT k.gold FROM made m JOIN gold k ON k.tenant = $1 AND k.family = m.family) n USING (gold)
 WHERE g.tenant = $1 AND g.why IS NOT DISTINCT FROM $3 ORDER BY g.gold
"""

STOCK = """
SELECT project, edge_case, truth_class, why, count(*)::int AS n FROM gold
 WHERE tenant = $1 AND ($2::uuid IS NULL OR project = $2) AND NOT exam_only GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
"""
CLASSES = """
SELECT DISTINCT ON (truth_class) gold, truth_class, truth FROM gold
 WHERE tenant = $1 AND project = $2 AND truth_class IS NOT NULL ORDER BY truth_class, gold
"""
# What was answered lately, by class; ids of items begin with the time at which they came in.
PRODUCED = f"""
SELECT answer_class, count(*)::int AS n FROM (
  SELECT answer_class FROM answer a
   WHERE {COUNTS} AND tenant = $1 AND project = $2 AND gold IS NULL AND stage = 'annotate' AND NOT rejected
   ORDER BY item DESC LIMIT $3) newest
 WHERE answer_class IS NOT NULL GROUP BY 1
"""
PRODUCED_MAX = 1_000


async def stock(
    conn: asyncpg.Connection, tenant: TenantId, project: UUID | None = None
) -> list[dict[str, Any]]:
    """How much gold for work there is by project (None: all), kind, class and why it was retired (None: it was not)."""
    return [dict(row) for row in await conn.fetch(STOCK, tenant, project)]


async def promoted(
    conn: asyncpg.Connection, tenant: TenantId, items: Sequence[UUID], why: str | None
) -> list[UUID]:
    """Gold promoted from these items that is retired for this reason (None: that is asked)."""
    return [row["gold"] for row in await conn.fetch(PROMOTED, tenant, list(items), why)]


async def produced(conn: asyncpg.Connection, tenant: TenantId, project: UUID) -> dict[str, int]:
    """Class -> answers of that class among those to the newest items."""
    rows = await conn.fetch(PRODUCED, tenant, project, PRODUCED_MAX)
    return {row["answer_class"]: row["n"] for row in rows}
