"""What came out, over HTTP: quality, throughput, export."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from backend.api.fields import Page, Shown, Stage
from backend.api.route import Route
from backend.usecases.insight import reports as use


class DecidedBy(Shown):
    """How many items were decided by whom, and how sure on average (0..1)."""

    by: str
    items: int
    confidence: float


class Agreeing(Shown):
    """How often two answers to one item are the same (0..1), over the items with two or more."""

    items: int
    pairwise: float | None


class TargetMet(Shown):
    """What people's answers reach of one target: the estimate with its interval, from `n` answers to gold and reviewed
    ones, each of which stands for 1 / rate answers; together they are worth `n_effective` drawn alike. `met`: the whole
    interval is at or above what is asked; `not_met`: below; else `unclear`."""

    model_config = ConfigDict(serialize_by_alias=True)

    measure: Literal["accuracy", "precision", "recall", "f1"]
    of_class: Any = Field(alias="class")
    least: float
    confidence: float
    value: float | None
    low: float
    high: float
    outcome: Literal["met", "not_met", "unclear"]
    n: int
    n_effective: float


class DiversityMet(Shown):
    """How diverse the answers to the items are, beside what is asked: so many `items` were looked at, `diverse` of them
    have answers that count of `least` different ones, `without` have no such answer at all. `missed` says in words what
    is missing; `behind` is the request that lists the items below."""

    by: Literal["annotator", "vendor", "team", "origin", "language"]
    least: int
    share: float
    items: int
    diverse: int
    without: int
    diverse_share: float | None
    outcome: Literal["met", "not_met", "unclear"]
    missed: str | None
    behind: str


class DetectionShare(Shown):
    """A share of errors, 0..1, with 95 % bounds."""

    value: float
    low: float
    high: float


class GoingOut(Shown):
    """How right answers of a class (or of all: null, the first) are after review, 0..1 with 95 % bounds; null where
    nothing was reviewed. `detection`: the share of planted errors that reviewers find, null before any was planted."""

    model_config = ConfigDict(serialize_by_alias=True)

    of_class: Any = Field(alias="class")
    value: float | None
    low: float
    high: float
    answers: int
    reviewed: int
    errors: int
    detection: DetectionShare | None


class Quality(Shown):
    """What reviews found, which share of them was wrong, who decided, how far answers agree, and which targets are
    met."""

    project: UUID
    reviews: dict[str, int]
    error_rate_reviewed: float | None
    decided_by: list[DecidedBy]
    under_rework: int = Field(description="Of the decided items, those that are being done again.")
    agreement: Agreeing
    targets: list[TargetMet]
    outgoing: list[GoingOut]


class Hour(Shown):
    """How often something of a kind happened in the hour that begins then."""

    hour: datetime
    kind: str
    n: int


class Throughput(Shown):
    """What happened, hour by hour."""

    project: UUID
    hours: list[Hour]


class Unreviewed(Shown):
    """What the answers alone would have said."""

    answer: Any
    top: list[Any]


class ExportedAnswer(Shown):
    """One answer."""

    lease: UUID
    annotator: UUID
    stage: Stage
    answer: Any
    rejected: bool
    guideline_version: int
    generation: int
    submitted_at: datetime


class ExportedItem(Shown):
    """An item's result. `top`: the answers tied for first. `majority`: what most people said (null where no several
    answers were put together); `overruled`: the aggregate weighed people and came to another answer. Undecided: answer
    and decided_by are null. `rework`: the plan by which it is being done again; until that has a result, this one is of
    an earlier `generation`."""

    item: UUID
    external_key: str | None
    answer: Any
    top: list[Any]
    majority: list[Any] | None
    overruled: bool | None
    confidence: float | None
    decided_by: Literal["model", "aggregate", "review", "expert"] | None
    state: Literal["open", "held", "cancelled", "decided"]
    judgments: int
    basis_index: int | None
    generation: int
    rework: UUID | None
    unreviewed: Unreviewed | None
    answers: list[ExportedAnswer]


class ExportPage(Shown):
    """Results by item."""

    data: list[ExportedItem]
    next_cursor: str | None


_PROJECT = "/v1/projects/{project}"

ROUTES = (
    Route(
        method="GET",
        path=f"{_PROJECT}/quality",
        usecase=use.project_quality,
        says="Read a project's quality.",
        answer=Quality,
    ),
    Route(
        method="GET",
        path=f"{_PROJECT}/throughput",
        usecase=use.project_throughput,
        says="Read what happened, hour by hour.",
        answer=Throughput,
    ),
    Route(
        method="GET",
        path=f"{_PROJECT}/export",
        usecase=use.project_export,
        says="Export results with the answers behind them.",
        query=Page,
        answer=ExportPage,
    ),
)
