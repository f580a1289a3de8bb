"""Training: courses in their newest version, and where each person stands in each course."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from pydantic_core import from_json, to_json
from sqlalchemy import Column, Index, Integer, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import UUID as Uuid

from backend.events import training as ev
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import instant, key, ref, tenant_table
from backend.readmodels import holdings
from backend.readmodels.gold_families import SINCE, kin_unmet
from backend.readmodels.projection import Projection, columns

course = tenant_table(
    "course",
    key("course"),
    Column("version", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("question_count", Integer, nullable=False),
    Column("exam_gold", ARRAY(Uuid(as_uuid=True)), nullable=False),
    ref("skill", nullable=True),
    Column("pass_mark_ppm", Integer, nullable=False),
    Column("modules", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("prerequisites", ARRAY(Uuid(as_uuid=True)), nullable=False, server_default=text("'{}'::uuid[]")),
    Column("attempts_max", Integer),
    Column("retry_minutes", Integer, nullable=False, server_default=text("0")),
    Column("valid_days", Integer),
    Column("level", Integer, nullable=False, server_default=text("1")),
    Column("minutes_max", Integer),
    Column("sample", Integer),
    Column("edge_case_share_ppm", Integer, nullable=False, server_default=text("0")),
)

# One row per person and course that ever met: assigned, tried, begun, passed or lapsed.
enrolment = tenant_table(
    "enrolment",
    key("annotator"),
    key("course"),
    Column("assigned_at", instant()),
    Column("because", Text),
    ref("project", nullable=True),
    Column("tried_at", instant()),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("passed_version", Integer),
    Column("passed_at", instant()),
    Column("until", instant()),
    Column("lapsed_at", instant()),
    ref("open_attempt", nullable=True),
    Column("open_until", instant()),
    Index("enrolment_course", "tenant", "course"),
    Index("enrolment_open", "tenant", "open_until", postgresql_where=text("open_until IS NOT NULL")),
)

PUBLISHED_COLUMNS = (
    "course version title content question_count exam_gold skill pass_mark_ppm modules prerequisites attempts_max"
    " retry_minutes valid_days level minutes_max sample edge_case_share_ppm"
).split()
PUBLISHED = f"""
INSERT INTO course (tenant, {", ".join(PUBLISHED_COLUMNS)})
VALUES ($1, {", ".join(f"${n + 2}" for n in range(len(PUBLISHED_COLUMNS)))})
ON CONFLICT (tenant, course) DO UPDATE
   SET {", ".join(f"{name} = excluded.{name}" for name in PUBLISHED_COLUMNS[1:])}
"""
ASSIGNED = """
INSERT INTO enrolment (tenant, annotator, course, assigned_at, because, project)
SELECT DISTINCT ON (n.annotator, n.course) $1, n.annotator, n.course, n.at, n.because, n.project
  FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::timestamptz[]) WITH ORDINALITY
       n(annotator, course, because, project, at, place)
 ORDER BY n.annotator, n.course, n.place DESC
ON CONFLICT (tenant, annotator, course) DO UPDATE
   SET assigned_at = excluded.assigned_at, because = excluded.because, project = excluded.project
"""
BEGUN = """
INSERT INTO enrolment (tenant, annotator, course, open_attempt, open_until) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (tenant, annotator, course) DO UPDATE
   SET open_attempt = excluded.open_attempt, open_until = excluded.open_until
"""
TRIED = """
INSERT INTO enrolment (tenant, annotator, course, tried_at, attempts) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (tenant, annotator, course) DO UPDATE
   SET tried_at = excluded.tried_at, attempts = enrolment.attempts + excluded.attempts,
       open_attempt = CASE WHEN $5 > 0 THEN NULL ELSE enrolment.open_attempt END,
       open_until = CASE WHEN $5 > 0 THEN NULL ELSE enrolment.open_until END
"""
PASSED = """
UPDATE enrolment SET passed_version = $4, passed_at = $5, until = $6, lapsed_at = NULL, assigned_at = NULL,
       because = NULL, project = NULL
 WHERE tenant = $1 AND annotator = $2 AND course = $3
