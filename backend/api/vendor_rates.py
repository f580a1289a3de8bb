"""Vendors' rates over HTTP, and how their score is weighed."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from backend.api.availability import Day
from backend.api.fields import Body, Share, Shown, Word, whole
from backend.api.route import Route
from backend.api.scorecards import VendorScoreWeights
from backend.usecases.workforce import vendor_rates as use


class VendorRateGiven(Body):
    """What an answer or an hour costs from a day on (UTC), in minor units of a currency (ISO 4217): in one skill and
    stage, or in each. Without an amount nothing is said of that place from then on."""

    skill: UUID | None = None
    stage: Word | None = None
    per: Literal["answer", "hour"] = Field(examples=["hour"])
    amount_minor: whole(0, 1_000_000_000_000) | None = Field(examples=[1850])  # type: ignore[valid-type]
    currency: str = Field(min_length=3, max_length=3, examples=["EUR"])
    effective: Day = Field(examples=["2026-01-01"])


class VendorRate(Shown):
    """What was said; of rates that hold at once the one that names more counts, the skill before the stage."""

    skill: UUID | None
    stage: str | None
    per: Literal["answer", "hour"]
    amount_minor: int | None
    currency: str
    digits: int
    effective: date
    set_at: datetime


class VendorRates(Shown):
    """A vendor's rates by skill, stage and day."""

    vendor: UUID
    data: list[VendorRate]


class VendorScoreGiven(Body):
    """What accuracy, speed and cost count; only the ratios matter."""

    accuracy: Share
    speed: Share
    cost: Share


ROUTES = (
    Route(
        method="GET",
        path="/v1/vendors/{vendor}/rates",
        usecase=use.vendor_rates_get,
        says="Read what a vendor's answers or hours cost.",
        answer=VendorRates,
    ),
    Route(
        method="PUT",
        path="/v1/vendors/{vendor}/rates",
        usecase=use.vendor_rates_update,
        says="Say what a vendor's answers or hours cost from a day on.",
        body=VendorRateGiven,
        answer=VendorRates,
    ),
    Route(
        method="GET",
        path="/v1/vendor-score",
        usecase=use.vendor_score_get,
        says="Read how vendors' score is weighed.",
        answer=VendorScoreWeights,
    ),
    Route(
        method="PUT",
        path="/v1/vendor-score",
        usecase=use.vendor_score_update,
        says="Weigh accuracy, speed and cost in vendors' score.",
        body=VendorScoreGiven,
        answer=VendorScoreWeights,
    ),
)
