"""A schedule: in which time zone a person lives, at which hours they work, and what day and week it is there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise
from zoneinfo import ZoneInfo

from backend.domain.decider import Decider
from backend.domain.errors import Refusal
from backend.events import availability as ev
from backend.events.ids import AnnotatorId

DAY_MINUTES = 1440
EXCEPTIONS_MAX = 400
HOURS_MAX = 70
LOOK_AHEAD = timedelta(days=366)
STEP = timedelta(hours=1)
Span = tuple[datetime, datetime]

# --- state


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Working hours in local time; nobody is held to them unless `enforced`."""

    time_zone: str = "UTC"
    hours: tuple[ev.WeeklyHours, ...] = ()
    exceptions: tuple[ev.DayException, ...] = ()
    enforced: bool = False

    @property
    def zone(self) -> tzinfo:
        """The rules of the time zone; those of UTC need no database of zones."""
        return UTC if self.time_zone == "UTC" else ZoneInfo(self.time_zone)


# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateSchedule:
    """Replace the whole schedule. `may_bind`: the one who asks may switch enforcement on and off."""

    annotator: AnnotatorId
    schedule: Schedule
    may_bind: bool


# --- refusals


def _invalid(code: str, expected: str, found: str) -> Refusal:
    return Refusal("invalid", code, expected=expected, found=found, mend="send the schedule corrected")


def _bound() -> Refusal:
    return Refusal(
        "forbidden",
        "schedule_enforced",
        expected="a manager to change hours that are enforced, or to enforce them",
        found="the person themselves",
        mend="ask a manager",
    )


# --- decide


def decide(command: UpdateSchedule, schedule: Schedule) -> Sequence[ev.ScheduleUpdated]:
    """A schedule that can be kept replaces the one before; the same one is no event."""
    wanted = _ordered(command.schedule)
    if wanted == schedule:
        return []
    _check(wanted)
    if not command.may_bind and (wanted.enforced or schedule.enforced):
        raise _bound()
    return [
        ev.ScheduleUpdated(
            annotator=command.annotator,
            time_zone=wanted.time_zone,
            hours=wanted.hours,
            exceptions=wanted.exceptions,
            enforced=wanted.enforced,
        )
    ]


def evolve(schedule: Schedule, event: ev.ScheduleUpdated) -> Schedule:
    """What is true after the event."""
    return Schedule(
        time_zone=event.time_zone, hours=event.hours, exceptions=event.exceptions, enforced=event.enforced
    )


# --- helpers


def _ordered(given: Schedule) -> Schedule:
    hours = tuple(sorted(given.hours, key=lambda one: (one.day, one.begins, one.ends)))
    exceptions = tuple(sorted(given.exceptions, key=lambda one: (one.date, one.begins or 0)))
    return Schedule(time_zone=given.time_zone, hours=hours, exceptions=exceptions, enforced=given.enforced)


def _check(wanted: Schedule) -> None:
    """Refuse what no calendar holds: unknown zones and dates, hours outside the day, hours that overlap."""
    if not known_zone(wanted.time_zone):
        raise _invalid("time_zone_unknown", "an IANA time zone such as Asia/Kolkata", repr(wanted.time_zone))
    if len(wanted.hours) > HOURS_MAX or len(wanted.exceptions) > EXCEPTIONS_MAX:
        found = f"{len(wanted.hours)} and {len(wanted.exceptions)}"
        raise _invalid("hours_invalid", f"at most {HOURS_MAX} hours and {EXCEPTIONS_MAX} exceptions", found)
    if wanted.enforced and not (wanted.hours or any(one.begins is not None for one in wanted.exceptions)):
        raise _invalid("hours_invalid", "hours to enforce", "none, so that nobody could ever work")
    for day in range(7):
        _check_day(f"day {day}", [(one.begins, one.ends) for one in wanted.hours if one.day == day])
    if any(not 0 <= one.day <= 6 for one in wanted.hours):
        raise _invalid("hours_invalid", "day in 0 (Monday)..6", "another day")
    for on in dict.fromkeys(one.date for one in wanted.exceptions):
        _check_exceptions(on, [one for one in wanted.exceptions if one.date == on])


def _check_exceptions(on: str, given: Sequence[ev.DayException]) -> None:
    if _iso_date(on) is None:
        raise _invalid("hours_invalid", "an ISO 8601 date such as 2026-03-29", repr(on))
    free = [one for one in given if one.begins is None and one.ends is None]
    if free and len(given) > 1:
        raise _invalid("hours_invalid", f"{on} either free or with hours", "both, or twice the same")
    if not free:
        if any(one.begins is None or one.ends is None for one in given):
            raise _invalid("hours_invalid", f"both begins and ends on {on}, or neither", "one of them")
        _check_day(on, [(one.begins or 0, one.ends or 0) for one in given])


def _check_day(name: str, spans: Sequence[tuple[int, int]]) -> None:
    for begins, ends in spans:
        if not 0 <= begins < ends <= DAY_MINUTES:
            told = f"{begins}..{ends}"
            raise _invalid("hours_invalid", f"minutes 0 <= begins < ends <= {DAY_MINUTES} on {name}", told)
    if any(later[0] < earlier[1] for earlier, later in pairwise(sorted(spans))):
        raise _invalid("hours_invalid", f"hours on {name} that do not overlap", "hours that do")