"""
LAPSED = """
UPDATE enrolment SET lapsed_at = $5 WHERE tenant = $1 AND annotator = $2 AND course = $3 AND passed_version = $4
"""
GIVES = """
SELECT course, cardinality(exam_gold) > 0 AS exam, skill FROM course WHERE tenant = $1 AND course = ANY($2::uuid[])
"""
HELD = """
SELECT annotator, token, source, until FROM holding
 WHERE tenant = $1 AND annotator = ANY($2::uuid[]) AND source = ANY('{course,skill:exam,skill:course}')
"""


async def _published(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        modules = to_json([asdict(one) for one in fact.event.modules]).decode()
        row = {name: getattr(fact.event, name) for name in PUBLISHED_COLUMNS} | {"modules": modules}
        await conn.execute(PUBLISHED, tenant, *row.values())


async def _assigned(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    told = columns(facts, "annotator", "course", "because", "project")
    await conn.execute(ASSIGNED, tenant, *told, [f.at for f in facts])


async def _begun(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    rows = [(e.annotator, e.course, e.attempt, e.until) for e in (f.event for f in facts)]
    await conn.executemany(BEGUN, [(tenant, *row) for row in rows])


async def _module(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    await conn.executemany(TRIED, [(tenant, f.event.annotator, f.event.course, f.at, 0) for f in facts])


async def _attempted(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    await conn.executemany(TRIED, [(tenant, f.event.annotator, f.event.course, f.at, 1) for f in facts])
    passed = [f for f in facts if f.event.passed]
    rows = [(e.annotator, e.course, e.version, f.at, e.until) for f in passed for e in (f.event,)]
    await conn.executemany(PASSED, [(tenant, *row) for row in rows])
    await _grant(conn, tenant, [f.event for f in passed])


async def _grant(conn: asyncpg.Connection, tenant: TenantId, passed: list[ev.CourseAttempted]) -> None:
    """Give what was passed; what is held longer already stays as long."""
    if not passed:
        return
    rows = await conn.fetch(GIVES, tenant, sorted({e.course for e in passed}))
    source = {row["course"]: "skill:exam" if row["exam"] else "skill:course" for row in rows}
    ends: dict[tuple[UUID, str, str], datetime | None] = {}
    for row in await conn.fetch(HELD, tenant, sorted({e.annotator for e in passed})):
        ends[row["annotator"], row["token"], row["source"]] = row["until"]
    given: dict[tuple[UUID, str, str], datetime | None] = {}
    for e in passed:
        for place in _tokens(e, source[e.course]):
            until = later(ends[place], e.until) if place in ends else e.until
            ends[place] = given[place] = until
    await holdings.grant(conn, tenant, [(*place, until) for place, until in given.items()])


def _tokens(e: ev.CourseAttempted, source: str) -> Iterable[tuple[UUID, str, str]]:
    yield e.annotator, f"course:{e.course}:{e.version}", "course"
    if e.skill is not None:
        yield e.annotator, f"skill:{e.skill}", source
        for level in range(1, e.level + 1):
            yield e.annotator, f"skill:{e.skill}:{level}", source


def later(one: datetime | None, other: datetime | None) -> datetime | None:
    """The later of two ends; None is no end."""
    return None if one is None or other is None else max(one, other)


async def _lapsed(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    """Take what has ended: the course's token, and of its skill only what nothing else holds up longer."""
    rows = [(f.event.annotator, f.event.course, f.event.version, f.at) for f in facts]
    await conn.executemany(LAPSED, [(tenant, *row) for row in rows])
    of_course = {
        row["course"]: row for row in await conn.fetch(GIVES, tenant, sorted({f.event.course for f in facts}))
    }
    held = await conn.fetch(HELD, tenant, sorted({f.event.annotator for f in facts}))
    gone = []
    for fact in facts:
        e, skill = fact.event, f"skill:{of_course[fact.event.course]['skill']}"
        gone += [
            (row["annotator"], row["token"], row["source"])
            for row in held
            if row["annotator"] == e.annotator
            and row["until"] is not None
            and row["until"] <= fact.at
            and (
                row["token"] == f"course:{e.course}:{e.version}"
                or row["token"] == skill
                or row["token"].startswith(skill + ":")
            )
        ]
    await holdings.withdraw(conn, tenant, gone)


