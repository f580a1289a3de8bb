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


class RightAnswerCost(Shown):
    """The cost of an answer over the accuracy; the interval is that cost over the ends of accuracy's."""

    value: float | None
    low: float | None
    high: float | None


class CostIn(Shown):
    """In minor units of one currency (`digits` of its minor unit, ISO 4217): what so many answers cost in `total`, what
    one costs, and what a right one."""

    currency: str
    digits: int
    answers: int
    total: float
    per_answer: float
    per_right_answer: RightAnswerCost


class Costs(Shown):
    """By the rates that held when the answers were given, each currency apart; `unpriced` answers had none."""

    unpriced: int
    data: list[CostIn]


class ScoreComponent(Shown):
    """The mean that the vendor reached, the one that all vendors reach in the same mix of project, stage and class, and
    how many times the first is better. accuracy: share of right answers; speed: geometric mean of seconds; cost: minor
    units an answer. `weight`: what was done, in answers."""

    own: float | None
    expected: float | None
    ratio: float | None
    weight: float


class ScoreComponents(Shown):
    """What the score is made of."""

    accuracy: ScoreComponent
    speed: ScoreComponent
    cost: ScoreComponent


class ScoreSums(Shown):
    """Of the vendor and of all vendors: how many answers, and the sum over them, of right ones, of the logarithm of
    seconds, or of minor units."""

    weight: float
    sum: float
    all_weight: float
    all_sum: float


class ScoreCell(Shown):
    """The sums of one cell; `class` is a keyed token."""

    model_config = ConfigDict(serialize_by_alias=True)

    project: UUID
    stage: str
    of_class: str | None = Field(alias="class")
    accuracy: ScoreSums
    speed: ScoreSums
    cost: ScoreSums


class VendorScoreWeights(Shown):
    """What each counts, adding up to 1; version 0: nothing was said."""

    accuracy: float
    speed: float
    cost: float
    version: int


class VendorScore(Shown):
    """The geometric mean, by the weights, of how many times better the vendor is than all vendors in the same mix of
    work: 1 is as all. `low`..`high` carry accuracy's interval. Null where something that weighs is `missing`.

    `compared_share` of its answers are where another vendor worked, too; `behind` lists the judged answers, by project;
    `cells` are the sums it comes from.
    """

    value: float | None
    low: float | None
    high: float | None
    weights: VendorScoreWeights
    missing: list[Literal["accuracy", "speed", "cost"]]
    components: ScoreComponents
    currency: str | None
    compared_share: float | None
    basis_index: int
    behind: list[str]
    cells: list[ScoreCell]
    cells_left_out: int


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
    costs: Costs


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
    """A vendor's quality, speed and cost; `fell_below`: by the rules it is held to, the newest first. `score` is null
    to the vendor's own managers."""

    vendor: UUID
    since: datetime
    as_of: datetime
    by: Literal["month", "week"]
    fell_below: list[VendorFell]
    score: VendorScore | None
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
