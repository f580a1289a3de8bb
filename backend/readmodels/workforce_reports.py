"""What the workforce reports ask, each in one statement over all people; $2 and $3 limit to a vendor and a team."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg

from backend.events.ids import TenantId
from backend.readmodels import holdings, ramp
from backend.readmodels.availability import LIMITS

OURS = "($2::uuid IS NULL OR p.vendor = $2) AND ($3::uuid IS NULL OR p.team = $3)"
HERE = "p.status NOT IN ('offboarded', 'erased')"
OPEN = "EXISTS (SELECT 1 FROM open_slot o WHERE o.tenant = $1 AND o.lane = l.lane)"

# Lanes whose work somebody could take now.
LANES_OPEN = f"""
SELECT l.lane, l.project, l.stage, l.requires, l.any_of, l.excludes FROM lane l
 WHERE l.tenant = $1 AND NOT l.paused AND ($2::uuid IS NULL OR l.project = $2) AND {OPEN} ORDER BY l.lane
"""
LANES = f"""
SELECT l.project, l.stage, l.requires, l.any_of, {OPEN} AS open FROM lane l WHERE l.tenant = $1 ORDER BY l.lane
"""
PEOPLE = f"""
SELECT p.annotator, p.status, p.vendor, p.team, {holdings.HELD.format(at="$4::timestamptz")} AS held FROM person p
 WHERE p.tenant = $1 AND {OURS} AND {HERE} ORDER BY p.annotator
"""
# What was measured of the active people who worked lately or said when they can, and what is allowed to each.
RESTING = f"""
SELECT p.annotator, s.day_since, s.since, s.seen_at, sums.day_ms, sums.week_ms,
       coalesce(a.activity, 'available') AS activity, a.activity_since, coalesce(a.time_zone, 'UTC') AS time_zone,
       coalesce(a.hours, '[]') AS hours, coalesce(a.exceptions, '[]') AS exceptions,
       coalesce(a.enforced, false) AS enforced, coalesce(a.schedule_version, 0) AS schedule_version,
       ARRAY[{", ".join(f"o.{name}" for name in LIMITS)}] AS own,
       ARRAY[{", ".join(f"e.{name}" for name in LIMITS)}] AS everyone
  FROM person p
  LEFT JOIN presence s ON s.tenant = $1 AND s.annotator = p.annotator
  LEFT JOIN availability a ON a.tenant = $1 AND a.annotator = p.annotator
  LEFT JOIN work_limit o ON o.tenant = $1 AND o.holder = p.annotator
  LEFT JOIN work_limit e ON e.tenant = $1 AND e.holder = $1
 CROSS JOIN LATERAL (SELECT date_trunc('day', $4::timestamptz, coalesce(a.time_zone, 'UTC')) AS day,
                            date_trunc('week', $4::timestamptz, coalesce(a.time_zone, 'UTC')) AS week) b
 CROSS JOIN LATERAL (
   SELECT coalesce(sum(w.counted_ms) FILTER (WHERE w.at >= b.day), 0)::bigint AS day_ms,
          coalesce(sum(w.counted_ms), 0)::bigint AS week_ms
     FROM (SELECT quarter AS at, counted_ms FROM work_time
            WHERE tenant = $1 AND annotator = p.annotator AND quarter >= b.week
           UNION ALL
           SELECT seen_at - interval '1 us', counted_ms FROM work_pending
            WHERE tenant = $1 AND annotator = p.annotator AND begins IS NOT NULL AND seen_at > b.week) w) sums
 WHERE p.tenant = $1 AND p.status = 'active' AND {OURS} AND ($5::uuid[] IS NULL OR p.annotator = ANY($5))
   AND (s.seen_at > $4::timestamptz - interval '8 days' OR a.enforced OR a.activity <> 'available')
"""
# What somebody works in a week: counted hours per week of those of the last four in which they worked at all.
USUAL_HOURS = f"""
WITH weeks AS (
  SELECT annotator, date_bin('7 days', quarter, $4::timestamptz) AS week, sum(counted_ms) AS ms FROM work_time
   WHERE tenant = $1 AND quarter >= $4::timestamptz - interval '28 days' AND quarter < $4 GROUP BY 1, 2
)
SELECT w.annotator, avg(w.ms)::float8 / 3600000 AS hours
  FROM weeks w JOIN person p ON p.tenant = $1 AND p.annotator = w.annotator
 WHERE w.ms > 0 AND {OURS} GROUP BY w.annotator
