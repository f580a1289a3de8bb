"""Backtest over HTTP: what another quality plan would have cost and caught on a project's recorded history."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints
from typing_extensions import TypedDict

from backend.api.fields import Body, Moment, Shown, strictly, whole
from backend.api.projects import Plan, PlanGiven
from backend.api.route import Route
from backend.usecases.backtest import backtest as use


@strictly
class Money(TypedDict):
    """So many minor units of a currency (ISO 4217)."""

    amount_minor: whole(0, 1_000_000_000_000)  # type: ignore[valid-type]
    currency: Annotated[str, StringConstraints(min_length=3, max_length=3)]


class BacktestRun(Body):
    """The plan to try: what is left out is as the project has it now. Of answers from `from` on and before `to`; left
    out, all there are, 200,000 at most. `cost_per_error`: what a wrong answer costs that goes out."""

    plan: PlanGiven
    cost_per_error: Money | None = None
    since: Moment | None = Field(default=None, alias="from")
    until: Moment | None = Field(default=None, alias="to")


class BacktestShare(Shown):
    """A share of answers in 0..1 with its 95 % interval."""

    value: float
    low: float
    high: float


class BacktestStop(Shown):
    """A skill closed for somebody, by which rule, and how many of the recorded answers they gave after it."""

    annotator: UUID
    skill: UUID
    at: datetime
    why: Literal["below_floor", "drift"]
    answers_after: int


class BacktestSide(Shown):
    """One side: reviews and their share of answers, errors they found (the replay's is an estimate), the error that
    went out, answers to gold, escalations, answers per decided item (null: none was decided) with those of them that
    nobody gave, and who was stopped."""

    reviews: int
    review_share: float | None
    errors_found: float
    errors_out: BacktestShare
    gold: int
    escalations: int
    judgments_per_item: float | None
    answers_missing: int
    stopped: list[BacktestStop]


class BacktestSaving(Shown):
    """Reviews that the plan would have saved (below 0: cost more), and their share of the recorded ones."""

    reviews: int
    share: float | None


class BacktestCost(Shown):
    """Minutes of work on both sides, by the median times of the history; null where no answer was timed."""

    minutes_recorded: float | None
    minutes_replayed: float | None


class Unpriced(Shown):
    """So many pieces of work and timed minutes, and which share of each has no rate; null of nothing."""

    pieces: float
    share: float | None
    minutes: float
    minutes_share: float | None


class BacktestErrorCost(Shown):
    """Answers that go out wrong, and what they cost; the interval is that of the share of errors."""

    answers: float
    value_minor: int
    low_minor: int
    high_minor: int


class BacktestCosts(Shown):
    """What one side costs in one currency, in minor units of so many `digits`. Each part is rounded once, halves to the
    even one; the total adds the rounded parts. `per_accepted_item` is decimal text of minor units, of the priced
    work alone; null without items or prices, `errors_out` without `cost_per_error` in this currency."""

    currency: str
    digits: int
    answers_minor: int
    gold_minor: int
    reviews_minor: int
    escalations_minor: int
    total_minor: int
    per_accepted_item: str | None
    errors_out: BacktestErrorCost | None


class BacktestSidePriced(Shown):
    """One side in money, each currency for itself, and what has no price."""

    costs: list[BacktestCosts]
    unpriced: Unpriced
    unpriced_by_kind: dict[Literal["answers", "gold", "reviews", "escalations"], Unpriced]


class BacktestDifference(Shown):
    """The replay less the record in one currency: work, and errors that go out."""

    currency: str
    digits: int
    total_minor: int
    errors_out_minor: int


class MoneyShown(Shown):
    """So many minor units of a currency."""

    amount_minor: int
    currency: str
    digits: int


class BacktestMoney(Shown):
    """Both sides in money. No currency is ever turned into another."""

    recorded: BacktestSidePriced
    replayed: BacktestSidePriced
    difference: list[BacktestDifference]
    cost_per_error: MoneyShown | None


class BacktestReason(Shown):
    """Answers whose rate had this reason, and how many of them were reviewed; `not_asked`: the plan would not have
    asked for them."""

    answers_recorded: int
    reviews_recorded: int
    answers_replayed: int
    reviews_replayed: int


class BacktestPerson(Shown):
    """One annotator's answers; errors found are the recorded ones, `stopped_at` the replay's first stop."""

    annotator: UUID
    answers: int
    reviews_recorded: int
    reviews_replayed: int
    errors_found: int
    stopped_at: datetime | None


class Backtested(Shown):
    """The record and the replay side by side. `judged` answers have a reviewer's verdict; `judged_share` of the
    replay's reviews rest on one. `assumptions` say what the replay takes for granted."""

    model_config = ConfigDict(serialize_by_alias=True)

    project: UUID
    since: datetime | None = Field(alias="from")
    until: datetime | None = Field(alias="to")
    answers: int
    judged: int
    judged_share: float | None
    plan: Plan
    recorded: BacktestSide
    replayed: BacktestSide
    saving: BacktestSaving
    cost: BacktestCost
    money: BacktestMoney
    by_reason: dict[str, BacktestReason]
    by_annotator: list[BacktestPerson]
    stopped: list[BacktestStop]
    assumptions: list[str]


ROUTES = (
    Route(
        method="POST",
        path="/v1/projects/{project}/backtest",
        usecase=use.project_backtest,
        says="Replay the recorded history under another quality plan; nothing changes.",
        body=BacktestRun,
        answer=Backtested,
    ),
)
