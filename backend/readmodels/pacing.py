"""Pacing: the one statement of a sign of life, the one that a pull asks, and those that write measured time down."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from backend.events.ids import TenantId
from backend.readmodels.availability import LIMITS

WAIT = timedelta(minutes=5)
FORGOTTEN = timedelta(days=2)

# A stretch begins with the last sign of life of the person or with the lease, whichever was later, and ends with this
# sign; so the stretches of a person never overlap, however many leases they hold. It is computed on the row under
# lock: two signs at once cannot both count from the same moment. A silence as long as a break starts continuous work
# anew, one as long as the rest the day's work.
SIGN = """
WITH n AS (
  SELECT n.annotator, n.project, least(n.claimed_at, n.at) AS claimed_at, n.at,
         make_interval(mins => coalesce(own.break_minutes, everyone.break_minutes, $6::int)) AS pause,
         make_interval(mins => coalesce(own.rest_minutes, everyone.rest_minutes, $7::int)) AS rest,
         make_interval(mins => coalesce(here.break_minutes, own.break_minutes, everyone.break_minutes,
                                        $6::int)) AS pause_here
    FROM unnest($2::uuid[], $3::uuid[], $4::timestamptz[], $5::timestamptz[]) n(annotator, project, claimed_at, at)
    LEFT JOIN work_limit own ON own.tenant = $1 AND own.holder = n.annotator
    LEFT JOIN work_limit here ON here.tenant = $1 AND here.holder = n.project
    LEFT JOIN work_limit everyone ON everyone.tenant = $1 AND everyone.holder = $1
), seen AS (
  INSERT INTO presence AS p (tenant, annotator, day_since, since, begun_at, seen_at)
  SELECT $1, annotator, CASE WHEN at - claimed_at >= rest THEN at ELSE claimed_at END,
         CASE WHEN at - claimed_at >= pause THEN at ELSE claimed_at END, claimed_at, at FROM n ORDER BY annotator
  ON CONFLICT (tenant, annotator) DO UPDATE SET (day_since, since, begun_at, seen_at) = (
    SELECT CASE WHEN s.ends - s.begins >= n.rest THEN s.ends WHEN s.begins - p.seen_at >= n.rest THEN s.begins
                ELSE p.day_since END,
           CASE WHEN s.ends - s.begins >= n.pause THEN s.ends WHEN s.begins - p.seen_at >= n.pause THEN s.begins
                ELSE p.since END,
           s.begins, s.ends
      FROM n CROSS JOIN LATERAL (SELECT greatest(p.seen_at, n.at) AS ends,
                                        least(greatest(p.seen_at, n.at), greatest(p.seen_at, n.claimed_at)) AS begins) s
     WHERE n.annotator = p.annotator)
  RETURNING annotator, begun_at, seen_at
), stretch AS (
  SELECT n.annotator, n.project, n.pause_here, s.begun_at, s.seen_at,
         floor(extract(epoch FROM s.seen_at - s.begun_at) * 1000)::bigint AS raw_ms
    FROM n JOIN seen s ON s.annotator = n.annotator
)
INSERT INTO work_pending AS w (tenant, annotator, project, since, seen_at, begins, raw_ms, counted_ms)
SELECT $1, annotator, project, CASE WHEN seen_at - begun_at >= pause_here THEN seen_at ELSE begun_at END, seen_at,
       begun_at, raw_ms, least(raw_ms, $8::bigint * 1000) FROM stretch WHERE raw_ms > 0 ORDER BY annotator, project
ON CONFLICT (tenant, annotator, project) DO UPDATE
   SET since = CASE WHEN excluded.begins - w.seen_at >= (SELECT pause_here FROM n WHERE n.annotator = w.annotator)
                      OR excluded.since > excluded.begins THEN excluded.since ELSE w.since END,
       seen_at = excluded.seen_at, begins = coalesce(w.begins, excluded.begins),
       raw_ms = w.raw_ms + excluded.raw_ms, counted_ms = w.counted_ms + excluded.counted_ms
