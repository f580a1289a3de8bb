"""Resting: who of all active people would be handed nothing now, because of a break, a limit, hours or an activity."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from backend.domain.workforce.limits import effective
from backend.domain.workforce.pacing import Worked, stops
from backend.domain.workforce.schedule import Schedule
from backend.events.availability import WorkLimits
from backend.readmodels import availability
from backend.readmodels import workforce_reports as sql
from backend.usecases.reach import reach_filter
from backend.usecases.work import Work

MEASURED = ("seen_at", "since", "day_since", "day_ms", "week_ms")


async def resting(work: Work, only: Sequence[UUID] | None = None) -> dict[UUID, str]:
    """Person -> the code that an empty pull would give first; the rules are those of the pull, the query is one."""
    rows = await sql.rows(work.conn, sql.RESTING, work.tenant, *reach_filter(work), work.now, only)
    found = {row["annotator"]: _stopped(work, row) for row in rows}
    return {who: code for who, code in found.items() if code is not None}


def _stopped(work: Work, row: dict[str, Any]) -> str | None:
    limits = effective(_limits(row["everyone"]), _limits(row["own"]))
    worked = Worked(**{name: row[name] for name in MEASURED})
    known = availability.available(row)
    schedule = Schedule(
        time_zone=known.time_zone, hours=known.hours, exceptions=known.exceptions, enforced=known.enforced
    )
    return next((stop.code for stop in stops(work.now, worked, limits, schedule, known.activity)), None)


def _limits(values: Sequence[int | None]) -> WorkLimits:
    return WorkLimits(**dict(zip(availability.LIMITS, values, strict=True)))
