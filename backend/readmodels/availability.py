"""Availability: schedules, activities and limits as they are now, and how long everybody worked, by quarter hours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from pydantic_core import from_json, to_json
from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from backend.events import availability as ev
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import instant, key, tenant_table
from backend.readmodels.projection import Projection, columns

LIMITS = "continuous_minutes break_minutes day_minutes week_minutes rest_minutes".split()

availability = tenant_table(
    "availability",
    key("annotator"),
    Column("activity", Text, nullable=False, server_default=text("'available'")),
    Column("activity_since", instant()),
    Column("time_zone", Text, nullable=False, server_default=text("'UTC'")),
    Column("hours", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("exceptions", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("enforced", Boolean, nullable=False, server_default=text("false")),
    Column("schedule_version", Integer, nullable=False, server_default=text("0")),
)

# The holder of limits is a person, a project, or the tenant under its own id.
work_limit = tenant_table(
    "work_limit",
    key("holder"),
    Column("kind", Text, nullable=False),
    *(Column(name, SmallInteger) for name in LIMITS),
    Column("open_leases_max", SmallInteger),
    Column("version", Integer, nullable=False),
    # A pull asks for the few projects with limits among the many people with some.
    Index("work_limit_project", "tenant", "holder", postgresql_where=text("kind = 'project'")),
)

# Quarter hours, because a local day begins at a quarter of an hour of UTC everywhere.
work_time = tenant_table(
    "work_time",
    key("annotator"),
    Column("quarter", instant(), primary_key=True),
    key("project"),
    Column("raw_ms", BigInteger, nullable=False),
    Column("counted_ms", BigInteger, nullable=False),
)

SCHEDULED = """
INSERT INTO availability (tenant, annotator, time_zone, hours, exceptions, enforced, schedule_version)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (tenant, annotator) DO UPDATE
   SET time_zone = excluded.time_zone, hours = excluded.hours, exceptions = excluded.exceptions,
       enforced = excluded.enforced, schedule_version = excluded.schedule_version
