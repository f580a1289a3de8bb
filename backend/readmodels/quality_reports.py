"""What quality reports ask of the answers whose truth was told: counted by group, one by one with their events, and by
vendor; and how long answers took, and which results there are to look at."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg

from backend.events.ids import TenantId
from backend.readmodels.counting import COUNTS

By = Literal[
    "project",
    "annotator",
    "vendor",
    "team",
    "origin",
    "language",
    "level",
    "class",
    "edge_case",
    "guideline",
    "week",
    "tag",
]
Ours = tuple[UUID | None, UUID | None]
"""The vendor and the team that a reader is limited to."""

# Group -> its name as text; an answer of none is in the group without a name.
GROUPS: dict[str, str] = {
    "project": "''",
    "annotator": "j.annotator::text",
    "vendor": "coalesce(p.vendor::text, '')",
    "team": "coalesce(p.team::text, '')",
    "origin": "coalesce(p.origin, '')",
    "language": "l.language",
    # Of the project's skill, as it is now; 0 without one.
    "level": """coalesce((SELECT max(h.level) FROM skill_held h JOIN project q ON q.tenant = h.tenant
                          AND q.skill = h.skill WHERE h.tenant = j.tenant AND q.project = j.project
                          AND h.annotator = j.annotator), 0)::text""",
    "class": "coalesce(j.answer_class, '')",
    "edge_case": "(SELECT i.edge_case::text FROM item i WHERE i.tenant = j.tenant AND i.item = j.item)",
    "guideline": "a.guideline_version::text",
    "week": "to_char(date_trunc('week', a.submitted_at AT TIME ZONE 'UTC'), 'YYYY-MM-DD')",
    "tag": "t.tag",
}
# An item of several tags is in each of their groups.
TAGS = """
  JOIN item i ON i.tenant = j.tenant AND i.item = j.item
 CROSS JOIN LATERAL (SELECT DISTINCT unnest(CASE WHEN i.tags = '{}' THEN ARRAY[''] ELSE i.tags END) AS tag) t
"""
# Who speaks several is in each of their groups.
LANGUAGES = """
 CROSS JOIN LATERAL (SELECT coalesce(array_agg(DISTINCT s.name), ARRAY['']) AS names FROM skill_held h
   JOIN skill s ON s.tenant = h.tenant AND s.skill = h.skill AND s.kind = 'language'
  WHERE h.tenant = j.tenant AND h.annotator = j.annotator) f CROSS JOIN LATERAL unnest(f.names) AS l(language)
"""
SEVERAL = {"tag": TAGS, "language": LANGUAGES}
# When it was told what the answer is worth.
TOLD_AT = "CASE j.source WHEN 'review' THEN r.given_at ELSE a.submitted_at END"
JUDGED = f"""
  FROM judged j JOIN answer a ON a.tenant = j.tenant AND a.lease = j.lease
  LEFT JOIN person p ON p.tenant = j.tenant AND p.annotator = j.annotator
  LEFT JOIN review r ON r.tenant = j.tenant AND r.lease = j.lease AND j.source = 'review' {{more}}
 WHERE j.tenant = $1 AND j.project = $2 AND {TOLD_AT} <= $3 AND {COUNTS}
   AND ($4::uuid IS NULL OR p.vendor = $4) AND ($5::uuid IS NULL OR p.team = $5)
"""
CELLS = f"""
WITH told AS (SELECT {{group}} AS name, j.rate_ppm, j.passed {JUDGED}),
     page AS (SELECT name FROM told WHERE $6::text IS NULL OR name COLLATE "C" > $6
               GROUP BY name ORDER BY name COLLATE "C" LIMIT $7)
SELECT name, rate_ppm, passed, count(*) AS n FROM told JOIN page USING (name)
 GROUP BY 1, 2, 3 ORDER BY name COLLATE "C", rate_ppm, passed
