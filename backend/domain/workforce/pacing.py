"""Pacing: from what was measured and what is allowed to what stops a person now, and until when exactly."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from backend.domain.workforce.activity import AVAILABLE
from backend.domain.workforce.limits import Effective
from backend.domain.workforce.schedule import Schedule, day_around, day_of, next_working, week_around, working
from backend.events.availability import WorkLimits

DAY = timedelta(days=1)
DAY_ENDS_AFTER = timedelta(hours=3)
"""Whoever pauses so long and goes on under another date begins a new day's work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """What was measured. All times are None before the first sign of life.

    `seen_at`: the last sign of life under a lease. `since`: when continuous work began, without a pause as long as a
    break. `day_since`: when the day's work began, without a pause as long as the rest. Milliseconds are counted
    ones of the local day and week.
    """

    seen_at: datetime | None = None
    since: datetime | None = None
    day_since: datetime | None = None
    day_ms: int = 0
    week_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Why no work is handed out, and until when; None: until the person changes it."""

    code: str
    until: datetime | None = None
    why: str | None = None
    activity: str | None = None


def stops(
    now: datetime, worked: Worked, limits: Effective, schedule: Schedule, activity: str
) -> Sequence[Stop]:
    """Everything that stops this person at `now`, what ends last first. At `until` itself it has ended."""
    found = [
        *([] if activity == AVAILABLE else [Stop(code="not_available", activity=activity)]),
        *_outside(now, schedule),
        *_rest(now, worked, limits, schedule.zone),
        *_continuous(now, worked, limits.continuous_minutes, limits.break_minutes),
        *_caps(now, worked, limits.day_minutes, limits.week_minutes, schedule.zone),
    ]
    return _last_first(found)


def project_stops(
    now: datetime, worked: Worked, own: WorkLimits, limits: Effective, zone: tzinfo
) -> Sequence[Stop]:
    """What stops this person in one project alone: `own` are its limits, `worked` what was done in it."""
    pause = own.break_minutes or limits.break_minutes
    found = [
        *(_continuous(now, worked, own.continuous_minutes, pause) if own.continuous_minutes else []),
        *_caps(now, worked, own.day_minutes, own.week_minutes, zone),
    ]
    return _last_first(found)


def suggests_break(now: datetime, worked: Worked, limits: Effective) -> bool:
    """Whether it is time to think of a break: nobody has to yet."""
    return _stretch(now, worked, limits.break_minutes) >= timedelta(minutes=limits.hint_minutes)


def _last_first(found: Sequence[Stop]) -> Sequence[Stop]:
    return sorted(
        found, key=lambda stop: (stop.until is not None, -stop.until.timestamp() if stop.until else 0)
    )


def _break(why: str, until: datetime) -> list[Stop]:
    return [Stop(code="break_required", why=why, until=until)]


def _outside(now: datetime, schedule: Schedule) -> list[Stop]:
    if not schedule.enforced or working(schedule, now):
        return []
    return [Stop(code="outside_hours", until=next_working(schedule, now))]


def _stretch(now: datetime, worked: Worked, break_minutes: int) -> timedelta:
    """How long the work without a break has gone on; nothing once the pause was long enough."""
    if worked.seen_at is None or worked.since is None:
        return timedelta()
    rested = now - worked.seen_at >= timedelta(minutes=break_minutes)
    return timedelta() if rested else worked.seen_at - worked.since


def _continuous(now: datetime, worked: Worked, minutes: int, break_minutes: int) -> list[Stop]:
    if worked.seen_at is None or _stretch(now, worked, break_minutes) < timedelta(minutes=minutes):
        return []
    return _break("continuous", worked.seen_at + timedelta(minutes=break_minutes))


def _caps(
    now: datetime, worked: Worked, day_minutes: int | None, week_minutes: int | None, zone: tzinfo
) -> list[Stop]:
    found = []
    if day_minutes is not None and worked.day_ms >= day_minutes * 60_000:
        found += _break("daily", day_around(zone, now)[1])
    if week_minutes is not None and worked.week_ms >= week_minutes * 60_000:
        found += _break("weekly", week_around(zone, now)[1])
    return found


def _rest(now: datetime, worked: Worked, limits: Effective, zone: tzinfo) -> list[Stop]:
    """Between two days' work lies the rest. A day's work is over when the rest of 24 hours would be too short for it,
    or when somebody goes on under another date after a long pause; a night shift is one day's work."""
    if worked.seen_at is None or worked.day_since is None:
        return []
    rest = timedelta(minutes=limits.rest_minutes)
    over = now - worked.day_since >= DAY - rest
    pause = now - worked.seen_at
    next_day = pause >= DAY_ENDS_AFTER and day_of(zone, now) != day_of(zone, worked.seen_at)
    if pause >= rest or not (over or next_day):
        return []
    return _break("rest", worked.seen_at + rest)
