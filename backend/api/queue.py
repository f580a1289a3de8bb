"""The queue over HTTP: how work is handed out, staffing, quotas, lanes and their orphans, why somebody got a task."""

from typing import Annotated, Literal, NotRequired
from uuid import UUID

from pydantic import Field, StringConstraints
from typing_extensions import TypedDict

from backend.api import queue_answers as answers
from backend.api.fields import Body, Empty, Flag, Moment, Page, Share, strictly, whole
from backend.api.projects import ConditionGiven
from backend.api.route import Route
from backend.usecases.insight import forecast, lanes, lease_reasons
from backend.usecases.projects import queueing, staffing

ReasonCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.-]{0,49}$")]


@strictly
class RingGiven(TypedDict):
    """Once work has waited so long, people without these skill levels, languages, teams or vendors may take it too."""

    after_seconds: whole(10, 2_592_000)  # type: ignore[valid-type]
    without: Annotated[list[ConditionGiven], Field(min_length=1, max_length=20)]


@strictly
class SkipGiven(TypedDict):
    """What a skip for a reason means: the person may meet the item again (`returns`), it `counts` towards holding the
    task, or `holds` it at once."""

    code: ReasonCode
    returns: NotRequired[Flag]
    counts: NotRequired[Flag]
    holds: NotRequired[Flag]


@strictly
class QueueGiven(TypedDict, total=False):
    """What is left out stays; what is null is taken from the tenant again, there from the product."""

    weight: Annotated[float, Field(strict=True, ge=0.001, le=100, allow_inf_nan=False)] | None
    wait_target_seconds: whole(10, 31_536_000) | None  # type: ignore[valid-type]
    promote_before_seconds: whole(0, 7_776_000) | None  # type: ignore[valid-type]
    start_seconds: whole(10, 86_400) | None  # type: ignore[valid-type]
    prefetch_max: whole(0, 20) | None  # type: ignore[valid-type]
    hard_seconds_min: whole(60, 2_592_000) | None  # type: ignore[valid-type]
    hard_factor: whole(1, 100) | None  # type: ignore[valid-type]
    pause_seconds_max: whole(60, 2_592_000) | None  # type: ignore[valid-type]
    affinity_seconds: whole(0, 86_400) | None  # type: ignore[valid-type]
    affinity_tasks: whole(0, 10_000) | None  # type: ignore[valid-type]
    edge_case_share: Share | None
    lanes_max: whole(3, 10_000) | None  # type: ignore[valid-type]
    poison: Literal["hold", "escalate"] | None
    load_cap_percent: whole(0, 1_000) | None  # type: ignore[valid-type]
    load_cap_wait_seconds: whole(10, 2_592_000) | None  # type: ignore[valid-type]
    rings: Annotated[list[RingGiven], Field(max_length=6)] | None
    skips: Annotated[list[SkipGiven], Field(max_length=50)] | None


@strictly
class ShareGiven(TypedDict):
    """A share (0..1) of the time for a project."""

    project: UUID
    share: Share


class StaffingSet(Body):
    """Whose time, a team's or a vendor's, from when to when, goes to what."""

    team: UUID | None = None
    vendor: UUID | None = None
    starts: Moment
    ends: Moment
    shares: tuple[ShareGiven, ...] = Field(min_length=1, max_length=50)


class StaffingQuery(Page):
    """Whose staffing, and when; this week where no span is named."""

    team: UUID | None = None
    vendor: UUID | None = None
    since: Moment | None = None
    until: Moment | None = None


class QuotaSet(Body):
    """So many leases a day, of a project or all together, to a person or each."""

    project: UUID | None = None
    annotator: UUID | None = None
    per_day: whole(1, 100_000) = Field(examples=[200])  # type: ignore[valid-type]


class QuotaQuery(Page):
    """Quotas of a project or a person."""

    project: UUID | None = None
    annotator: UUID | None = None


class LanesQuery(Page):
    """Lanes of one project or all."""

    project: UUID | None = None


class LaneReportQuery(Body):
    """Lanes of one project or all, and how many of them are told."""

    project: UUID | None = None
    limit: Annotated[int, Field(ge=1, le=1_000)] = 100