"""
CHANGED = """
INSERT INTO availability (tenant, annotator, activity, activity_since) VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant, annotator) DO UPDATE SET activity = excluded.activity, activity_since = excluded.activity_since
"""
LIMITED = f"""
INSERT INTO work_limit (tenant, holder, kind, {", ".join(LIMITS)}, open_leases_max, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (tenant, holder) DO UPDATE
   SET {", ".join(f"{name} = excluded.{name}" for name in LIMITS)},
       open_leases_max = excluded.open_leases_max, version = excluded.version
"""
# What a person may hold when nobody set it for them is in the column's default.
CAPACITY = "UPDATE person SET open_leases_max = coalesce($3, 3) WHERE tenant = $1 AND annotator = $2"
# A stretch belongs to the quarter of an hour in which it ends.
COUNTED = """
INSERT INTO work_time AS w (tenant, annotator, quarter, project, raw_ms, counted_ms)
SELECT $1, annotator, date_bin('15 min', ends - interval '1 us', '2000-01-01 00:00Z'::timestamptz), project,
       sum(raw_ms), sum(counted_ms)
  FROM unnest($2::uuid[], $3::uuid[], $4::timestamptz[], $5::bigint[], $6::bigint[])
       n(annotator, project, ends, raw_ms, counted_ms) GROUP BY 2, 3, 4
ON CONFLICT (tenant, annotator, quarter, project) DO UPDATE
   SET raw_ms = w.raw_ms + excluded.raw_ms, counted_ms = w.counted_ms + excluded.counted_ms
"""
FIND = "SELECT * FROM availability WHERE tenant = $1 AND annotator = $2"
LIMITS_OF = "SELECT * FROM work_limit WHERE tenant = $1 AND holder = ANY($2::uuid[])"
# Written down and not yet written down together: what is pending belongs to where it ends.
WORKED = """
SELECT project, (at AT TIME ZONE $5)::date AS day, sum(raw_ms)::bigint AS raw_ms, sum(counted_ms)::bigint AS counted_ms
  FROM (SELECT project, quarter AS at, raw_ms, counted_ms FROM work_time
         WHERE tenant = $1 AND annotator = $2 AND quarter >= $3 AND quarter < $4
        UNION ALL
        SELECT project, seen_at - interval '1 us', raw_ms, counted_ms FROM work_pending
         WHERE tenant = $1 AND annotator = $2 AND begins IS NOT NULL AND seen_at > $3 AND seen_at <= $4) w
 GROUP BY 1, 2 ORDER BY 2, 1
"""
KNOWN_ZONE = "SELECT EXISTS (SELECT 1 FROM pg_timezone_names WHERE name = $1)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Available:
    """What is known of a person's availability; version 0 means that nothing was ever scheduled."""

    activity: str = "available"
    activity_since: datetime | None = None
    time_zone: str = "UTC"
    hours: tuple[ev.WeeklyHours, ...] = ()
    exceptions: tuple[ev.DayException, ...] = ()
    enforced: bool = False
    schedule_version: int = 0


async def _scheduled(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: ev.ScheduleUpdated = fact.event
        hours = to_json([(one.day, one.begins, one.ends) for one in e.hours]).decode()
        exceptions = to_json([(one.date, one.begins, one.ends) for one in e.exceptions]).decode()
        row = (e.annotator, e.time_zone, hours, exceptions, e.enforced, fact.version)
        await conn.execute(SCHEDULED, tenant, *row)


async def _changed(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    rows = [(tenant, fact.event.annotator, fact.event.activity, fact.at) for fact in facts]
    await conn.executemany(CHANGED, rows)


async def _limited(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: ev.LimitsUpdated = fact.event
        kind = "person" if e.annotator else "project" if e.project else "tenant"
        limits = [getattr(e.limits, name) for name in LIMITS]
        holder = e.annotator or e.project or tenant
        await conn.execute(LIMITED, tenant, holder, kind, *limits, e.open_leases_max, fact.version)
        if e.annotator:
            await conn.execute(CAPACITY, tenant, e.annotator, e.open_leases_max)


async def _counted(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    names = ("annotator", "project", "ends", "raw_ms", "counted_ms")
    await conn.execute(COUNTED, tenant, *columns(facts, *names))


AVAILABILITY = Projection(
    "availability",
    (availability, work_limit, work_time),
    {
        ev.ScheduleUpdated: _scheduled,
        ev.ActivityChanged: _changed,
        ev.LimitsUpdated: _limited,
        ev.WorkCounted: _counted,
    },
)


async def find(conn: asyncpg.Connection, tenant: TenantId, annotator: UUID) -> Available:
    """A person's schedule and activity; the defaults for whom nothing was said."""
    row = await conn.fetchrow(FIND, tenant, annotator)
    return available(row) if row else Available()


def available(row: Mapping[str, Any]) -> Available:
    """A row of the table as what it means."""
    return Available(
        activity=row["activity"],
        activity_since=row["activity_since"],
        time_zone=row["time_zone"],
        hours=tuple(ev.WeeklyHours(day=d, begins=b, ends=e) for d, b, e in from_json(row["hours"])),
        exceptions=tuple(
            ev.DayException(date=on, begins=b, ends=e) for on, b, e in from_json(row["exceptions"])
        ),
        enforced=row["enforced"],
        schedule_version=row["schedule_version"],
    )


async def limits_of(
    conn: asyncpg.Connection, tenant: TenantId, holders: Sequence[UUID]
) -> dict[UUID, dict[str, Any]]:
    """Holder -> its row, with `limits` as WorkLimits; who has none is left out."""
    rows = await conn.fetch(LIMITS_OF, tenant, list(holders))
    return {row["holder"]: {**row, "limits": work_limits(row)} for row in rows}


def work_limits(row: Mapping[str, Any]) -> ev.WorkLimits:
    """The five limits of a row."""
    return ev.WorkLimits(**{name: row[name] for name in LIMITS})


async def worked(
    conn: asyncpg.Connection, tenant: TenantId, annotator: UUID, span: tuple[datetime, datetime], zone: str
) -> list[dict[str, Any]]:
    """Milliseconds per project and local day that end within the span, pending ones included."""
    rows = await conn.fetch(WORKED, tenant, annotator, *span, zone)
    return [dict(row) for row in rows]


async def known_zone(conn: asyncpg.Connection, name: str) -> bool:
    """Whether the database, which sums up local days, knows this time zone too."""
    return bool(await conn.fetchval(KNOWN_ZONE, name))
