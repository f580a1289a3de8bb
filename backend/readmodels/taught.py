"""Taught: what escalations courses ask in practice, which items people know from there, and what it changed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Column, Index, Integer, LargeBinary, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as Uuid

from backend.events import training as ev
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import instant, key, ref, tenant_table
from backend.readmodels.counting import COUNTS, WEIGHTLESS
from backend.readmodels.projection import Projection

_IDS = ARRAY(Uuid(as_uuid=True))

# What the version in force teaches, by module; the three lists go together.
course_taught = tenant_table(
    "course_taught",
    key("course"),
    Column("module", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    ref("project"),
    Column("code", Text, nullable=False),
    Column("said", LargeBinary, nullable=False),
    Column("escalations", _IDS, nullable=False),
    Column("items", _IDS, nullable=False),
    Column("leases", _IDS, nullable=False),
    Column("taught_at", instant(), nullable=False),
    Index("course_taught_project", "tenant", "project", "code"),
)

# Since which version a course has taught a code of a project.
taught_code = tenant_table(
    "taught_code",
    key("course"),
    key("project"),
    Column("code", Text, primary_key=True),
    Column("since_version", Integer, nullable=False),
    Column("since_at", instant(), nullable=False),
    Index("taught_code_project", "tenant", "project"),
)

# Whose answer was told in training, since when: it can become gold no more.
taught_item = tenant_table("taught_item", key("item"), Column("taught_at", instant(), nullable=False))

GONE = "DELETE FROM course_taught WHERE tenant = $1 AND course = $2"
TAUGHT = """
INSERT INTO course_taught (tenant, course, module, version, project, code, said, escalations, items, leases,
                           taught_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""
SINCE = """
INSERT INTO taught_code (tenant, course, project, code, since_version, since_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING
"""
KNOWN = """
INSERT INTO taught_item (tenant, item, taught_at)
SELECT DISTINCT $1::uuid, item, $3::timestamptz FROM unnest($2::uuid[]) n(item)
ON CONFLICT (tenant, item) DO UPDATE SET taught_at = least(taught_item.taught_at, excluded.taught_at)
"""


async def _published(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: ev.CoursePublished = fact.event
        if e.version > 1:
            await conn.execute(GONE, tenant, e.course)
        for one in e.taught:
            ids = [[getattr(of, name) for of in one.escalations] for name in ("escalation", "item", "lease")]
            about = (one.module, e.version, one.project, one.code, one.said)
            await conn.execute(TAUGHT, tenant, e.course, *about, *ids, fact.at)
            await conn.execute(SINCE, tenant, e.course, one.project, one.code, e.version, fact.at)
            await conn.execute(KNOWN, tenant, ids[1], fact.at)


TAUGHT_PRACTICE = Projection(
    "taught", (course_taught, taught_code, taught_item), {ev.CoursePublished: _published}
)

OF_COURSE = "SELECT * FROM course_taught WHERE tenant = $1 AND course = $2 ORDER BY module"
PAYLOADS = "SELECT item, payload FROM item WHERE tenant = $1 AND item = ANY($2::uuid[])"
# In whatever role and generation.
MET = "SELECT DISTINCT item FROM worked WHERE tenant = $1 AND annotator = $2 AND item = ANY($3::uuid[])"
# What is not as it was when it was frozen: decided since, or being done again.
MOVED_ON = """
SELECT r.item FROM result r JOIN unnest($2::uuid[], $3::timestamptz[]) n(item, at) ON n.item = r.item
 WHERE r.tenant = $1 AND r.item = ANY($2::uuid[]) AND (r.decided_at > n.at OR r.rework IS NOT NULL)
UNION
SELECT p.item FROM dispute p WHERE p.tenant = $1 AND p.item = ANY($2::uuid[]) AND p.outcome IS NULL
"""
GOLD_PAYLOADS = """
SELECT g.item, i.payload FROM gold g JOIN item i ON i.tenant = g.tenant AND i.item = g.item
 WHERE g.tenant = $1 AND g.project = $2 AND g.why IS NULL
"""
# Escalations of a code, each with what stands for its item now and the lease under which an expert had the last word;
# `left_out` says why it teaches nothing. An item that was ever gold stays out: its key is no secret otherwise. So does
# one that a second expert is to answer, who is to know of no first. While a third one is waited for, and where one
# spoke whose word did not become the result, nobody knows what is right.
_WORD = "CASE WHEN d.corrected THEN d.third_lease ELSE e.lease END"
_STANDING = f"""
SELECT e.escalation, e.task AS of_task, e.item, e.expert, e.lease AS first_lease, e.opened_at, e.resolved_at,
       i.payload, r.task, r.result,
       r.result_class, r.decided_at, a.lease, a.answer,
       CASE WHEN e.resolved_at IS NULL AND coalesce(x.state, 'cancelled') = 'cancelled' THEN 'void'
            WHEN e.resolved_at IS NULL AND e.contested_at IS NOT NULL THEN 'contested'
            WHEN e.resolved_at IS NULL THEN 'open'
            WHEN EXISTS (SELECT 1 FROM gold g WHERE g.tenant = e.tenant AND g.item = e.item) THEN 'gold'
            WHEN i.generation > t.generation OR r.generation > t.generation OR r.rework IS NOT NULL THEN 'done_anew'
            WHEN r.item IS NULL THEN 'no_result'
            WHEN d.sampled AND d.second IS NULL AND d.outcome IS NULL THEN 'second_look'
            WHEN (d.second IS NOT NULL AND d.outcome IS NULL) OR (d.outcome IN ('second', 'third') AND NOT d.corrected)
              OR EXISTS (SELECT 1 FROM dispute p WHERE p.tenant = e.tenant AND p.item = e.item AND p.outcome IS NULL)
            THEN 'disputed'
            WHEN a.lease IS NULL OR {WEIGHTLESS} THEN 'discounted' END AS left_out
  FROM escalation e JOIN item i ON i.tenant = e.tenant AND i.item = e.item
  JOIN task t ON t.tenant = e.tenant AND t.task = e.task
  LEFT JOIN task x ON x.tenant = e.tenant AND x.task = e.expert_task
  LEFT JOIN result r ON r.tenant = e.tenant AND r.item = e.item
  LEFT JOIN double_review d ON d.tenant = e.tenant AND d.escalation = e.escalation
  LEFT JOIN answer a ON a.tenant = e.tenant AND a.lease = {_WORD}
 WHERE e.tenant = $1"""
# Of these tasks, whatever they were escalated for.
OF_TASKS = f"{_STANDING} AND e.task = ANY($2::uuid[])"
RESOLVED = f"""{_STANDING} AND e.project = $2 AND e.code = $3 AND ($4::timestamptz IS NULL OR e.opened_at >= $4)
   AND ($5::timestamptz IS NULL OR e.opened_at < $5)"""
PAGE = f"{RESOLVED} AND ($6::uuid IS NULL OR e.escalation > $6) ORDER BY e.escalation LIMIT $7"
NEWEST = f"{RESOLVED} ORDER BY e.opened_at DESC, e.escalation LIMIT $6"

# Of the escalations opened in a period how many are asked by a course that is in force; by reason and code.
COUNTED = """
SELECT e.reason, e.code, count(*)::int AS n FROM escalation e
 WHERE e.tenant = $1 AND e.project = $2 AND e.opened_at >= $3 AND e.opened_at < $4 AND e.resolved_at IS NOT NULL
   AND EXISTS (SELECT 1 FROM course_taught c WHERE c.tenant = $1 AND c.project = $2 AND c.code = e.code
                  AND e.escalation = ANY(c.escalations))
 GROUP BY 1, 2
"""
# What the people who passed a course did in the project before and after, where they did something in both: answers to
# work, and how often they asked for an expert with the code that the course teaches.
CHANGED = f"""
WITH passed AS (
  SELECT c.course, c.code, c.since_version, c.since_at, n.annotator, n.passed_at
    FROM taught_code c LEFT JOIN enrolment n
      ON n.tenant = c.tenant AND n.course = c.course AND n.passed_version >= c.since_version
   WHERE c.tenant = $1 AND c.project = $2
), did AS (
  SELECT w.course, w.code, w.annotator, count(*) FILTER (WHERE a.submitted_at < w.passed_at) AS before,
         count(*) FILTER (WHERE a.submitted_at >= w.passed_at) AS after
    FROM passed w JOIN answer a ON a.annotator = w.annotator AND a.submitted_at >= w.passed_at - $3::interval
     AND a.submitted_at < w.passed_at + $3::interval
   WHERE a.tenant = $1 AND a.project = $2 AND a.gold IS NULL AND a.stage = 'annotate' AND {COUNTS} GROUP BY 1, 2, 3
), asked AS (
  SELECT w.course, w.code, w.annotator, count(*) FILTER (WHERE e.opened_at < w.passed_at) AS before,
         count(*) FILTER (WHERE e.opened_at >= w.passed_at) AS after
    FROM passed w JOIN escalation e ON e.raised_by = w.annotator AND e.code = w.code
     AND e.opened_at >= w.passed_at - $3::interval AND e.opened_at < w.passed_at + $3::interval
   WHERE e.tenant = $1 AND e.project = $2 GROUP BY 1, 2, 3
), both_sides AS (
  SELECT course, code, annotator, coalesce(d.before, 0) AS answers_before, coalesce(d.after, 0) AS answers_after,
         coalesce(k.before, 0) AS asked_before, coalesce(k.after, 0) AS asked_after
    FROM did d FULL JOIN asked k USING (course, code, annotator)
   WHERE coalesce(d.before, 0) + coalesce(k.before, 0) > 0 AND coalesce(d.after, 0) + coalesce(k.after, 0) > 0
)
SELECT p.course, p.code, p.since_version, p.since_at, c.title, c.version,
       (SELECT coalesce(sum(cardinality(q.escalations)), 0)::int FROM course_taught q
         WHERE q.tenant = $1 AND q.course = p.course AND q.project = $2 AND q.code = p.code) AS questions,
       count(p.annotator)::int AS passed, count(b.annotator)::int AS people,
       coalesce(sum(b.answers_before), 0)::int AS answers_before,
       coalesce(sum(b.answers_after), 0)::int AS answers_after,
       coalesce(sum(b.asked_before), 0)::int AS asked_before, coalesce(sum(b.asked_after), 0)::int AS asked_after
  FROM passed p JOIN course c ON c.tenant = $1 AND c.course = p.course
  LEFT JOIN both_sides b ON b.course = p.course AND b.code = p.code AND b.annotator = p.annotator
 GROUP BY p.course, p.code, p.since_version, p.since_at, c.title, c.version ORDER BY p.code, p.course
"""


async def fetch(conn: asyncpg.Connection, sql: str, *args: Any) -> list[dict[str, Any]]:
    """Plain dictionaries of one of the queries above."""
    return [dict(row) for row in await conn.fetch(sql, *args)]


async def counted(
    conn: asyncpg.Connection, tenant: TenantId, project: UUID, since: datetime, until: datetime
) -> dict[tuple[str, str], int]:
    """(reason, code) -> how many resolved escalations, opened from `since` on and before `until`, are taught."""
    found = await fetch(conn, COUNTED, tenant, project, since, until)
    return {(row["reason"], row["code"]): row["n"] for row in found}


async def changed(
    conn: asyncpg.Connection, tenant: TenantId, project: UUID, window: timedelta
) -> list[dict[str, Any]]:
    """Each course and code of the project that it ever taught; what who passed it did within the window on both
    sides."""
    return await fetch(conn, CHANGED, tenant, project, window)