class ForecastQuery(Body):
    """Of one project or all, so many hours ahead, and how many of its steps are told."""

    project: UUID | None = None
    hours: Annotated[int, Field(ge=1, le=168)] = 24
    limit: Annotated[int, Field(ge=1, le=200)] = 50


_QUEUE = "/v1/queue"

ROUTES = (
    Route(
        method="GET",
        path="/v1/projects/{project}/queue",
        usecase=queueing.project_queue_get,
        says="Read how a project's work is handed out, and who says so.",
        answer=answers.ProjectQueue,
        etag=True,
    ),
    Route(
        method="PUT",
        path="/v1/projects/{project}/queue",
        usecase=queueing.project_queue_update,
        says="Change how a project's work is handed out.",
        body=QueueGiven,
        body_as="settings",
        answer=answers.ProjectQueue,
        if_match=True,
        etag=True,
    ),
    Route(
        method="GET",
        path=_QUEUE,
        usecase=queueing.queue_defaults_get,
        says="Read what holds in every project that does not say otherwise.",
        answer=answers.QueueDefaults,
        etag=True,
    ),
    Route(
        method="PUT",
        path=_QUEUE,
        usecase=queueing.queue_defaults_update,
        says="Change what holds in every project that does not say otherwise.",
        body=QueueGiven,
        body_as="settings",
        answer=answers.QueueDefaults,
        if_match=True,
        etag=True,
    ),
    Route(
        method="POST",
        path="/v1/staffings",
        usecase=staffing.staffing_set,
        says="Give shares of a team's or vendor's time to projects.",
        body=StaffingSet,
        answer=answers.Staffing,
        status=201,
        key="required",
    ),
    Route(
        method="GET",
        path="/v1/staffings",
        usecase=staffing.staffing_list,
        says="Who gives which share of their time to what, and what was delivered.",
        query=StaffingQuery,
        answer=answers.StaffingPage,
    ),
    Route(
        method="POST",
        path="/v1/staffings/{staffing}/end",
        usecase=staffing.staffing_end,
        says="End a staffing before its time.",
        body=Empty,
        answer=answers.Staffing,
    ),
    Route(
        method="PUT",
        path="/v1/quotas",
        usecase=staffing.quota_set,
        says="Limit how many leases a day people are given.",
        body=QuotaSet,
        answer=answers.Quota,
    ),
    Route(
        method="GET",
        path="/v1/quotas",
        usecase=staffing.quota_list,
        says="List quotas.",
        query=QuotaQuery,
        answer=answers.QuotaPage,
    ),
    Route(
        method="POST",
        path="/v1/quotas/{quota}/remove",
        usecase=staffing.quota_remove,
        says="Remove a quota.",
        body=Empty,
        answer=answers.QuotaRemoved,
    ),
    Route(
        method="GET",
        path="/v1/lanes",
        usecase=lanes.lane_list,
        says="Where tasks wait: what each lane asks for, how much waits there and for how many people.",
        query=LanesQuery,
        answer=answers.LanePage,
    ),
    Route(
        method="GET",
        path="/v1/lanes/orphans",
        usecase=lanes.lane_orphans,
        says="Lanes with work that nobody on shift can serve, and what is missing.",
        query=LaneReportQuery,
        answer=answers.Orphans,
    ),
    Route(
        method="GET",
        path="/v1/lanes/overflow",
        usecase=lanes.lane_overflow,
        says="Lanes that wait too long, and what would bring them more people.",
        query=LaneReportQuery,
        answer=answers.Overflow,
    ),
    Route(
        method="GET",
        path="/v1/queue/forecast",
        usecase=forecast.queue_forecast,
        says="What will wait in the coming hours, by who is there for it, and when it waits too long.",
        query=ForecastQuery,
        answer=answers.QueueForecast,
    ),
    Route(
        method="GET",
        path="/v1/leases/{lease}/why",
        usecase=lease_reasons.lease_why,
        says="Why a lease went to this person.",
        answer=answers.LeaseWhy,
    ),
)