"""
ROSTER = f"""
SELECT p.annotator, p.status, p.status_since, p.paused_until, p.vendor, p.team, p.name, p.roles,
       {holdings.HELD.format(at="$4::timestamptz")} AS held, greatest(s.seen_at, m.last_at) AS last_seen_at,
       (SELECT count(*) FROM lease l WHERE l.tenant = $1 AND l.annotator = p.annotator) AS open_leases,
       (SELECT coalesce(sum(w.answers + w.reviews), 0) FROM work_done w
         WHERE w.tenant = $1 AND w.annotator = p.annotator AND w.hour > $4 - interval '7 days') AS answers_7_days
  FROM person p
  LEFT JOIN presence s ON s.tenant = $1 AND s.annotator = p.annotator
  LEFT JOIN milestone m ON m.tenant = $1 AND m.annotator = p.annotator
 WHERE p.tenant = $1 AND {OURS} AND ($5::uuid IS NULL OR p.annotator > $5)
   AND CASE WHEN $6::text IS NULL THEN {HERE} ELSE p.status = $6 END
   AND ($7::uuid IS NULL OR p.vendor = $7) AND ($8::uuid IS NULL OR p.team = $8)
 ORDER BY p.annotator LIMIT $9
"""
FUNNEL = f"""
SELECT m.*, p.status, p.vendor FROM milestone m JOIN person p ON p.tenant = $1 AND p.annotator = m.annotator
 WHERE m.tenant = $1 AND {OURS} AND m.invited_at IS NOT NULL
   AND ($4::timestamptz IS NULL OR m.invited_at >= $4) AND ($5::timestamptz IS NULL OR m.invited_at < $5)
 ORDER BY m.annotator
"""
# What ends, unless something else gives the same token for longer.
EXPIRING = f"""
SELECT h.token, h.annotator, p.vendor, h.until
  FROM holding h JOIN person p ON p.tenant = $1 AND p.annotator = h.annotator
 WHERE h.tenant = $1 AND h.until > $4 AND h.until <= $5 AND {OURS} AND {HERE}
   AND NOT EXISTS (SELECT 1 FROM holding o WHERE o.tenant = $1 AND o.annotator = h.annotator AND o.token = h.token
                      AND (o.until IS NULL OR o.until > h.until))
 ORDER BY h.until, h.annotator
"""
KEYS = f"""
SELECT c.key, c.principal AS annotator, p.vendor, c.expires_at AS until
  FROM credential c JOIN person p ON p.tenant = $1 AND p.annotator = c.principal
 WHERE c.tenant = $1 AND NOT c.revoked AND c.expires_at > $4 AND c.expires_at <= $5 AND {OURS} AND {HERE}
   AND NOT 'annotator:claim' = ANY(c.scopes)
   AND NOT EXISTS (SELECT 1 FROM credential o WHERE o.tenant = $1 AND o.principal = c.principal AND NOT o.revoked
                      AND o.expires_at > c.expires_at)
 ORDER BY c.expires_at, c.principal
"""
SKILLS = "SELECT skill, name FROM skill WHERE tenant = $1 ORDER BY name"
EXAMS = "SELECT course FROM course WHERE tenant = $1 AND cardinality(exam_gold) > 0"
ANSWERS_BY_VENDOR = """
SELECT w.project, p.vendor, sum(w.n)::bigint AS n
  FROM (SELECT annotator, project, sum(answers + reviews) AS n FROM work_done
         WHERE tenant = $1 AND hour >= $2 GROUP BY 1, 2) w
  JOIN person p ON p.tenant = $1 AND p.annotator = w.annotator
 GROUP BY 1, 2
"""
GROUPS = {"person": "p.annotator", "vendor": "p.vendor", "team": "p.team", "project": "w.project"}
Grouped = Literal["person", "vendor", "team", "project"]
# Each table is summed up before it meets people: a year of a thousand people is some millions of quarter hours.
HOURS = f"""
WITH t AS (
  SELECT annotator, project, sum(raw_ms) AS raw_ms, sum(counted_ms) AS counted_ms FROM work_time
   WHERE tenant = $1 AND quarter >= $4 AND quarter < $5 AND ($6::uuid IS NULL OR project = $6) GROUP BY 1, 2
), d AS (
  SELECT annotator, project, sum(answers) AS answers, sum(reviews) AS reviews, min(hour) AS first, max(hour) AS last
    FROM work_done
   WHERE tenant = $1 AND hour >= $4 AND hour < $5 AND ($6::uuid IS NULL OR project = $6) GROUP BY 1, 2
), w AS (
  SELECT * FROM t FULL JOIN d USING (annotator, project)
)
SELECT {{by}} AS id, count(DISTINCT p.annotator) AS people, coalesce(sum(w.raw_ms), 0)::bigint AS raw_ms,
       coalesce(sum(w.counted_ms), 0)::bigint AS counted_ms, coalesce(sum(w.answers), 0)::bigint AS answers,
       coalesce(sum(w.reviews), 0)::bigint AS reviews, min(w.first) AS first, max(w.last) AS last
  FROM w JOIN person p ON p.tenant = $1 AND p.annotator = w.annotator AND {OURS}
 GROUP BY 1
