"""Shifts to come: which part of each coming hour everybody is there, as they said or as they did of late."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from backend.domain.workforce.schedule import Schedule, hours_within
from backend.readmodels import shifts
from backend.readmodels.availability import Available
from backend.usecases.insight.staff import Staff
from backend.usecases.work import Work

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
DAYS = 7
"""Who said no hours counts by what they worked in so many days."""


@dataclass(frozen=True, slots=True)
class Hours:
    """Person -> hours in each coming hour, by place in the staff; who said when they work, and who only did of late."""

    of: Mapping[int, Sequence[float]]
    scheduled: int
    delivering: int


async def hours_of(work: Work, everybody: Staff, hours: int) -> Hours:
    """By their schedule, in their own time zone; who has none by what they worked on average at this hour of the day
    in the last seven days, since they first did. Nothing is known of who has neither, and they count for nothing."""
    known = await shifts.schedules(work.conn, work.tenant)
    place_of = {row["annotator"]: place for place, row in enumerate(everybody.rows)}
    found: dict[int, Sequence[float]] = {}
    alike: dict[Schedule, Sequence[float]] = {}
    for who in known.keys() & place_of.keys():
        schedule = _schedule(known[who])
        if schedule not in alike:
            alike[schedule] = hours_within(schedule, work.now, hours)
        found[place_of[who]] = alike[schedule]
    scheduled = sum(1 << place for place in found)
    others = [who for who in place_of if who not in known]
    lately = await _delivered(work, others, hours)
    found |= {place_of[who]: usual for who, usual in lately.items()}
    return Hours(found, scheduled, sum(1 << place_of[who] for who in lately))


def _schedule(known: Available) -> Schedule:
    return Schedule(time_zone=known.time_zone, hours=known.hours, exceptions=known.exceptions)


async def _delivered(work: Work, people: Sequence[UUID], hours: int) -> dict[UUID, list[float]]:
    rows = await shifts.worked(work.conn, work.tenant, people, (work.now - DAYS * DAY, work.now))
    usual: dict[UUID, list[float]] = {}
    first: dict[UUID, datetime] = {}
    for row in rows:
        who = row["annotator"]
        usual.setdefault(who, [0.0] * 24)[row["hour"]] += row["ms"] / 3_600_000
        first[who] = min(first.get(who, row["first"]), row["first"])
    days = {who: min(DAYS, max(1, -((at - work.now) // DAY))) for who, at in first.items()}
    coming = [(work.now + n * HOUR).hour for n in range(hours)]
    return {who: [min(1.0, day[hour] / days[who]) for hour in coming] for who, day in usual.items()}
