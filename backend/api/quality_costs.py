"""What quality costs over HTTP: gold, reviews, experts and rejected answers beside all that was paid."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from backend.api.backtest import Unpriced
from backend.api.fields import Body, Moment, Shown
from backend.api.route import Route
from backend.usecases.quality.reports import quality_costs as use


class QualityCostsAsked(Body):
    """Of work that ended from `from` on and before `to`: left out, the 28 days up to `to`, and up to now."""

    since: Moment | None = Field(default=None, alias="from")
    until: Moment | None = Field(default=None, alias="to")


class QualityCostsIn(Shown):
    """In one currency, in minor units of so many `digits`: each part rounded once, halves to the even one, sums of the
    rounded parts. `answers` are those to work that were not rejected; the others, with gold, reviews and experts'
    answers, are what quality costs, and `quality_share` its share of the total."""

    currency: str
    digits: int
    answers_minor: int
    gold_minor: int
    reviews_minor: int
    escalations_minor: int
    rejected_minor: int
    quality_minor: int
    total_minor: int
    quality_share: float | None


class QualityCosts(Shown):
    """Each currency for itself; `minutes_share` is quality's share of the timed minutes, whatever has a rate."""

    model_config = ConfigDict(serialize_by_alias=True)

    project: UUID
    since: datetime = Field(alias="from")
    until: datetime = Field(alias="to")
    costs: list[QualityCostsIn]
    minutes_share: float | None
    unpriced: Unpriced
    unpriced_by_kind: dict[Literal["answers", "gold", "reviews", "escalations", "rejected"], Unpriced]


ROUTES = (
    Route(
        method="GET",
        path="/v1/reports/projects/{project}/quality-costs",
        usecase=use.project_quality_costs,
        says="Read what gold, reviews, experts and rejected answers cost beside all work.",
        query=QualityCostsAsked,
        answer=QualityCosts,
    ),
)
