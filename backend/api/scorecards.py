"""Scorecards over HTTP: a vendor's quality and speed beside others, over time, and when it missed a standard."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from backend.api.fields import Body, Moment, Shown
from backend.api.quality import QualityEstimate
from backend.api.route import Route
from backend.usecases.quality.reports import scorecard


class ScorecardQuery(Body):
    """How many months, the one of `as_of` included, and by what the series of skills are."""

    by: Literal["month", "week"] = "month"
    months: Annotated[int, Field(ge=1, le=60)] = 12
    as_of: Moment | None = None


class QualityDifference(Shown):
    """The vendor's share minus that of others, with Newcombe's 95 % interval; `certain`: 0 is outside."""

    difference: float
    low: float
    high: float
    certain: bool


class SecondsTaken(Shown):
    """The median time from opening to the answer in seconds, of how many answers."""

    answers: int
    median: float


class QualityBeside(Shown):
    """A vendor's answers beside those of all others in the same place; null to the vendor's own managers."""

    accuracy: QualityEstimate
    others: QualityEstimate | None
    minus_others: QualityDifference | None


class ScorecardClass(QualityBeside):
    """Of answers that say one class."""

    model_config = ConfigDict(serialize_by_alias=True)

    of_class: str | None = Field(alias="class")
    label: Any


class ScorecardMonth(QualityBeside):
    """Of answers of one month (UTC)."""

    month: str
    seconds: SecondsTaken | None


class ScorecardPlace(QualityBeside):
    """Of one kind of work in one project. `below`: the whole interval is under the project's floor (`live_floor`)."""

    project: UUID
    stage: str
    kind: str
    seconds: SecondsTaken | None
    others_seconds: SecondsTaken | None
    floor: float
    below: bool
    classes: list[ScorecardClass]
    months: list[ScorecardMonth]


class ByPeople(QualityEstimate):
    """The interval goes by people, whose errors hang together: `n_effective` independent answers (0: of one person)."""

    people: int


class SkillBeside(Shown):
    """A vendor's answers, those to gold alone, and both of all vendors together; null to the vendor's own managers."""

    accuracy: ByPeople
    gold: ByPeople
    all_vendors: ByPeople | None
    all_vendors_gold: ByPeople | None


class SkillPeriod(SkillBeside):
    """Of the answers of one month, or of the week of that Monday (UTC)."""

    period: str


class SkillSeries(SkillBeside):
    """A vendor in one skill, over time."""

    skill: UUID
    name: str
    periods: list[SkillPeriod]


class VendorFell(Shown):
    """By rule: the vendor fell below a floor, with the evidence from `since_index` on below `basis_index`."""

    skill: UUID
    mode: Literal["flag", "suspend"]
    floor: float
    confidence: float
    probability: float
    accuracy: float
    low: float
    high: float
    worth: float
    answers: int
    errors: int
    people: int
    since: datetime
    since_index: int
    basis_index: int
    fell_at: datetime


class Scorecard(Shown):
    """A vendor's quality and speed; `fell_below`: by the rules it is held to, the newest first."""

    vendor: UUID
    since: datetime
    as_of: datetime
    by: Literal["month", "week"]
    fell_below: list[VendorFell]
    skills: list[SkillSeries]
    data: list[ScorecardPlace]


ROUTES = (
    Route(
        method="GET",
        path="/v1/reports/vendors/{vendor}/quality",
        usecase=scorecard.vendor_quality,
        says="Compare a vendor's quality and speed with others.",
        query=ScorecardQuery,
        answer=Scorecard,
    ),
)
