"""The record of gold: who met which item, who gave its key, and what has come in since it was last looked at."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Boolean, Column, Index, Integer
from sqlalchemy import text as sql_text

from backend.events import gold_health, leases, projects, training
from backend.events import proficiency as scores
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import instant, key, ref, tenant_table
from backend.readmodels.counting import given_at, weightless
from backend.readmodels.projection import Projection, columns, execute

SEEN_MIN = 5
"""Whatever share of the pool that is, fewer people than these do not use gold up."""
WRONG_MIN = 3
"""More than half of at least five people: with fewer wrong answers no key is doubtful."""
NEWS = f"(seen > looked_seen AND seen >= {SEEN_MIN}) OR (answers > looked_answers AND wrong >= {WRONG_MIN})"

# A person meets a gold item once. What exams asked says whether the key is right; the item is used up by work alone.
gold_met = tenant_table(
    "gold_met",
    key("gold"),
    key("annotator"),
    ref("project", nullable=True),
    Column("shown_at", instant(), nullable=False),
    Column("exam", Boolean, nullable=False),
    Column("correct", Boolean),
    # The answer in work that says whether it is, and whether the record counts what was answered.
    ref("lease", nullable=True),
    Column("counted", Boolean, nullable=False, server_default=sql_text("false")),
    Index("gold_met_project", "tenant", "project", "shown_at", postgresql_where=sql_text("NOT exam")),
)

# Of gold that is still asked. Who looked when is not told by events.
gold_record = tenant_table(
    "gold_record",
    key("gold"),
    Column("seen", Integer, nullable=False),
    Column("answers", Integer, nullable=False),
    Column("wrong", Integer, nullable=False),
    Column("first_shown", instant()),
    Column("looked_seen", Integer, nullable=False, server_default=sql_text("0")),
    Column("looked_answers", Integer, nullable=False, server_default=sql_text("0")),
    Column("looked_at", instant()),
    Index("gold_record_news", "tenant", postgresql_where=sql_text(NEWS)),
    Index("gold_record_age", "tenant", "first_shown"),
)

COUNT = """
INSERT INTO gold_record (tenant, gold, seen, answers, wrong, first_shown)
SELECT $1::uuid, gold, {seen}, {answers}, {wrong}, {shown} FROM new GROUP BY gold
ON CONFLICT (tenant, gold) DO UPDATE
   SET seen = gold_record.seen + excluded.seen, answers = gold_record.answers + excluded.answers,
       wrong = gold_record.wrong + excluded.wrong,
       first_shown = least(gold_record.first_shown, excluded.first_shown)
"""
CLAIMED = """
WITH new AS (
  INSERT INTO gold_met (tenant, gold, annotator, project, shown_at, exam)
  SELECT $1, n.*, false
    FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::timestamptz[]) n(gold, annotator, project, at)
  ON CONFLICT DO NOTHING RETURNING gold, shown_at
)
""" + COUNT.format(seen="count(*)", answers="0", wrong="0", shown="min(shown_at)")
_ANSWERED = COUNT.format(
    seen="0", answers="count(*)", wrong="count(*) FILTER (WHERE NOT correct)", shown="NULL"
)
SCORED = (
    """
WITH new AS (
  UPDATE gold_met m SET correct = n.correct, lease = n.lease, counted = true
    FROM unnest($2::uuid[], $3::uuid[], $4::bool[], $5::uuid[]) n(gold, annotator, correct, lease)
   WHERE m.tenant = $1 AND m.gold = n.gold AND m.annotator = n.annotator AND m.lease IS NULL AND NOT m.exam
  RETURNING m.gold, m.correct
)
"""
    + _ANSWERED
)
EXAMINED = (
    """
WITH new AS (
  INSERT INTO gold_met (tenant, gold, annotator, shown_at, exam, correct, counted)
  SELECT $1, n.gold, n.annotator, n.at, true, n.correct, true
    FROM unnest($2::uuid[], $3::uuid[], $4::bool[], $5::timestamptz[]) n(gold, annotator, correct, at)
  ON CONFLICT DO NOTHING RETURNING gold, correct
)
"""
    + _ANSWERED
)
# A dispute was won: the answer (which says what it was an answer to) counts otherwise, or not at all. The record of
# gold that was retired since then counts nothing of it any more.
CORRECTED = """
WITH was AS (
  SELECT m.gold, m.annotator, m.correct, m.counted, $3::bool AS now
    FROM answer a JOIN gold_met m ON m.tenant = $1 AND m.gold = a.gold AND m.annotator = a.annotator AND m.lease = $2
   WHERE a.tenant = $1 AND a.lease = $2 AND m.correct IS NOT NULL
), new AS (
  UPDATE gold_met m SET correct = was.now FROM was
   WHERE m.tenant = $1 AND m.gold = was.gold AND m.annotator = was.annotator
)
UPDATE gold_record r
   SET answers = r.answers - (was.now IS NULL)::int,
       wrong = r.wrong + (was.now IS FALSE)::int - (NOT was.correct)::int,
       looked_answers = least(r.looked_answers, r.answers - (was.now IS NULL)::int)
  FROM was WHERE r.tenant = $1 AND r.gold = was.gold AND was.counted
