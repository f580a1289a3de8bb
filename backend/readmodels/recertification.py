"""Recertification: what each project asks to be learnt anew and by when, and who is certified for it already.

Whoever passes the course, or an exam in each of the skills, gets the token that lanes ask for once it is due, from
that moment or before it. It ends when the course or the first of the exams ends.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Column, Index, Integer
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as Uuid

from backend.events import recertification as ev
from backend.events import training as courses
from backend.events.base import Recorded
from backend.events.ids import CourseId, TenantId
from backend.events.store.schema import instant, key, ref, tenant_table
from backend.readmodels import holdings
from backend.readmodels.holdings import HELD
from backend.readmodels.projection import Projection

recertification = tenant_table(
    "recertification",
    key("project"),
    Column("version", Integer, primary_key=True, autoincrement=False),
    ref("course"),
    Column("course_version", Integer, nullable=False),
    Column("skills", ARRAY(Uuid(as_uuid=True)), nullable=False),
    Column("due", instant(), nullable=False),
    Column("asked_at", instant(), nullable=False),
    Index("recertification_course", "tenant", "course"),
)

# Exams in one of the skills that were passed since it was asked.
recertified_skill = tenant_table(
    "recertified_skill",
    key("project"),
    Column("version", Integer, primary_key=True, autoincrement=False),
    key("annotator"),
    key("skill"),
    Column("until", instant()),
)

ASKED = """
INSERT INTO recertification (tenant, project, version, course, course_version, skills, due, asked_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (tenant, project, version) DO UPDATE
   SET course = excluded.course, course_version = excluded.course_version, skills = excluded.skills,
       due = excluded.due
"""
WITHDRAWN = "DELETE FROM recertification WHERE tenant = $1 AND project = $2 AND version = $3"
FORGET = "DELETE FROM recertified_skill WHERE tenant = $1 AND project = $2 AND version = $3"
# Whoever has passed that very version before it was asked has learnt what it teaches.
PASSED_BEFORE = """
SELECT annotator, until FROM holding
 WHERE tenant = $1 AND token = $2 AND source = 'course' AND (until IS NULL OR until > $3) ORDER BY annotator
"""
MET = """
SELECT project, version, course, course_version, skills FROM recertification
 WHERE tenant = $1 AND (course = ANY($2::uuid[]) OR skills && $3::uuid[]) ORDER BY project, version
"""
EXAM = """
INSERT INTO recertified_skill (tenant, project, version, annotator, skill, until) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (tenant, project, version, annotator, skill) DO UPDATE
   SET until = CASE WHEN recertified_skill.until IS NOT NULL AND excluded.until IS NOT NULL
                    THEN greatest(recertified_skill.until, excluded.until) END
"""
# With an exam in each of the skills, until the first of them ends.
BY_EXAMS = """
SELECT s.annotator, CASE WHEN count(s.until) > 0 THEN min(s.until) END AS until
  FROM recertified_skill s JOIN recertification r USING (tenant, project, version)
 WHERE s.tenant = $1 AND s.project = $2 AND s.version = $3 AND s.skill = ANY(r.skills)
   AND ($4::uuid[] IS NULL OR s.annotator = ANY($4))
 GROUP BY s.annotator, r.skills HAVING count(*) = cardinality(r.skills) ORDER BY s.annotator
"""
ENDED = """
SELECT h.annotator, h.token, h.source FROM unnest($2::uuid[], $3::timestamptz[]) n(annotator, at)
  JOIN holding h ON h.tenant = $1 AND h.annotator = n.annotator AND starts_with(h.source, 'certified')
   AND h.until <= n.at
 ORDER BY h.annotator, h.token, h.source
"""


async def _asked(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: ev.RecertificationAsked = fact.event
        terms = (e.course, e.course_version, list(e.skills), e.due, fact.at)
        await conn.execute(ASKED, tenant, e.project, e.version, *terms)
        token = f"course:{e.course}:{e.course_version}"
        before = await conn.fetch(PASSED_BEFORE, tenant, token, fact.at)
        certificate = _token(e.course, e.project, e.version)
        source = _source(e.course, e.course_version)
        rows = [(row["annotator"], certificate, source, row["until"]) for row in before]
        await holdings.grant(conn, tenant, rows)
        await _by_exams(conn, tenant, (e.project, e.version, e.course), None)


async def _withdrawn(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        for sql in (WITHDRAWN, FORGET):
            await conn.execute(sql, tenant, fact.event.project, fact.event.version)


async def _attempted(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    """One after the other: somebody may have passed twice, and the later end counts."""
    passed: list[courses.CourseAttempted] = [fact.event for fact in facts if fact.event.passed]
    if not passed:
        return
    skills = sorted({e.skill for e in passed if e.skill is not None})
    asked = await conn.fetch(MET, tenant, sorted({e.course for e in passed}), skills)
    for e in passed if asked else ():
        for row in asked:
            where = (row["project"], row["version"], row["course"])
            if e.course == row["course"] and e.version >= row["course_version"]:
                token = _token(row["course"], *where[:2])
                grant = (e.annotator, token, _source(e.course, e.version), e.until)
                await holdings.grant(conn, tenant, [grant])
            if e.skill in row["skills"]:
                await conn.execute(EXAM, tenant, *where[:2], e.annotator, e.skill, e.until)
                await _by_exams(conn, tenant, where, [e.annotator])


async def _by_exams(
    conn: asyncpg.Connection, tenant: TenantId, where: tuple[UUID, int, UUID], people: list[UUID] | None
) -> None:
    project, version, course = where
    token = _token(course, project, version)
    rows = await conn.fetch(BY_EXAMS, tenant, project, version, people)
    grants = [(row["annotator"], token, "certified:exams", row["until"]) for row in rows]
    await holdings.grant(conn, tenant, grants)


async def _lapsed(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    """A certificate ends with what was passed; its row goes when that is recorded."""
    ended = {fact.event.annotator: fact.at for fact in facts}
    rows = await conn.fetch(ENDED, tenant, list(ended), list(ended.values()))
    await holdings.withdraw(conn, tenant, [(r["annotator"], r["token"], r["source"]) for r in rows])


def _token(course: UUID, project: UUID, version: int) -> str:
    return f"certified:{course}:{project}:{version}"


def _source(course: UUID, version: int) -> str:
    """Each version apart: one that was passed for good is not ended by a later one that was not."""
    return f"certified:{course}:{version}"


RECERTIFICATION = Projection(
    "recertification",
    (recertification, recertified_skill),
    {
        ev.RecertificationAsked: _asked,
        ev.RecertificationWithdrawn: _withdrawn,
        courses.CourseAttempted: _attempted,
        courses.CourseLapsed: _lapsed,
    },
)

OF_PROJECT = """
SELECT version, course, course_version, skills, due, asked_at FROM recertification
 WHERE tenant = $1 AND project = $2 ORDER BY version
"""
# Everybody who has not left: what counts now and then, and whether any version of the guideline was acknowledged.
PEOPLE = f"""
SELECT p.annotator, p.status, {HELD.format(at="$3::timestamptz")} AS held,
       {HELD.format(at="$4::timestamptz")} AS held_then,
       EXISTS (SELECT 1 FROM acknowledgement a
                WHERE a.tenant = $1 AND a.project = $2 AND a.annotator = p.annotator) AS reader
  FROM person p WHERE p.tenant = $1 AND p.status NOT IN ('offboarded', 'erased') ORDER BY p.annotator
"""


async def of_project(conn: asyncpg.Connection, tenant: TenantId, project: UUID) -> list[dict[str, Any]]:
    """What a project asks, oldest version first: version, course, course_version, skills, due, asked_at."""
    return [dict(row) for row in await conn.fetch(OF_PROJECT, tenant, project)]


async def due(
    conn: asyncpg.Connection, tenant: TenantId, project: UUID, now: datetime
) -> list[tuple[int, CourseId]]:
    """(version of the guideline, course) for which work in the project needs to be certified at `now`."""
    rows = await of_project(conn, tenant, project)
    return [(row["version"], CourseId(row["course"])) for row in rows if row["due"] <= now]


async def everybody(
    conn: asyncpg.Connection, tenant: TenantId, project: UUID, now: datetime, then: datetime
) -> list[dict[str, Any]]:
    """Everybody who has not left, by id: status, the tokens `held` now and `held_then`, and whether they are a `reader`
    of any version of the project's guideline."""
    return [dict(row) for row in await conn.fetch(PEOPLE, tenant, project, now, then)]
