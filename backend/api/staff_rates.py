"""Staff rates over HTTP: what the tenant's own people cost in a project."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from backend.api.availability import Day
from backend.api.fields import Body, Shown, Word, whole
from backend.api.route import Route
from backend.usecases.projects import staff_rates as use


class StaffRateGiven(Body):
    """What an answer or an hour of own people costs from a day on (UTC), in minor units of a currency (ISO 4217): in
    one kind of work (`annotate`, `review`, `expert`, ...) or in each. Without an amount nothing is said of that place
    from then on."""

    stage: Word | None = None
    per: Literal["answer", "hour"] = Field(examples=["hour"])
    amount_minor: whole(0, 1_000_000_000_000) | None = Field(examples=[2400])  # type: ignore[valid-type]
    currency: str = Field(min_length=3, max_length=3, examples=["EUR"])
    effective: Day = Field(examples=["2026-01-01"])


class StaffRate(Shown):
    """What was said; of rates that hold at once the one that names a kind of work counts."""

    stage: str | None
    per: Literal["answer", "hour"]
    amount_minor: int | None
    currency: str
    digits: int
    effective: date
    set_at: datetime


class StaffRates(Shown):
    """A project's staff rates by kind of work and day."""

    project: UUID
    data: list[StaffRate]


_OF_PROJECT = "/v1/projects/{project}/staff-rates"

ROUTES = (
    Route(
        method="GET",
        path=_OF_PROJECT,
        usecase=use.staff_rates_get,
        says="Read what own people cost in a project.",
        answer=StaffRates,
    ),
    Route(
        method="PUT",
        path=_OF_PROJECT,
        usecase=use.staff_rates_update,
        says="Say what own people cost in a project from a day on.",
        body=StaffRateGiven,
        answer=StaffRates,
    ),
)