"""
# The key was wrong: the answer in work or in an exam (without a lease) counts otherwise, or not at all.
REKEYED = """
WITH was AS (
  SELECT gold, annotator, correct, counted FROM gold_met
   WHERE tenant = $1 AND gold = $2 AND annotator = $3 AND lease IS NOT DISTINCT FROM $4 AND exam = ($4::uuid IS NULL)
), new AS (
  UPDATE gold_met m SET correct = $5::bool FROM was
   WHERE m.tenant = $1 AND m.gold = was.gold AND m.annotator = was.annotator
)
UPDATE gold_record r
   SET answers = r.answers + ($5::bool IS NOT NULL)::int - (was.correct IS NOT NULL)::int,
       wrong = r.wrong + ($5::bool IS FALSE)::int - (was.correct IS FALSE)::int,
       looked_answers = least(r.looked_answers, r.answers - (was.correct IS NOT NULL)::int)
  FROM was WHERE r.tenant = $1 AND r.gold = was.gold AND was.counted
"""
# As if it had not been retired: of everybody who met it.
RESTORED = """
WITH new AS (
  UPDATE gold_met SET counted = correct IS NOT NULL WHERE tenant = $1 AND gold = ANY($2::uuid[])
  RETURNING gold, exam, correct, shown_at
)
INSERT INTO gold_record (tenant, gold, seen, answers, wrong, first_shown)
SELECT $1::uuid, gold, count(*) FILTER (WHERE NOT exam), count(correct), count(*) FILTER (WHERE NOT correct),
       min(shown_at) FILTER (WHERE NOT exam)
  FROM new GROUP BY gold
ON CONFLICT (tenant, gold) DO UPDATE
   SET seen = excluded.seen, answers = excluded.answers, wrong = excluded.wrong, first_shown = excluded.first_shown
"""
FORGET = "DELETE FROM gold_record WHERE tenant = $1 AND gold = ANY($2::uuid[])"
UNCOUNTED = "UPDATE gold_met SET counted = false WHERE tenant = $1 AND gold = ANY($2::uuid[]) AND counted"


def _first(facts: Sequence[Recorded]) -> list[Recorded]:
    """The first of each person and gold item."""
    found: dict[tuple[UUID, UUID], Recorded] = {}
    for fact in facts:
        found.setdefault((fact.event.gold, fact.event.annotator), fact)
    return list(found.values())


async def _claimed(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    # A reviewer who is shown an answer to gold has met the item, but answers it no more and uses nothing up.
    gold = _first([fact for fact in facts if fact.event.gold is not None and fact.event.stage != "review"])
    if gold:
        told = columns(gold, "gold", "annotator", "project")
        await conn.execute(CLAIMED, tenant, *told, [fact.at for fact in gold])


async def _scored(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    await conn.execute(SCORED, tenant, *columns(_first(facts), "gold", "annotator", "correct", "lease"))


async def _corrected(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: scores.ScoreCorrected = fact.event
        if e.key_case is not None:
            await conn.execute(REKEYED, tenant, e.gold, e.annotator, e.lease, e.now)
        elif e.source == "gold":
            await conn.execute(CORRECTED, tenant, e.lease, e.now)


async def _examined(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    first = _first(facts)
    told = columns(first, "gold", "annotator", "correct")
    await conn.execute(EXAMINED, tenant, *told, [fact.at for fact in first])


async def _retired(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for sql in (FORGET, UNCOUNTED):
        await conn.execute(sql, tenant, *columns(facts, "gold"))


GOLD_RECORD = Projection(
    "gold_record",
    (gold_met, gold_record),
    {
        leases.LeaseClaimed: _claimed,
        leases.GoldScored: _scored,
        training.ExamGoldAnswered: _examined,
        projects.GoldRetired: _retired,
        projects.GoldRestored: execute(RESTORED, "gold"),
        gold_health.GoldPutBack: execute(RESTORED, "gold"),
        scores.ScoreCorrected: _corrected,
    },
    ephemeral=frozenset({"gold_record.looked_seen", "gold_record.looked_answers", "gold_record.looked_at"}),
)

# --- what is due to be looked at

AGED = "first_shown <= $2::timestamptz - interval '60 days'"
REST = "(looked_at IS NULL OR looked_at <= $2::timestamptz - interval '10 minutes')"
DUE = f"EXISTS (SELECT 1 FROM gold_record WHERE tenant = $1 AND ({NEWS} OR {AGED}) AND {REST})"
TO_LOOK_AT = f"""
SELECT r.gold, r.seen, r.answers, r.wrong, r.first_shown, g.project, p.skill, g.exam_only
  FROM gold_record r JOIN gold g USING (tenant, gold) JOIN project p USING (tenant, project)
 WHERE r.tenant = $1 AND g.why IS NULL AND ({NEWS} OR {AGED}) AND {REST} ORDER BY r.gold LIMIT $3