"""
# As cells, of each person.
SLICES = f"""
WITH told AS (SELECT {{group}} AS name, j.annotator, j.rate_ppm, j.passed {JUDGED})
SELECT name, annotator, rate_ppm, passed, count(*) AS n FROM told GROUP BY 1, 2, 3, 4 ORDER BY name COLLATE "C", 2, 3, 4
"""
ANSWERS = f"""
SELECT j.lease, j.item, j.annotator, j.source, j.rate_ppm, j.score_ppm, j.passed, j.truth_class, j.answer_class,
       a.submitted_at, {TOLD_AT} AS told_at, CASE j.source WHEN 'review' THEN r.review ELSE j.lease END AS stream,
       (SELECT d.dispute FROM dispute d WHERE d.tenant = j.tenant AND d.lease = j.lease) AS dispute
 {JUDGED} AND {{group}} = ANY($6::text[]) AND ($7::uuid IS NULL OR j.lease > $7) ORDER BY j.lease LIMIT $8
"""
EVENTS = """
SELECT e.stream, e.version, e.type, l.idx
  FROM event e LEFT JOIN event_log l ON l.tenant = e.tenant AND l.stream = e.stream AND l.version = e.version
 WHERE e.tenant = $1 AND e.stream = ANY($2::uuid[])
   AND e.type IN ('lease.gold_scored', 'review.verdict_given', 'score.corrected') ORDER BY e.stream, e.version
"""
# $2 whether an answer is of who the card is about; of the others only where these worked, and only for who may know.
OWN = "(p.vendor IS NOT DISTINCT FROM $2 AND ($3::uuid IS NULL OR p.team IS NOT DISTINCT FROM $3))"
MONTH = "to_char(a.submitted_at AT TIME ZONE 'UTC', 'YYYY-MM')"
CARD = f"""
SELECT {OWN} AS own, j.project, a.stage, coalesce(j.answer_class, '') AS class, {MONTH} AS month,
       j.rate_ppm, j.passed, count(*) AS n
  FROM judged j JOIN answer a ON a.tenant = j.tenant AND a.lease = j.lease
  LEFT JOIN person p ON p.tenant = j.tenant AND p.annotator = j.annotator
  LEFT JOIN review r ON r.tenant = j.tenant AND r.lease = j.lease AND j.source = 'review'
 WHERE j.tenant = $1 AND a.submitted_at >= $4 AND {TOLD_AT} <= $5 AND ($6 OR {OWN}) AND {COUNTS}
 GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1, 2, 3, 4, 5, 6, 7
"""
# Of vendors' people alone, the vendor's own and, for who may know, all others'.
PERIODS = {
    "month": MONTH,
    "week": "to_char(date_trunc('week', a.submitted_at AT TIME ZONE 'UTC'), 'YYYY-MM-DD')",
}
SERIES = f"""
SELECT {OWN} AS own, q.skill, s.name, {{period}} AS period, j.annotator, j.source, j.rate_ppm, j.passed, count(*) AS n
  FROM judged j JOIN answer a ON a.tenant = j.tenant AND a.lease = j.lease
  JOIN project q ON q.tenant = j.tenant AND q.project = j.project
  JOIN skill s ON s.tenant = q.tenant AND s.skill = q.skill
  JOIN person p ON p.tenant = j.tenant AND p.annotator = j.annotator AND p.vendor IS NOT NULL
  LEFT JOIN review r ON r.tenant = j.tenant AND r.lease = j.lease AND j.source = 'review'
 WHERE j.tenant = $1 AND a.submitted_at >= $4 AND {TOLD_AT} <= $5 AND ($6 OR {OWN})
 GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 ORDER BY 2, 4, 5, 6, 7, 8
"""
# From opening to the answer, by the server's clock; what was opened by its answer says nothing of time.
SPEED = f"""
SELECT {OWN} AS own, a.project, a.stage, {MONTH} AS month, count(*) AS answers,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM e.ended_at - e.started_at)::float8) AS median
  FROM answer a JOIN lease_ended e ON e.tenant = a.tenant AND e.lease = a.lease
  LEFT JOIN person p ON p.tenant = a.tenant AND p.annotator = a.annotator
 WHERE a.tenant = $1 AND a.submitted_at >= $4 AND a.submitted_at <= $5 AND ($6 OR {OWN})
   AND a.gold IS NULL AND NOT a.reclaimed AND e.started_at < e.ended_at
 GROUP BY GROUPING SETS (({OWN}, a.project, a.stage), ({OWN}, a.project, a.stage, {MONTH})) ORDER BY 1, 2, 3, 4
