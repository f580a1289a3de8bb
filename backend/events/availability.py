"""Availability and load: when people can work, what they are doing, how long they worked."""

from dataclasses import dataclass
from datetime import datetime

from backend.events.base import event
from backend.events.ids import AnnotatorId, ProjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyHours:
    """Working hours of one weekday (0 is Monday) in minutes since local midnight, 0..1440, `ends` after `begins`."""

    day: int
    begins: int
    ends: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DayException:
    """Other hours on one local date (ISO 8601); none at all when both are None."""

    date: str
    begins: int | None
    ends: int | None


@event("schedule.updated")
class ScheduleUpdated:
    """The person's time zone (IANA name) and hours; when `enforced`, no work is handed out outside of them."""

    annotator: AnnotatorId
    time_zone: str
    hours: tuple[WeeklyHours, ...]
    exceptions: tuple[DayException, ...]
    enforced: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkLimits:
    """How much work is healthy; None takes the tenant's default, for a project no limit of its own.

    Continuous minutes until a break of `break_minutes` is enforced; minutes per local day and per week; rest between
    two days' work in minutes.
    """

    continuous_minutes: int | None = None
    break_minutes: int | None = None
    day_minutes: int | None = None
    week_minutes: int | None = None
    rest_minutes: int | None = None


@event("limits.updated")
class LimitsUpdated:
    """Limits of the tenant (neither named), of one person, or of work in one project; capacity is per person."""

    annotator: AnnotatorId | None
    project: ProjectId | None
    limits: WorkLimits
    open_leases_max: int | None


@event("activity.changed")
class ActivityChanged:
    """What the person is doing: available, break, training or offline."""

    annotator: AnnotatorId
    activity: str


@event("work.counted")
class WorkCounted:
    """Working time of a person in a project, measured here from signs of life.

    `raw_ms` is all time under leases, `counted_ms` leaves out what went beyond the idle cut-off; milliseconds.
    """

    annotator: AnnotatorId
    project: ProjectId
    begins: datetime
    ends: datetime
    raw_ms: int
    counted_ms: int
