"""Schedules: only what a calendar holds, exact to the instant on the days on which the clock changes too."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given as samples
from hypothesis import settings
from hypothesis import strategies as st

from backend.domain.workforce.schedule import (
    SCHEDULE,
    Schedule,
    UpdateSchedule,
    begin_of,
    day_around,
    hours_within,
    next_working,
    week_around,
    working,
)
from backend.events.availability import DayException, ScheduleUpdated, WeeklyHours
from tests.domain.facts import ADA
from tests.domain.gwt import given

OFFICE = tuple(WeeklyHours(day=day, begins=540, ends=1020) for day in range(5))
MINUTE = timedelta(minutes=1)
# Changes at 1, 2 and 3 o'clock and at midnight, of an hour and of half an hour, and none at all.
ZONES = (
    "Europe/Berlin America/New_York Australia/Lord_Howe Asia/Kolkata Asia/Kathmandu America/Havana Africa/Cairo"
    " America/Nuuk Atlantic/Azores Asia/Beirut America/Santiago Pacific/Chatham UTC"
).split()


def hours(*spans: tuple[int, int, int]) -> tuple[WeeklyHours, ...]:
    return tuple(WeeklyHours(day=day, begins=begins, ends=ends) for day, begins, ends in spans)


def update(may_bind: bool = True, /, **fields: Any) -> UpdateSchedule:
    schedule = Schedule(**({"time_zone": "Europe/Berlin", "hours": OFFICE} | fields))
    return UpdateSchedule(annotator=ADA, schedule=schedule, may_bind=may_bind)


def updated(enforced: bool = False) -> ScheduleUpdated:
    zone = "Europe/Berlin"
    return ScheduleUpdated(annotator=ADA, time_zone=zone, hours=OFFICE, exceptions=(), enforced=enforced)


def test_a_schedule_is_replaced_as_a_whole_and_the_same_one_is_nothing_new() -> None:
    given(SCHEDULE).when(update()).then(updated())
    given(SCHEDULE, updated()).when(update()).then()
    given(SCHEDULE, updated()).when(update(hours=OFFICE[::-1])).then()


@pytest.mark.parametrize("zone", ["", "Europe/Atlantis", "../etc/passwd", "europe", "+02:00"])
def test_only_a_known_time_zone_will_do(zone: str) -> None:
    given(SCHEDULE).when(update(time_zone=zone)).then_refused("time_zone_unknown", "invalid")


@pytest.mark.parametrize(
    "wrong",
    [
        {"hours": hours((0, 540, 720), (0, 700, 900))},
        {"hours": hours((0, 540, 540))},
        {"hours": hours((0, 600, 540))},
        {"hours": hours((0, -1, 540))},
        {"hours": hours((0, 540, 1441))},
        {"hours": hours((7, 540, 600))},
        {"hours": (), "enforced": True},
        {"exceptions": (DayException(date="2026-02-30", begins=None, ends=None),)},
        {"exceptions": (DayException(date="20260301", begins=None, ends=None),)},
        {"exceptions": (DayException(date="2026-03-01", begins=5, ends=None),)},
        {"exceptions": (DayException(date="2026-03-01", begins=None, ends=None),) * 2},
        {"exceptions": (DayException(date="2026-03-01", begins=5, ends=9),) * 2},
    ],
)
def test_hours_that_no_calendar_holds_are_refused(wrong: dict[str, Any]) -> None:
    given(SCHEDULE).when(update(**wrong)).then_refused("hours_invalid", "invalid")


def test_hours_may_touch_and_reach_midnight() -> None:
    asked = given(SCHEDULE).when(update(hours=hours((0, 0, 720), (0, 720, 1440))))
    assert len(asked.events) == 1


def test_who_is_held_to_hours_cannot_change_them() -> None:
    given(SCHEDULE).when(update(False)).then(updated())
    given(SCHEDULE).when(update(False, enforced=True)).then_refused("schedule_enforced", "forbidden")
    bound = given(SCHEDULE, updated(enforced=True))
    bound.when(update(False)).then_refused("schedule_enforced", "forbidden")
    bound.when(update(False, enforced=True)).then()
    bound.when(update(True)).then(updated())


def test_hours_begin_with_their_first_instant_and_end_before_their_last() -> None:
    schedule = Schedule(time_zone="Asia/Kolkata", hours=OFFICE)
    begin = datetime(2026, 3, 2, 3, 30, tzinfo=UTC)  # Monday, 9:00 in Kolkata
    assert working(schedule, begin) and not working(schedule, begin - timedelta(microseconds=1))
    assert not working(schedule, begin + timedelta(hours=8))
    assert working(schedule, begin + timedelta(hours=8, microseconds=-1))
    assert next_working(schedule, begin + timedelta(hours=8)) == begin + timedelta(days=1)
    friday = begin + timedelta(days=4)
    assert next_working(schedule, friday + timedelta(hours=8)) == begin + timedelta(days=7)
    assert next_working(schedule, begin + MINUTE) == begin + MINUTE


def test_an_exception_replaces_the_hours_of_its_date() -> None:
    off = DayException(date="2026-03-02", begins=None, ends=None)
    late = DayException(date="2026-03-03", begins=1200, ends=1260)
    schedule = Schedule(hours=OFFICE, exceptions=(off, late))
    assert not working(schedule, datetime(2026, 3, 2, 10, tzinfo=UTC))
    assert next_working(schedule, datetime(2026, 3, 2, 10, tzinfo=UTC)) == datetime(
        2026, 3, 3, 20, tzinfo=UTC
    )
    assert not working(schedule, datetime(2026, 3, 3, 10, tzinfo=UTC))


def test_without_hours_there_is_no_next_time() -> None:
    assert next_working(Schedule(time_zone="Europe/Berlin"), datetime(2026, 3, 2, tzinfo=UTC)) is None


def test_hours_that_begin_in_the_hour_left_out_begin_when_the_clock_jumps() -> None:
    schedule = Schedule(time_zone="Europe/Berlin", hours=hours((6, 150, 240)))  # Sunday 2:30 to 4:00
    jump = datetime(2026, 3, 29, 1, tzinfo=UTC)  # 2:00 becomes 3:00
    assert next_working(schedule, jump - timedelta(hours=5)) == jump
    assert not working(schedule, jump - timedelta(microseconds=1)) and working(schedule, jump)
    assert not working(schedule, jump + timedelta(hours=1))


def test_the_hour_that_comes_twice_is_worked_twice() -> None:
    schedule = Schedule(time_zone="Europe/Berlin", hours=hours((6, 150, 165)))  # Sunday 2:30 to 2:45
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert next_working(schedule, first - timedelta(hours=3)) == first
    assert next_working(schedule, first + 15 * MINUTE) == first + 60 * MINUTE
    assert working(schedule, first + 74 * MINUTE) and not working(schedule, first + 75 * MINUTE)


def test_a_day_has_as_many_hours_as_the_clock_gives_it() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    for day, length in ((date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)):
        begin, end = day_around(berlin, begin_of(berlin, day) + 90 * MINUTE)
        assert (begin, end - begin) == (begin_of(berlin, day), timedelta(hours=length))
    begin, end = week_around(berlin, datetime(2026, 3, 29, 12, tzinfo=UTC))
    assert (begin, end) == (datetime(2026, 3, 22, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC))


def test_where_the_clock_jumps_over_midnight_the_day_begins_with_the_jump() -> None:
    toronto, samoa = ZoneInfo("America/Toronto"), ZoneInfo("Pacific/Apia")
    assert begin_of(toronto, date(1919, 3, 31)) == datetime(1919, 3, 31, 4, 30, tzinfo=UTC)  # 23:30 -> 0:30
    assert begin_of(samoa, date(2011, 12, 30)) == begin_of(
        samoa, date(2011, 12, 31)
    )  # the day that never was


around_changes = st.builds(
    lambda day, minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day, minutes=minutes),
    st.integers(0, 800),
    st.integers(0, 1439),
)


@settings(max_examples=300, deadline=None)
@samples(st.sampled_from(ZONES), around_changes)
def test_every_instant_lies_in_one_day_and_one_week_and_they_follow_each_other(
    zone: str, at: datetime
) -> None:
    rules = ZoneInfo(zone)
    for around, lengths in ((day_around, (22, 26)), (week_around, (166, 170))):
        begin, end = around(rules, at)
        assert begin <= at < end
        assert lengths[0] <= (end - begin) / timedelta(hours=1) <= lengths[1]
        assert around(rules, begin) == (begin, end) == around(rules, end - timedelta(microseconds=1))
        assert around(rules, end)[0] == end
    monday = week_around(rules, at)[0].astimezone(rules)
    assert monday.weekday() == 0 and week_around(rules, at)[0] <= day_around(rules, at)[0]


spans = st.tuples(st.integers(0, 6), st.integers(0, 95), st.integers(1, 96)).map(
    lambda one: (one[0], min(one[1], one[2] - 1) * 15, one[2] * 15)
)
changes = st.sampled_from([date(2026, 3, 28), date(2026, 10, 24), date(2026, 3, 7), date(2026, 10, 31)])


@settings(max_examples=120, deadline=None)
@samples(st.sampled_from(ZONES), st.lists(spans, min_size=1, max_size=2), changes, st.integers(0, 2880))
def test_the_next_working_moment_is_the_first_one_at_which_one_works(
    zone: str, given_spans: list[tuple[int, int, int]], day: date, minutes: int
) -> None:
    """Held against walking minute by minute through the days around a change of the clock."""
    schedule = Schedule(time_zone=zone, hours=hours(*given_spans))
    at = datetime(day.year, day.month, day.day, tzinfo=UTC) + minutes * MINUTE
    walked = next((at + n * MINUTE for n in range(2 * 1440) if working(schedule, at + n * MINUTE)), None)
    found = next_working(schedule, at)
    assert found is not None and working(schedule, found)
    if walked is None:
        assert found >= at + timedelta(days=2)
    else:
        assert found == walked
        assert found == at or not working(schedule, found - timedelta(microseconds=1))


@settings(max_examples=60, deadline=None)
@samples(st.sampled_from(ZONES), st.lists(spans, min_size=1, max_size=2), changes, st.integers(0, 192))
def test_the_parts_of_the_hours_within_a_schedule_are_those_found_by_walking(
    zone: str, given_spans: list[tuple[int, int, int]], day: date, quarters: int
) -> None:
    """Held against walking minute by minute; spans that overlap would count twice, and no schedule has any."""
    apart = given_spans[:1] + [one for one in given_spans[1:] if one[0] != given_spans[0][0]]
    schedule = Schedule(time_zone=zone, hours=hours(*apart))
    at = datetime(day.year, day.month, day.day, tzinfo=UTC) + quarters * 15 * MINUTE
    minutes = [working(schedule, at + n * MINUTE) for n in range(30 * 60)]
    walked = [sum(minutes[n : n + 60]) / 60 for n in range(0, len(minutes), 60)]
    assert hours_within(schedule, at, 30) == pytest.approx(walked)