"""
FIVE = "ARRAY[" + ", ".join(f"{{0}}.{name}" for name in LIMITS) + "]"
# All that stops somebody, in one question: one row for the person, one for each project with limits of its own in
# which they worked. Local days are the database's: they begin where its time zones say.
PACE = f"""
SELECT q.place, x.* FROM unnest($2::uuid[], $3::uuid[]) WITH ORDINALITY AS q(annotator, project, place)
 CROSS JOIN LATERAL (
   WITH me AS (
     SELECT coalesce(a.activity, 'available') AS activity, a.activity_since, coalesce(a.time_zone, 'UTC') AS time_zone,
            coalesce(a.hours, '[]') AS hours, coalesce(a.exceptions, '[]') AS exceptions,
            coalesce(a.enforced, false) AS enforced, coalesce(a.schedule_version, 0) AS schedule_version
       FROM (SELECT) one LEFT JOIN availability a ON a.tenant = $1 AND a.annotator = q.annotator
   ), bounds AS (
     SELECT date_trunc('day', $4::timestamptz, time_zone) AS day,
            date_trunc('week', $4::timestamptz, time_zone) AS week FROM me
   ), scope AS (
     SELECT NULL::uuid AS project, p.day_since, p.since, p.seen_at, {FIVE.format("l")} AS own
       FROM (SELECT) one LEFT JOIN presence p ON p.tenant = $1 AND p.annotator = q.annotator
       LEFT JOIN work_limit l ON l.tenant = $1 AND l.holder = q.annotator
     UNION ALL
     SELECT l.holder, NULL, w.since, w.seen_at, {FIVE.format("l")} FROM work_limit l
       LEFT JOIN work_pending w ON w.tenant = $1 AND w.annotator = q.annotator AND w.project = l.holder
      WHERE l.tenant = $1 AND l.kind = 'project' AND (q.project IS NULL OR l.holder = q.project)
   )
   SELECT s.*, me.*, sums.day_ms, sums.week_ms, {FIVE.format("t")} AS everyone
     FROM scope s CROSS JOIN me CROSS JOIN bounds b
     LEFT JOIN work_limit t ON t.tenant = $1 AND t.holder = $1
    CROSS JOIN LATERAL (
      SELECT coalesce(sum(counted_ms) FILTER (WHERE at >= b.day), 0)::bigint AS day_ms,
             coalesce(sum(counted_ms), 0)::bigint AS week_ms
        FROM (SELECT quarter AS at, counted_ms FROM work_time
               WHERE tenant = $1 AND annotator = q.annotator AND quarter >= b.week
                 AND (s.project IS NULL OR project = s.project)
              UNION ALL
              SELECT seen_at - interval '1 us', counted_ms FROM work_pending
               WHERE tenant = $1 AND annotator = q.annotator AND begins IS NOT NULL AND seen_at > b.week
                 AND (s.project IS NULL OR project = s.project)) w) sums) x
 ORDER BY q.place, x.project NULLS FIRST
"""
# Time that waited long enough, or whose person fell silent. A sign of life on its way is not waited for.
DUE = """
SELECT annotator, project, begins, seen_at, raw_ms, counted_ms FROM work_pending
 WHERE tenant = $1 AND begins IS NOT NULL AND (begins <= $2 OR seen_at <= $3)
 ORDER BY annotator, project LIMIT $4 FOR UPDATE SKIP LOCKED
"""
TAKEN = """
UPDATE work_pending w SET begins = NULL, raw_ms = 0, counted_ms = 0
  FROM unnest($2::uuid[], $3::uuid[]) n(annotator, project)
 WHERE w.tenant = $1 AND w.annotator = n.annotator AND w.project = n.project
"""
FORGET = "DELETE FROM work_pending WHERE tenant = $1 AND begins IS NULL AND seen_at <= $2"


async def sign(
    conn: asyncpg.Connection,
    tenant: TenantId,
    signs: Sequence[tuple[Any, ...]],
    break_minutes: int,
    rest_minutes: int,
    idle_seconds: int,
) -> None:
    """Record signs of life: (annotator, project, claimed at, at), each annotator at most once; break and rest are those
    of whom nobody gave others."""
    given = (list(one) for one in zip(*signs, strict=True))
    await conn.execute(SIGN, tenant, *given, break_minutes, rest_minutes, idle_seconds)


async def paces(
    conn: asyncpg.Connection, tenant: TenantId, asked: Sequence[tuple[UUID, UUID | None]], now: datetime
) -> list[list[dict[str, Any]]]:
    """For each of (annotator, project or None) what was measured and what is allowed: the person's row, then those of
    projects (or of this project) with limits of their own."""
    found: list[list[dict[str, Any]]] = [[] for _ in asked]
    people, projects = [one for one, _ in asked], [one for _, one in asked]
    for row in await conn.fetch(PACE, tenant, people, projects, now):
        found[row["place"] - 1].append(dict(row))
    return found


async def due(
    conn: asyncpg.Connection, tenant: TenantId, now: datetime, idle_seconds: int, most: int
) -> list[dict[str, Any]]:
    """Measured time that is to be written down now, under lock: it waited, or its person was idle for so long."""
    idle = now - timedelta(seconds=idle_seconds)
    return [dict(row) for row in await conn.fetch(DUE, tenant, now - WAIT, idle, most)]


async def taken(
    conn: asyncpg.Connection, tenant: TenantId, rows: Sequence[dict[str, Any]], now: datetime
) -> None:
    """These rows of due() are written down; what was long silent is forgotten."""
    names = ("annotator", "project")
    await conn.execute(TAKEN, tenant, *([row[name] for row in rows] for name in names))
    await conn.execute(FORGET, tenant, now - FORGOTTEN)
