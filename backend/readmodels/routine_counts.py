"""What a period of a routine brought: answers to gold, items that several people answered, reviews drawn by lot.

By the moment of the facts ($3 on, before $4), so that a period that is over always brings the same.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import asyncpg

from backend.events.ids import TenantId
from backend.readmodels.review_fold import REST_OF_LOT
from backend.readmodels.suspects import SELECTED

_WITHIN = "a.submitted_at >= $3 AND a.submitted_at < $4"
_WORK = "a.stage NOT IN ('review', 'adjudicate', 'expert')"
ANSWERS = f"""
SELECT count(*) FROM answer a WHERE a.tenant = $1 AND a.project = $2 AND {_WITHIN} AND {_WORK}
"""
# By the person: answers in the project, and answers to gold in its skill, wherever that was met.
GOLD = f"""
WITH work AS (
  SELECT a.annotator, count(*)::int AS answers FROM answer a
   WHERE a.tenant = $1 AND a.project = $2 AND {_WITHIN} AND {_WORK} GROUP BY a.annotator),
met AS (
  SELECT a.annotator, count(*)::int AS gold
    FROM project here JOIN project p ON p.tenant = here.tenant AND p.skill = here.skill
    JOIN answer a ON a.tenant = p.tenant AND a.project = p.project
   WHERE here.tenant = $1 AND here.project = $2 AND a.gold IS NOT NULL AND {_WITHIN} GROUP BY a.annotator)
SELECT annotator, coalesce(w.answers, 0) AS answers, coalesce(m.gold, 0) AS gold
  FROM work w FULL JOIN met m USING (annotator) ORDER BY annotator
"""
# Every person's first answer to each task that got one in the period, in the order in which they came.
_VOICES = f"""
WITH touched AS (
  SELECT DISTINCT a.task FROM answer a
   WHERE a.tenant = $1 AND a.project = $2 AND a.gold IS NULL AND {_WITHIN} AND {_WORK}),
voices AS (
  SELECT DISTINCT ON (a.task, a.annotator) a.task, a.item, a.annotator, a.lease, a.answer_token, a.submitted_at
    FROM touched t JOIN answer a ON a.tenant = $1 AND a.task = t.task
   WHERE a.gold IS NULL AND a.submitted_at < $4 AND {_WORK}
   ORDER BY a.task, a.annotator, a.submitted_at, a.lease),
ranked AS (SELECT v.*, row_number() OVER (PARTITION BY v.task ORDER BY v.submitted_at, v.lease) AS place FROM voices v),
reached AS (SELECT task, item FROM ranked WHERE place = $5 AND submitted_at >= $3)
"""
CONSENSUS = f"""{_VOICES}, votes AS (
  SELECT r.task, r.answer_token, count(*) AS n FROM ranked r JOIN reached USING (task) GROUP BY 1, 2),
together AS (SELECT task, sum(n) * (sum(n) - 1) AS pairs, sum(n * (n - 1)) AS same FROM votes GROUP BY task)
SELECT (SELECT count(DISTINCT item) FROM reached)::int AS items, coalesce(sum(pairs) / 2, 0)::bigint AS pairs,
       coalesce(sum(same) / 2, 0)::bigint AS same FROM together
"""
_LOT = """
  FROM review r WHERE r.tenant = $1 AND r.project = $2 AND r.sampled AND r.verdict IS NOT NULL
   AND r.given_at >= $3 AND r.given_at < $4 AND r.reason <> ALL($5::text[])
"""
SAMPLING = f"SELECT count(*) {_LOT}"
CHOSEN = (*SELECTED, REST_OF_LOT)
"""Reasons that choose what is looked at: no sample."""

# The facts behind a number, oldest first: where each stands in the log.
BEHIND: Mapping[str, str] = {
    "gold": f"""
SELECT a.lease AS stream, 'lease.gold_scored' AS fact, a.submitted_at AS at, a.annotator
  FROM project here JOIN project p ON p.tenant = here.tenant AND p.skill = here.skill
  JOIN answer a ON a.tenant = p.tenant AND a.project = p.project
 WHERE here.tenant = $1 AND here.project = $2 AND a.gold IS NOT NULL AND {_WITHIN}
 ORDER BY a.submitted_at, a.lease LIMIT $5
""",
    "consensus": f"""{_VOICES}
SELECT lease AS stream, 'lease.submitted' AS fact, submitted_at AS at, annotator FROM ranked
 WHERE place = $5 AND submitted_at >= $3 ORDER BY submitted_at, lease LIMIT $6
""",
    "sampling": f"""
SELECT r.review AS stream, 'review.verdict_given' AS fact, r.given_at AS at, r.author AS annotator {_LOT}
 ORDER BY r.given_at, r.review LIMIT $6
""",
}

Window = tuple[TenantId, UUID, Any, Any]
"""Tenant, project, from when, and before when."""


async def answers(conn: asyncpg.Connection, window: Window) -> int:
    """How many answers people gave in the project."""
    return int(await conn.fetchval(ANSWERS, *window))


async def gold(conn: asyncpg.Connection, window: Window) -> list[dict[str, Any]]:
    """Everybody who answered in the project, or gold in its skill: how many of each."""
    return [dict(row) for row in await conn.fetch(GOLD, *window)]


async def consensus(conn: asyncpg.Connection, window: Window, independent: int) -> dict[str, int]:
    """How many `items` had a task that got its answer number `independent`, each of another person, in the window;
    and how many `pairs` of answers to these tasks there are, and are the `same`."""
    return dict(await conn.fetchrow(CONSENSUS, *window, independent))


async def sampling(conn: asyncpg.Connection, window: Window) -> int:
    """How many verdicts were given on answers that were drawn by lot."""
    return int(await conn.fetchval(SAMPLING, *window, list(CHOSEN)))


async def behind(
    conn: asyncpg.Connection, window: Window, kind: str, independent: int, most: int
) -> list[dict[str, Any]]:
    """The first `most` facts that count for a kind: stream, type, when, and whose answer it is about."""
    more = {"gold": (), "consensus": (independent,), "sampling": (list(CHOSEN),)}[kind]
    return [dict(row) for row in await conn.fetch(BEHIND[kind], *window, *more, most)]