TRAINING = Projection(
    "training",
    (course, enrolment),
    {
        ev.CoursePublished: _published,
        ev.CourseAssigned: _assigned,
        ev.AttemptBegun: _begun,
        ev.ModuleAttempted: _module,
        ev.CourseAttempted: _attempted,
        ev.CourseLapsed: _lapsed,
    },
)

COURSES = """
SELECT c.*, ARRAY(SELECT g.gold FROM gold g WHERE g.tenant = c.tenant AND g.gold = ANY(c.exam_gold)
                     AND g.why IS NOT NULL) AS retired_gold
  FROM course c
 WHERE tenant = $1 AND ($2::uuid[] IS NULL OR course = ANY($2)) AND ($3::uuid IS NULL OR course > $3)
 ORDER BY course LIMIT $4
"""
OPEN_OVER = """
SELECT e.annotator, e.course FROM enrolment e JOIN person p USING (tenant, annotator)
 WHERE e.tenant = $1 AND e.open_until < $2 AND p.status <> 'erased' ORDER BY e.open_until LIMIT $3
"""


async def courses(
    conn: asyncpg.Connection,
    tenant: TenantId,
    ids: Sequence[UUID] | None = None,
    after: UUID | None = None,
    limit: int | None = None,
) -> list[dict[str, Any]]:
    """Newest versions by id; `content` is ciphertext, `modules` are CourseModules, `retired_gold` is what of an exam's
    gold is asked no more."""
    rows = [dict(row) for row in await conn.fetch(COURSES, tenant, ids, after, limit)]
    for row in rows:
        row["modules"] = tuple(ev.CourseModule(**one) for one in from_json(row["modules"]))
    return rows


async def enrolments(conn: asyncpg.Connection, tenant: TenantId, annotator: UUID) -> list[dict[str, Any]]:
    """Where one person stands in each course, with the course's version, title and kind."""
    sql = """
SELECT e.*, c.version, c.title, cardinality(c.exam_gold) > 0 AS exam
  FROM enrolment e JOIN course c USING (tenant, course)
 WHERE e.tenant = $1 AND e.annotator = $2 ORDER BY c.title, e.course"""
    return [dict(row) for row in await conn.fetch(sql, tenant, annotator)]


async def open_over(
    conn: asyncpg.Connection, tenant: TenantId, now: datetime, most: int
) -> list[tuple[UUID, UUID]]:
    """(person, course) of exams that were begun and whose time is over; nothing is written of who is erased."""
    return [(r["annotator"], r["course"]) for r in await conn.fetch(OPEN_OVER, tenant, now, most)]


async def unmet_gold(
    conn: asyncpg.Connection, tenant: TenantId, annotator: UUID, gold: Sequence[UUID], now: datetime
) -> dict[UUID, tuple[str | None, bool]]:
    """Of these gold items those not retired that the person has not met in any work or exam, nor lately another of
    their family; each with its truth's class and whether it is an edge case."""
    sql = f"""
SELECT g.gold, g.truth_class, g.edge_case FROM gold g JOIN project p USING (tenant, project)
 WHERE g.tenant = $1 AND g.gold = ANY($3::uuid[]) AND g.why IS NULL
   AND {kin_unmet("$2", SINCE.format(now="$4::timestamptz"))}
   AND NOT EXISTS (SELECT 1 FROM worked w WHERE w.tenant = $1 AND w.annotator = $2 AND w.item = g.item)"""
    rows = await conn.fetch(sql, tenant, annotator, list(gold), now)
    return {row["gold"]: (row["truth_class"], row["edge_case"]) for row in rows}
