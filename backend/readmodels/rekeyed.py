"""Rekeyed: answers to gold that count otherwise since the key they were held against was found wrong, true at once."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Boolean, Column, Index, Integer

from backend.events import proficiency as scores
from backend.events.base import Recorded
from backend.events.ids import TenantId, uuid8
from backend.events.store.schema import instant, key, ref, tenant_table
from backend.readmodels.projection import Projection

# One row per answer, as it counts now: given in work (`lease`) or in an exam (`attempt` and the version of its fact).
rekeyed = tenant_table(
    "score_rekeyed",
    key("answer"),
    ref("gold"),
    ref("key_case"),
    ref("annotator"),
    ref("skill"),
    ref("lease", nullable=True),
    ref("attempt", nullable=True),
    Column("of_version", Integer),
    Column("correct", Boolean),
    Column("corrected_at", instant(), nullable=False),
    Index("score_rekeyed_case", "tenant", "key_case"),
    Index("score_rekeyed_person", "tenant", "annotator", "skill"),
)

CORRECTED = """
INSERT INTO score_rekeyed (tenant, answer, gold, key_case, annotator, skill, lease, attempt, of_version, correct,
                           corrected_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (tenant, answer) DO UPDATE
   SET key_case = excluded.key_case, correct = excluded.correct, corrected_at = excluded.corrected_at
"""
# What a page of a correction looks through. The item's answers in work are found by the item, newest last.
GIVEN = """
SELECT lease, annotator, project, answer, step, submitted_at FROM answer
 WHERE tenant = $1 AND project = $2 AND item = $3 AND gold = $4 AND stage <> 'review'
   AND ($5::uuid IS NULL OR lease > $5)
 ORDER BY lease LIMIT $6
"""
EXAMINED = """
SELECT annotator FROM gold_met
 WHERE tenant = $1 AND gold = $2 AND exam AND ($3::uuid IS NULL OR annotator > $3) ORDER BY annotator LIMIT $4
"""
TRIED = (
    "SELECT annotator, course FROM enrolment WHERE tenant = $1 AND annotator = ANY($2::uuid[]) ORDER BY 1, 2"
)
# Whether the record of who met gold has followed the log to where the key was found wrong, and beyond.
FOLDED = """
SELECT EXISTS (
  SELECT 1 FROM event_log l JOIN event e ON e.tenant = l.tenant AND e.stream = l.stream AND e.version = l.version
    JOIN subscription s ON s.tenant = l.tenant AND s.name = 'gold_record' AND s.next_idx > l.idx
   WHERE l.tenant = $1 AND l.stream = $2 AND l.version = $3)
"""
COUNTS = """
SELECT count(*)::int AS scores, count(DISTINCT annotator)::int AS people,
       (count(*) FILTER (WHERE correct))::int AS right, (count(*) FILTER (WHERE NOT correct))::int AS wrong,
       (count(*) FILTER (WHERE correct IS NULL))::int AS void
  FROM score_rekeyed WHERE tenant = $1 AND key_case = $2
"""
OF_EXAMS = """
SELECT attempt, of_version, correct FROM score_rekeyed
 WHERE tenant = $1 AND annotator = ANY($2::uuid[]) AND attempt IS NOT NULL
"""
CLOSED = "SELECT annotator, skill FROM skill_closing WHERE tenant = $1 AND annotator = ANY($2::uuid[])"


def rekeyed_of(lease: UUID) -> UUID:
    """The stream that says what an answer to gold in work counts since its key was found wrong."""
    return uuid8(lease, "rekeyed")


async def _corrected(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    rows = [
        (
            tenant,
            fact.stream,
            e.gold,
            e.key_case,
            e.annotator,
            e.skill,
            e.lease,
            e.attempt,
            e.of_version,
            e.now,
            fact.at,
        )
        for fact in facts
        if (e := fact.event).key_case is not None
    ]
    await conn.executemany(CORRECTED, rows)


REKEYED = Projection("rekeyed", (rekeyed,), {scores.ScoreCorrected: _corrected})


async def fetch(conn: asyncpg.Connection, sql: str, *args: Any) -> list[dict[str, Any]]:
    """Plain dictionaries of one of the queries above."""
    return [dict(row) for row in await conn.fetch(sql, *args)]


async def counts(conn: asyncpg.Connection, tenant: TenantId, key_case: UUID) -> dict[str, int]:
    """What came of a case so far: scores, people, and of the scores right, wrong and void."""
    (row,) = await fetch(conn, COUNTS, tenant, key_case)
    return row