def _iso_date(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if found.isoformat() == text else None


def known_zone(name: str) -> bool:
    """Whether this is the name of a time zone."""
    try:
        Schedule(time_zone=name).zone  # noqa: B018 the look-up is what is tried
    except (ValueError, KeyError, OSError):
        return False
    return bool(name)


SCHEDULE: Decider[UpdateSchedule, Schedule, ev.ScheduleUpdated] = Decider(Schedule(), decide, evolve)
"""One stream per person."""


# --- what a schedule says of a moment


def working(schedule: Schedule, at: datetime) -> bool:
    """Whether the local wall clock at this instant lies within the hours; an hour that a change of the clock repeats
    counts twice, one that it leaves out never comes."""
    local = at.astimezone(schedule.zone)
    since_midnight = timedelta(
        hours=local.hour, minutes=local.minute, seconds=local.second, microseconds=local.microsecond
    )
    return any(begins <= since_midnight < ends for begins, ends in _hours_on(schedule, local.date()))


def next_working(schedule: Schedule, at: datetime) -> datetime | None:
    """The first instant from `at` on that is within the hours, in UTC; None when there is none within a year."""
    begin = at.astimezone(UTC)
    for since, until, offset in _segments(schedule.zone, begin, begin + LOOK_AHEAD):
        for starts, ends in _spans(schedule, since, until, offset):
            if ends > begin:
                return max(starts, begin)
    return None


def hours_within(schedule: Schedule, begin: datetime, hours: int) -> list[float]:
    """Of each of so many hours from `begin` on the part (0..1) that is within the schedule's hours."""
    begin = begin.astimezone(UTC)
    end, parts = begin + hours * STEP, [0.0] * hours
    for since, until, offset in _segments(schedule.zone, begin, end):
        for at, ends in _spans(schedule, since, min(until, end), offset):
            while at < ends:
                place = (at - begin) // STEP
                stop = min(ends, begin + (place + 1) * STEP)
                parts[place] += (stop - at) / STEP
                at = stop
    return parts


def day_of(zone: tzinfo, at: datetime) -> date:
    """The local date at an instant; in the hour that a change of the clock repeats around midnight, the later one."""
    local = at.astimezone(zone).date()
    return local + timedelta(days=1) if at >= begin_of(zone, local + timedelta(days=1)) else local


def begin_of(zone: tzinfo, day: date) -> datetime:
    """The instant at which a local date begins, in UTC; where the clock jumps over midnight, when it jumps."""
    midnight = datetime.combine(day, time(), zone)
    first, second = (midnight.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    # Only in a gap does the later reading of the wall clock lie before the earlier one.
    return _change(zone, second, first, _offset(zone, second)) if second < first else first


def day_around(zone: tzinfo, at: datetime) -> Span:
    """The local day of an instant: begins <= at < ends, both in UTC; 23 to 25 hours where the clock changes."""
    day = day_of(zone, at)
    return begin_of(zone, day), begin_of(zone, day + timedelta(days=1))


def week_around(zone: tzinfo, at: datetime) -> Span:
    """The local week of an instant, from Monday's midnight to the next, both in UTC."""
    day = day_of(zone, at)
    monday = day - timedelta(days=day.weekday())
    return begin_of(zone, monday), begin_of(zone, monday + timedelta(days=7))


def _hours_on(schedule: Schedule, day: date) -> list[tuple[timedelta, timedelta]]:
    """The spans of a local date as time since its midnight, in order; an exception replaces the week's hours."""
    special = [one for one in schedule.exceptions if one.date == day.isoformat()]
    found: list[tuple[int | None, int | None]] = [(one.begins, one.ends) for one in special]
    if not special:
        found = [(one.begins, one.ends) for one in schedule.hours if one.day == day.weekday()]
    return sorted(
        (timedelta(minutes=begins), timedelta(minutes=ends))
        for begins, ends in found
        if begins is not None and ends is not None
    )


def _segments(zone: tzinfo, begin: datetime, end: datetime) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """Stretches of UTC time in which the zone keeps one offset from UTC, in order, at most a day long each."""
    since = at = begin
    offset = _offset(zone, begin)
    while at < end:
        following = at + STEP
        changed = _offset(zone, following) != offset
        if changed:
            following = _change(zone, at, following, offset)
        if changed or following - since >= timedelta(days=1):
            yield since, following, offset
            since, offset = following, _offset(zone, following)
        at = following
    if since < at:
        yield since, at, offset


def _change(zone: tzinfo, low: datetime, high: datetime, offset: timedelta) -> datetime:
    """The first whole second after `low` at which the offset is another."""
    seconds = int((high - low).total_seconds())
    below, above = 0, seconds
    while above - below > 1:
        middle = (below + above) // 2
        if _offset(zone, low + timedelta(seconds=middle)) == offset:
            below = middle
        else:
            above = middle
    return (low + timedelta(seconds=above)).replace(microsecond=0)


def _offset(zone: tzinfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()


def _spans(schedule: Schedule, since: datetime, until: datetime, offset: timedelta) -> Iterator[Span]:
    """The working spans within a stretch of one offset, in order, in UTC."""
    day, last = (since + offset).date(), (until + offset).date()
    while day <= last:
        midnight = datetime.combine(day, time(), UTC) - offset
        for begins, ends in _hours_on(schedule, day):
            starts, stops = max(midnight + begins, since), min(midnight + ends, until)
            if starts < stops:
                yield starts, stops
        day += timedelta(days=1)