"""
# As many as are asked for, chosen by a hash of their ids alone: the same ones each time, and of every age.
# Somebody has looked at what a reviewer or an expert decided, and at an answer to it that a reviewer accepted.
RESULTS = """
SELECT item, task, result, confidence_ppm,
       decided_by IN ('review', 'expert') OR EXISTS (SELECT 1 FROM review r WHERE r.tenant = result.tenant
          AND r.task = result.task AND r.verdict = 'accept' AND r.passed) AS looked_at
  FROM result WHERE tenant = $1 AND project = $2 ORDER BY hashtextextended(item::text, 0), item LIMIT $3
"""
RESULTS_COUNT = "SELECT count(*) FROM result WHERE tenant = $1 AND project = $2"


async def cells(
    conn: asyncpg.Connection,
    tenant: TenantId,
    project: UUID,
    by: By,
    until: datetime,
    ours: Ours,
    page: tuple[str | None, int],
) -> list[dict[str, Any]]:
    """How many answers of each group (its `name`) were judged alike until then: rate_ppm, passed, n. `page` is the
    group after which it begins and how many groups."""
    sql = CELLS.format(group=GROUPS[by], more=SEVERAL.get(by, ""))
    return [dict(row) for row in await conn.fetch(sql, tenant, project, until, *ours, *page)]


async def slices(
    conn: asyncpg.Connection, tenant: TenantId, project: UUID, by: By, until: datetime
) -> list[dict[str, Any]]:
    """How many answers of each group (its `name`) and person were judged alike until then: annotator, rate_ppm, passed,
    n."""
    sql = SLICES.format(group=GROUPS[by], more=SEVERAL.get(by, ""))
    return [dict(row) for row in await conn.fetch(sql, tenant, project, until, None, None)]


async def answers(
    conn: asyncpg.Connection,
    tenant: TenantId,
    project: UUID,
    by: By,
    groups: Sequence[str],
    until: datetime,
    page: tuple[UUID | None, int],
) -> list[dict[str, Any]]:
    """The answers of groups, by lease; `stream` has the event that told what each is worth, `dispute` what may have
    changed that. `page` is the lease after which it begins and how many."""
    sql = ANSWERS.format(group=GROUPS[by], more=SEVERAL.get(by, ""))
    return [
        dict(row) for row in await conn.fetch(sql, tenant, project, until, None, None, list(groups), *page)
    ]


async def events(conn: asyncpg.Connection, tenant: TenantId, streams: Sequence[UUID]) -> list[dict[str, Any]]:
    """The facts in these streams that say what an answer is worth: stream, version, type, and idx once it has one."""
    return [dict(row) for row in await conn.fetch(EVENTS, tenant, list(streams))]


async def card(
    conn: asyncpg.Connection,
    tenant: TenantId,
    about: Ours,
    span: tuple[datetime, datetime],
    others: bool,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What was judged of a vendor's (and team's) people, and of all `others` if asked for, as counts by project, stage,
    class and month; and their median seconds by project and stage, in all (month None) and by month."""
    told = await conn.fetch(CARD, tenant, *about, *span, others)
    took = await conn.fetch(SPEED, tenant, *about, *span, others)
    return [dict(row) for row in told], [dict(row) for row in took]


async def series(
    conn: asyncpg.Connection,
    tenant: TenantId,
    about: Ours,
    by: Literal["month", "week"],
    span: tuple[datetime, datetime],
    others: bool,
) -> list[dict[str, Any]]:
    """What was judged of a vendor's (and team's) people, and of all vendors' if asked for: counts by skill, period of
    the answer, annotator and source."""
    sql = SERIES.format(period=PERIODS[by])
    return [dict(row) for row in await conn.fetch(sql, tenant, *about, *span, others)]


async def results(
    conn: asyncpg.Connection, tenant: TenantId, project: UUID, most: int
) -> tuple[int, list[dict[str, Any]]]:
    """How many results the project has, and (ciphertext) at most so many of them; `looked_at`: not by voting alone."""
    count = int(await conn.fetchval(RESULTS_COUNT, tenant, project))
    return count, [dict(row) for row in await conn.fetch(RESULTS, tenant, project, most)]
