"""Pacing: who worked too long rests exactly so long; limits come from the person, the tenant, the product."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given as samples
from hypothesis import strategies as st

from backend.domain.workforce.activity import ACTIVITY, ChangeActivity
from backend.domain.workforce.limits import DEFAULTS, LIMITS, Effective, UpdateLimits, effective
from backend.domain.workforce.pacing import Stop, Worked, project_stops, stops, suggests_break
from backend.domain.workforce.schedule import Schedule, begin_of
from backend.domain.workforce.worktime import WORKTIME, CountWork
from backend.events.availability import (
    ActivityChanged,
    DayException,
    LimitsUpdated,
    WeeklyHours,
    WorkCounted,
    WorkLimits,
)
from tests.domain.facts import ADA, NOON, PROJECT_A, PROJECT_B
from tests.domain.gwt import given

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
TICK = timedelta(microseconds=1)
UTC_ALWAYS = Schedule()


def ask(
    now: datetime, worked: Worked, limits: Effective = DEFAULTS, schedule: Schedule = UTC_ALWAYS
) -> list[Stop]:
    return list(stops(now, worked, limits, schedule, "available"))


def worked(minutes: int, seen_at: datetime = NOON, **sums: int) -> Worked:
    since = seen_at - minutes * MINUTE
    return Worked(seen_at=seen_at, since=since, day_since=since, **sums)


def test_nothing_stops_who_has_not_worked() -> None:
    assert ask(NOON, Worked()) == []
    assert not suggests_break(NOON, Worked(), DEFAULTS)


def test_after_110_minutes_a_break_of_10_is_due_to_the_microsecond() -> None:
    tired = worked(110)
    until = NOON + 10 * MINUTE
    assert ask(NOON, tired) == [Stop(code="break_required", why="continuous", until=until)]
    assert ask(until - TICK, tired) and ask(until, tired) == []
    assert ask(NOON, worked(109)) == []


def test_a_break_is_suggested_from_50_minutes_until_it_was_taken() -> None:
    assert not suggests_break(NOON, worked(49), DEFAULTS)
    assert suggests_break(NOON, worked(50), DEFAULTS)
    assert not suggests_break(NOON + 10 * MINUTE, worked(50), DEFAULTS)


def test_the_day_is_full_until_local_midnight_and_the_week_until_monday() -> None:
    kolkata = Schedule(time_zone="Asia/Kolkata")
    midnight = datetime(2026, 11, 21, 18, 30, tzinfo=UTC)  # NOON is a Saturday
    monday = midnight + timedelta(days=1)
    full = worked(5, day_ms=480 * 60_000, week_ms=2_400 * 60_000)
    daily, weekly = (
        Stop(code="break_required", why=why, until=until)
        for why, until in (("daily", midnight), ("weekly", monday))
    )
    assert ask(NOON, full, schedule=kolkata) == [weekly, daily]
    assert ask(NOON, worked(5, day_ms=480 * 60_000 - 1), schedule=kolkata) == []


def test_between_two_days_lie_11_hours() -> None:
    late = datetime(2026, 11, 20, 22, tzinfo=UTC)
    evening = worked(60, late)
    rest = [Stop(code="break_required", why="rest", until=late + 11 * HOUR)]
    assert ask(late + 8 * HOUR, evening) == rest
    assert ask(late + 11 * HOUR - TICK, evening) == rest
    assert ask(late + 11 * HOUR, evening) == []


def test_a_long_lunch_is_no_night_and_a_night_shift_is_one_day() -> None:
    assert ask(NOON + 5 * HOUR, worked(60)) == []
    before_midnight = datetime(2026, 11, 20, 23, 45, tzinfo=UTC)
    assert ask(before_midnight + 30 * MINUTE, worked(60, before_midnight)) == []


def test_a_day_that_leaves_no_11_hours_of_its_24_is_over() -> None:
    began = NOON - 13 * HOUR
    long = Worked(seen_at=NOON - 30 * MINUTE, since=NOON - HOUR, day_since=began)
    assert ask(NOON, long) == [Stop(code="break_required", why="rest", until=NOON - 30 * MINUTE + 11 * HOUR)]
    assert ask(NOON - TICK, long) == []


def test_without_a_required_rest_nobody_is_sent_home() -> None:
    late = datetime(2026, 11, 20, 22, tzinfo=UTC)
    assert ask(late + 8 * HOUR, worked(60, late), effective(WorkLimits(rest_minutes=0), WorkLimits())) == []


def test_enforced_hours_say_when_work_begins_again() -> None:
    hours = tuple(WeeklyHours(day=day, begins=540, ends=1020) for day in range(5))
    monday = datetime(2026, 11, 23, 9, tzinfo=UTC)
    bound = Schedule(hours=hours, enforced=True)
    assert ask(NOON, Worked(), schedule=bound) == [Stop(code="outside_hours", until=monday)]
    assert ask(monday, Worked(), schedule=bound) == []
    assert ask(NOON, Worked(), schedule=Schedule(hours=hours)) == []
    once = (DayException(date="2020-01-01", begins=0, ends=60),)
    never = Schedule(exceptions=once, enforced=True)
    assert ask(NOON, Worked(), schedule=never) == [Stop(code="outside_hours")]


@pytest.mark.parametrize("activity", ["break", "training", "offline"])
def test_who_does_something_else_is_not_available(activity: str) -> None:
    found = list(stops(NOON, worked(110), DEFAULTS, UTC_ALWAYS, activity))
    assert [stop.code for stop in found] == ["not_available", "break_required"]
    assert found[0].activity == activity and found[0].until is None


def test_a_project_has_only_the_limits_it_was_given() -> None:
    tired, zone = worked(500, day_ms=10**9, week_ms=10**9), ZoneInfo("UTC")
    assert list(project_stops(NOON, tired, WorkLimits(), DEFAULTS, zone)) == []
    continuous = project_stops(
        NOON, tired, WorkLimits(continuous_minutes=30, break_minutes=45), DEFAULTS, zone
    )
    assert [(stop.why, stop.until) for stop in continuous] == [("continuous", NOON + 45 * MINUTE)]
    daily = project_stops(NOON, tired, WorkLimits(day_minutes=60), DEFAULTS, zone)
    assert [(stop.why, stop.until) for stop in daily] == [("daily", NOON + 12 * HOUR)]


@samples(
    st.integers(0, 200), st.integers(0, 3_000), st.integers(0, 600 * 60_000), st.integers(0, 3_000 * 60_000)
)
def test_whatever_stops_ends_at_its_moment_and_not_before(
    stretch: int, pause: int, day_ms: int, week_ms: int
) -> None:
    zone = ZoneInfo("America/New_York")
    seen = Worked(
        seen_at=NOON,
        since=NOON - stretch * MINUTE,
        day_since=NOON - stretch * MINUTE,
        day_ms=day_ms,
        week_ms=week_ms,
    )
    now = NOON + pause * MINUTE
    for stop in ask(now, seen, schedule=Schedule(time_zone="America/New_York")):
        assert stop.until is not None and stop.until > now
        # The sums are those of another day by then, so caps are held against midnight instead.
        if stop.why in ("daily", "weekly"):
            assert stop.until == begin_of(zone, stop.until.astimezone(zone).date())
            continue
        again = ask(stop.until, seen, schedule=Schedule(time_zone="America/New_York"))
        assert stop.why not in [one.why for one in again]


def update(**fields: object) -> UpdateLimits:
    whole = {"annotator": None, "project": None, "limits": WorkLimits(), "open_leases_max": None} | fields
    return UpdateLimits(**whole)  # type: ignore[arg-type]


def test_limits_are_replaced_and_the_same_ones_are_nothing_new() -> None:
    some = WorkLimits(day_minutes=300)
    event = LimitsUpdated(annotator=ADA, project=None, limits=some, open_leases_max=5)
    given(LIMITS).when(update(annotator=ADA, limits=some, open_leases_max=5)).then(event)
    given(LIMITS, event).when(update(annotator=ADA, limits=some, open_leases_max=5)).then()
    given(LIMITS).when(update()).then()


@pytest.mark.parametrize(
    "wrong",
    [
        {"annotator": ADA, "project": PROJECT_A, "open_leases_max": 2},
        {"project": PROJECT_A, "open_leases_max": 2},
        {"project": PROJECT_A, "limits": WorkLimits(rest_minutes=60)},
        {"open_leases_max": 0},
        {"open_leases_max": 21},
        {"limits": WorkLimits(continuous_minutes=0)},
        {"limits": WorkLimits(break_minutes=241)},
        {"limits": WorkLimits(day_minutes=1_441)},
        {"limits": WorkLimits(week_minutes=-1)},
        {"limits": WorkLimits(rest_minutes=1_201)},
    ],
)
def test_limits_outside_their_range_are_refused(wrong: dict[str, object]) -> None:
    given(LIMITS).when(update(**wrong)).then_refused("limits_invalid", "invalid")


def test_the_persons_limit_comes_before_the_tenants_and_that_before_the_products() -> None:
    tenant, person = (
        WorkLimits(day_minutes=300, week_minutes=1_000),
        WorkLimits(day_minutes=200, rest_minutes=0),
    )
    found = effective(tenant, person)
    assert (found.day_minutes, found.week_minutes, found.rest_minutes) == (200, 1_000, 0)
    assert (found.continuous_minutes, found.break_minutes, found.hint_minutes) == (110, 10, 50)


def test_an_activity_is_one_of_four_and_changes_once() -> None:
    pause = ActivityChanged(annotator=ADA, activity="break")
    given(ACTIVITY).when(ChangeActivity(annotator=ADA, activity="available")).then()
    given(ACTIVITY).when(ChangeActivity(annotator=ADA, activity="break")).then(pause)
    given(ACTIVITY, pause).when(ChangeActivity(annotator=ADA, activity="break")).then()
    given(ACTIVITY).when(ChangeActivity(annotator=ADA, activity="asleep")).then_refused(
        "activity_unknown", "invalid"
    )


def count(**fields: object) -> CountWork:
    whole = {
        "annotator": ADA,
        "project": PROJECT_A,
        "begins": NOON,
        "ends": NOON + 5 * MINUTE,
        "raw_ms": 300_000,
        "counted_ms": 180_000,
    }
    return CountWork(**(whole | fields))  # type: ignore[arg-type]


def test_a_stretch_of_work_is_counted_once_in_each_project() -> None:
    fact = WorkCounted(
        annotator=ADA,
        project=PROJECT_A,
        begins=NOON,
        ends=NOON + 5 * MINUTE,
        raw_ms=300_000,
        counted_ms=180_000,
    )
    given(WORKTIME).when(count()).then(fact)
    given(WORKTIME, fact).when(count()).then()
    assert len(given(WORKTIME, fact).when(count(project=PROJECT_B)).events) == 1
    later = count(begins=NOON + 6 * MINUTE, ends=NOON + 12 * MINUTE)
    assert len(given(WORKTIME, fact).when(later).events) == 1


@pytest.mark.parametrize("wrong", [{"raw_ms": 300_001}, {"counted_ms": 300_001}, {"counted_ms": -1}])
def test_more_time_than_there_was_is_refused(wrong: dict[str, object]) -> None:
    given(WORKTIME).when(count(**wrong)).then_refused("work_invalid", "invalid")