"""
# What was retired by others meanwhile is gone from here as soon as the record has followed the log.
LOOKED = f"""
UPDATE gold_record SET looked_seen = seen, looked_answers = answers, looked_at = $2
 WHERE tenant = $1 AND (gold = ANY($3::uuid[]) OR (({NEWS} OR {AGED}) AND {REST} AND EXISTS (
       SELECT 1 FROM gold g WHERE g.tenant = $1 AND g.gold = gold_record.gold AND g.why IS NOT NULL)))
"""
POOL = """
SELECT project, count(DISTINCT annotator)::int AS n FROM gold_met
 WHERE tenant = $1 AND project = ANY($2::uuid[]) AND shown_at > $3 AND NOT exam GROUP BY 1
"""
# Answers to gold, in work and in exams, in the gold's project; those that were discounted count nowhere.
_ANSWERS = """(SELECT m.tenant, m.gold, m.annotator, m.correct, m.exam, m.lease, m.shown_at, g.project, g.item,
        g.truth_class, g.origin, g.why, g.exam_only, g.added_at
   FROM gold_met m JOIN gold g USING (tenant, gold) WHERE m.tenant = $1) m"""
_COUNTS = f"""m.correct IS NOT NULL AND NOT {weightless("m", f"coalesce({given_at('m')}, m.shown_at)")}"""
ANSWERED = f"""
SELECT gold, annotator, correct, exam FROM {_ANSWERS}
 WHERE gold = ANY($2::uuid[]) AND {_COUNTS} ORDER BY gold, annotator
"""
SEEN_OF = "SELECT gold, seen, wrong FROM gold_record WHERE tenant = $1 AND gold = ANY($2::uuid[])"
RECORD = "SELECT seen, answers, wrong, first_shown FROM gold_record WHERE tenant = $1 AND gold = $2"
# Of the gold that is asked: how much of it each of these people has met ($3: a family counts once), and what they were
# handed lately.
MET_BY = """
SELECT m.annotator, count(DISTINCT CASE WHEN $3::bool THEN coalesce(g.family, g.gold) ELSE g.gold END)::int AS n
  FROM gold_met m JOIN gold g USING (tenant, gold)
 WHERE m.tenant = $1 AND m.project = $2 AND g.why IS NULL AND NOT g.exam_only AND NOT m.exam
 GROUP BY 1 ORDER BY 2 DESC, 1
"""
PACE = """
SELECT annotator, count(*)::int AS n, min(shown_at) AS first FROM gold_met
 WHERE tenant = $1 AND project = $2 AND shown_at > $3 AND NOT exam GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1
"""
# The newest answers to gold that is still asked ($4: to any), oldest first; what was said in work, as a token.
MET_IN_ORDER = f"""
SELECT newest.*, coalesce(a.answer_class, a.answer_token) AS said FROM (
  SELECT m.gold, m.annotator, m.correct, m.shown_at, m.lease, m.item, m.truth_class, m.origin, m.exam_only, m.added_at
    FROM {_ANSWERS}
   WHERE m.project = $2 AND (m.why IS NULL OR $4::bool) AND {_COUNTS}
   ORDER BY m.shown_at DESC, m.gold, m.annotator LIMIT $3) newest
  LEFT JOIN answer a ON a.tenant = $1 AND a.lease = newest.lease
 ORDER BY shown_at, gold, newest.annotator
"""
RIGHT_BY = f"""
SELECT annotator, count(*) FILTER (WHERE correct)::int AS correct, count(*)::int AS total FROM gold_met m
 WHERE tenant = $1 AND project = $2 AND NOT exam AND {_COUNTS} GROUP BY 1 ORDER BY 1
"""


async def pools(
    conn: asyncpg.Connection, tenant: TenantId, projects: Sequence[UUID], since: datetime
) -> dict[UUID, int]:
    """Project -> how many people met gold there since then: the pool that is at work."""
    return {row["project"]: row["n"] for row in await conn.fetch(POOL, tenant, list(projects), since)}


async def rows(conn: asyncpg.Connection, sql: str, *args: Any) -> list[dict[str, Any]]:
    """Plain dictionaries of a named query."""
    return [dict(row) for row in await conn.fetch(sql, *args)]
