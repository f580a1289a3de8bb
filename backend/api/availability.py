"""Availability over HTTP: schedules, activity, limits and working time."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints
from typing_extensions import TypedDict

from backend.api.fields import Body, Flag, Shown, Word, strictly, whole
from backend.api.route import Route
from backend.usecases.workforce import availability as use

Activity = Literal["available", "break", "training", "offline"]
DAY_MINUTES = 1440
Day = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]


@strictly
class Hours(TypedDict):
    """Working hours of a weekday, 0 is Monday, in minutes since local midnight."""

    day: whole(0, 6)  # type: ignore[valid-type]
    begins: whole(0, DAY_MINUTES)  # type: ignore[valid-type]
    ends: whole(0, DAY_MINUTES)  # type: ignore[valid-type]


@strictly
class OtherHours(TypedDict):
    """Other hours on a local date; none at all when both are null."""

    date: Day
    begins: whole(0, DAY_MINUTES) | None  # type: ignore[valid-type]
    ends: whole(0, DAY_MINUTES) | None  # type: ignore[valid-type]


class ScheduleUpdate(Body):
    """The whole schedule. `enforced`: no work is handed out outside of the hours; only a manager says so."""

    time_zone: Word = Field(examples=["Asia/Kolkata"])
    hours: tuple[Hours, ...] = Field(default=(), max_length=70)
    exceptions: tuple[OtherHours, ...] = Field(default=(), max_length=400)
    enforced: Flag = False


class Schedule(Shown):
    """When a person works and what they are doing; version 0: nothing was ever scheduled."""

    annotator: UUID
    activity: Activity
    activity_since: datetime | None
    time_zone: str
    hours: list[Hours]
    exceptions: list[OtherHours]
    enforced: bool
    version: int


class ActivityUpdate(Body):
    """What the person does from now on."""

    activity: Activity = Field(examples=["break"])


class ActivityShown(Shown):
    """What the person does, and since when if it was ever said."""

    annotator: UUID
    activity: Activity
    since: datetime | None


@strictly
class LimitsGiven(TypedDict, total=False):
    """Minutes. What is left out or null is taken from the tenant, there from the product; a project has none."""

    continuous_minutes: whole(1, DAY_MINUTES) | None  # type: ignore[valid-type]
    break_minutes: whole(1, 240) | None  # type: ignore[valid-type]
    day_minutes: whole(1, DAY_MINUTES) | None  # type: ignore[valid-type]
    week_minutes: whole(1, 10_080) | None  # type: ignore[valid-type]
    rest_minutes: whole(0, 1_200) | None  # type: ignore[valid-type]


class ProjectLimitsUpdate(Body):
    """Limits of work in one project; the rest between two days is the person's."""

    limits: LimitsGiven


class LimitsUpdate(ProjectLimitsUpdate):
    """Limits, and how many leases a person may hold."""

    open_leases_max: whole(1, 20) | None = None  # type: ignore[valid-type]


class LimitsSet(Shown):
    """As set for this holder."""

    continuous_minutes: int | None
    break_minutes: int | None
    day_minutes: int | None
    week_minutes: int | None
    rest_minutes: int | None


class LimitsHeld(Shown):
    """As they hold in the end: own, else the tenant's, else the product's."""

    hint_minutes: int
    continuous_minutes: int
    break_minutes: int
    day_minutes: int
    week_minutes: int
    rest_minutes: int
    idle_seconds: int
    open_leases_max: int


class Limits(Shown):
    """Limits of the tenant (neither named), a person or a project; version 0: never set."""

    annotator: UUID | None
    project: UUID | None
    limits: LimitsSet
    open_leases_max: int | None
    version: int
    effective: LimitsHeld | None = None


class Period(Body):
    """Local dates, both included; without them the last seven days."""

    first: date | None = Field(default=None, alias="from")
    last: date | None = Field(default=None, alias="to")


class Measured(Shown):
    """`raw_ms`: all time under leases. `counted_ms`: without what went beyond the idle cut-off."""

    raw_ms: int
    counted_ms: int


class MeasuredDay(Measured):
    """One project on one local day."""

    project: UUID
    day: date


class WorkingTime(Shown):
    """Measured here from signs of life; parallel leases count once."""

    annotator: UUID
    time_zone: str
    first: date
    last: date
    idle_seconds: int
    days: list[MeasuredDay]
    total: Measured


_PERSON = "/v1/annotators/{annotator}"

ROUTES = (
    Route(
        method="GET",
        path=f"{_PERSON}/schedule",
        usecase=use.schedule_get,
        says="Read a person's schedule and activity.",
        answer=Schedule,
        etag=True,
    ),
    Route(
        method="PUT",
        path=f"{_PERSON}/schedule",
        usecase=use.schedule_update,
        says="Replace a person's schedule.",
        body=ScheduleUpdate,
        answer=Schedule,
        etag=True,
    ),
    Route(
        method="POST",
        path=f"{_PERSON}/activity",
        usecase=use.activity_update,
        says="Say what a person is doing.",
        body=ActivityUpdate,
        answer=ActivityShown,
    ),
    Route(
        method="GET",
        path=f"{_PERSON}/working-time",
        usecase=use.working_time_get,
        says="How long a person worked, per project and day.",
        query=Period,
        answer=WorkingTime,
    ),
    Route(
        method="GET",
        path="/v1/limits",
        usecase=use.limits_get,
        says="Read everybody's limits.",
        answer=Limits,
        etag=True,
    ),
    Route(
        method="PUT",
        path="/v1/limits",
        usecase=use.limits_update,
        says="Set everybody's limits.",
        body=LimitsUpdate,
        answer=Limits,
        etag=True,
    ),
    Route(
        method="GET",
        path=f"{_PERSON}/limits",
        usecase=use.annotator_limits_get,
        says="Read a person's limits, and which hold in the end.",
        answer=Limits,
        etag=True,
    ),
    Route(
        method="PUT",
        path=f"{_PERSON}/limits",
        usecase=use.annotator_limits_update,
        says="Set a person's limits and capacity.",
        body=LimitsUpdate,
        answer=Limits,
        etag=True,
    ),
    Route(
        method="GET",
        path="/v1/projects/{project}/limits",
        usecase=use.project_limits_get,
        says="Read the limits of work in a project.",
        answer=Limits,
        etag=True,
    ),
    Route(
        method="PUT",
        path="/v1/projects/{project}/limits",
        usecase=use.project_limits_update,
        says="Set the limits of work in a project.",
        body=ProjectLimitsUpdate,
        answer=Limits,
        etag=True,
    ),
)