"""
HOURS_PAGE = HOURS + " ORDER BY 1 NULLS LAST LIMIT $7 OFFSET $8"
# Evidence by the counted time of the twelve hours before the hour of the answer: work of a day, in every time zone.
FATIGUE = f"""
SELECT least(floor(ms / 3600000.0), 10)::int AS hours, sum(e.total - e.correct)::int AS wrong,
       sum(e.total)::int AS total
  FROM evidence_hour e JOIN person p ON p.tenant = $1 AND p.annotator = e.annotator AND {OURS}
 CROSS JOIN LATERAL (SELECT coalesce(sum(w.counted_ms), 0) AS ms FROM work_time w
                      WHERE w.tenant = $1 AND w.annotator = e.annotator
                        AND w.quarter >= e.hour - interval '12 hours' AND w.quarter < e.hour) t
 WHERE e.tenant = $1 AND e.hour >= $4 AND e.hour < $5 GROUP BY 1 ORDER BY 1
"""
# Wrong and all evidence by skill: everybody's first pieces, those of people who have no others yet, and what came
# after many.
RAMP = f"""
SELECT r.skill, p.vendor, r.bucket, n.total <= {ramp.NEW_UNTIL} AS fresh,
       sum(r.total - r.correct)::int AS wrong, sum(r.total)::int AS total, count(DISTINCT r.annotator) AS people
  FROM ramp r JOIN person p ON p.tenant = $1 AND p.annotator = r.annotator
  JOIN (SELECT annotator, skill, sum(total) AS total FROM ramp WHERE tenant = $1 GROUP BY 1, 2) n
    ON n.annotator = r.annotator AND n.skill = r.skill
 WHERE r.tenant = $1 AND {OURS} GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
"""
BY_MONTH = f"""
SELECT r.skill, p.vendor, r.month, sum(r.total - r.correct)::int AS wrong, sum(r.total)::int AS total,
       count(DISTINCT r.annotator) AS people
  FROM ramp r JOIN person p ON p.tenant = $1 AND p.annotator = r.annotator
 WHERE r.tenant = $1 AND {OURS} AND r.month >= $4 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
STAYS = f"""
SELECT s.annotator, s.joined_at, s.left_at, p.vendor, p.team
  FROM stay s JOIN person p ON p.tenant = $1 AND p.annotator = s.annotator
 WHERE s.tenant = $1 AND {OURS} ORDER BY s.joined_at, s.annotator
"""
# Who knew the skill when they were last here: they held it, or there is evidence of their work in it.
KNEW = f"""
WITH knew AS (
  SELECT DISTINCT annotator, skill FROM ramp WHERE tenant = $1
  UNION
  SELECT h.annotator, split_part(h.token, ':', 2)::uuid FROM holding h
   WHERE h.tenant = $1 AND h.token LIKE 'skill:%' AND (h.until IS NULL OR h.until > $4)
)
SELECT k.skill, count(*) FILTER (WHERE {HERE}) AS here,
       count(*) FILTER (WHERE NOT {HERE} AND p.ended_at >= $5) AS left_in_period
  FROM knew k JOIN person p ON p.tenant = $1 AND p.annotator = k.annotator AND {OURS}
 GROUP BY k.skill
"""


async def rows(conn: asyncpg.Connection, sql: str, *args: Any) -> list[dict[str, Any]]:
    """Plain dictionaries of a named query."""
    return [dict(row) for row in await conn.fetch(sql, *args)]


async def hours(
    conn: asyncpg.Connection,
    tenant: TenantId,
    ours: tuple[UUID | None, UUID | None],
    span: tuple[datetime, datetime],
    project: UUID | None,
    by: Grouped,
    page: tuple[int, int],
) -> list[dict[str, Any]]:
    """Milliseconds and answers per group in its order, and the first and last hour of work done; of one project or
    all. `page` is limit and offset."""
    sql = HOURS_PAGE.format(by=GROUPS[by])
    return await rows(conn, sql, tenant, *ours, *span, project, *page)
