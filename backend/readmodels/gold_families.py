"""Families of gold: who has met one of a family lately, and how each member of it fares."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg

from backend.events.ids import TenantId


def kin_unmet(who: str, since: str) -> str:
    """SQL: whether the person `who` has met no other of gold `g`'s family since then; true of gold without a family.

    Gold was met when it was shown. Who met such an item in another way (made its key, reviewed an answer to it, was
    handed it this very moment) has met the family for good. Each is looked up row by row, whatever a plan prefers.
    """
    return f"""(g.family IS NULL OR (
           SELECT true FROM gold k WHERE k.tenant = $1 AND k.family = g.family AND k.gold <> g.gold AND coalesce(
             (SELECT m.shown_at > {since} FROM gold_met m
               WHERE m.tenant = $1 AND m.gold = k.gold AND m.annotator = {who} LIMIT 1),
             (SELECT true FROM worked w WHERE w.tenant = $1 AND w.annotator = {who} AND w.item = k.item LIMIT 1),
             false) LIMIT 1) IS NULL)"""


GAP = "coalesce((p.plan->>'family_gap_days')::int, 30)"
"""Days of the plan of project `p`; plans from before there were families do not say it."""
SINCE = f"CASE {GAP} WHEN 0 THEN '-infinity'::timestamptz ELSE {{now}} - make_interval(days => {GAP}) END"

# How each member of this family fares: who was shown it, how many answered, and how many were right.
MEMBERS = """
SELECT g.gold, g.item, g.project, g.family, g.how, g.truth, g.truth_class, g.origin, g.edge_case, g.exam_only, g.why,
       g.retired_at, g.key, g.added_at, i.external_key, i.payload, met.*
  FROM gold g JOIN item i USING (tenant, item)
 CROSS JOIN LATERAL (
   SELECT (count(*) FILTER (WHERE NOT m.exam))::int AS seen, (count(*) FILTER (WHERE m.exam))::int AS examined,
          count(m.correct)::int AS answers, (count(*) FILTER (WHERE m.correct))::int AS correct,
          min(m.shown_at) FILTER (WHERE NOT m.exam) AS first_shown, max(m.shown_at) AS last_shown
     FROM gold_met m WHERE m.tenant = $1 AND m.gold = g.gold) met
 WHERE g.tenant = $1 AND (g.family = $2 OR g.gold = $2) ORDER BY g.gold <> $2, g.added_at, g.gold
"""
PEOPLE = """
SELECT count(DISTINCT m.annotator)::int FROM gold g JOIN gold_met m USING (tenant, gold)
 WHERE g.tenant = $1 AND (g.family = $2 OR g.gold = $2)
"""
# The others of these families, retired or not.
KIN = """
SELECT DISTINCT k.gold FROM gold g JOIN gold k ON k.tenant = $1 AND k.family = g.family AND k.gold <> ALL($2::uuid[])
 WHERE g.tenant = $1 AND g.gold = ANY($2::uuid[]) ORDER BY k.gold
"""
ASKED_KIN = """
SELECT g.gold, count(*)::int AS n FROM gold g
  JOIN gold k ON k.tenant = $1 AND k.family = g.family AND k.gold <> g.gold AND k.why IS NULL
 WHERE g.tenant = $1 AND g.gold = ANY($2::uuid[]) GROUP BY 1
"""
# Of these gold items those of which another one is of the same family.
TOGETHER = """
SELECT gold FROM (SELECT gold, count(*) OVER (PARTITION BY family) AS n FROM gold
                   WHERE tenant = $1 AND gold = ANY($2::uuid[]) AND family IS NOT NULL) g
 WHERE n > 1 ORDER BY gold
"""
# What is asked of a project's gold for work and this person has not met, by class: of gold without a family how much;
# of each family how many of it, when they met another one of it last, and whether they met it otherwise, for good.
SUPPLY = f"""
SELECT g.truth_class, g.family, count(*)::int AS n, max(kin.met_at) AS met_at,
       coalesce(bool_or(kin.barred), false) AS barred, max({GAP}) AS gap_days
  FROM gold g JOIN project p USING (tenant, project)
 CROSS JOIN LATERAL (
   SELECT max(m.shown_at) AS met_at, bool_or(m.gold IS NULL AND EXISTS (
            SELECT 1 FROM worked w WHERE w.tenant = $1 AND w.annotator = $3 AND w.item = k.item)) AS barred
     FROM gold k LEFT JOIN gold_met m ON m.tenant = $1 AND m.gold = k.gold AND m.annotator = $3
    WHERE k.tenant = $1 AND k.family = g.family AND k.gold <> g.gold) kin
 WHERE g.tenant = $1 AND g.project = $2 AND g.why IS NULL AND NOT g.exam_only
   AND NOT EXISTS (SELECT 1 FROM worked w WHERE w.tenant = $1 AND w.annotator = $3 AND w.item = g.item)
 GROUP BY g.truth_class, g.family ORDER BY g.truth_class, g.family
"""
# How many of the project's items for work are asked when each family counts once.
FAMILIES = """
SELECT count(DISTINCT coalesce(family, gold))::int FROM gold
 WHERE tenant = $1 AND project = $2 AND why IS NULL AND NOT exam_only
"""


async def rows(conn: asyncpg.Connection, sql: str, *args: Any) -> list[dict[str, Any]]:
    """Plain dictionaries of one of the queries above."""
    return [dict(row) for row in await conn.fetch(sql, *args)]


async def asked_kin(conn: asyncpg.Connection, tenant: TenantId, gold: Sequence[UUID]) -> dict[UUID, int]:
    """Gold item -> how many others of its family are asked; no query for none."""
    found = await conn.fetch(ASKED_KIN, tenant, list(gold)) if gold else []
    return {row["gold"]: row["n"] for row in found}


async def kin(conn: asyncpg.Connection, tenant: TenantId, gold: Sequence[UUID]) -> list[UUID]:
    """The others of the families of these gold items; no query for none."""
    return [row["gold"] for row in await conn.fetch(KIN, tenant, list(gold))] if gold else []
