"""Backtest over HTTP: what another quality plan would have cost and caught on a project's recorded history."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from backend.api.fields import Body, Moment, Shown
from backend.api.projects import Plan, PlanGiven
from backend.api.route import Route
from backend.usecases.backtest import backtest as use


class BacktestRun(Body):
    """The plan to try: what is left out is as the project has it now. Of answers from `from` on and before `to`; left
    out, all there are, 200,000 at most."""

    plan: PlanGiven
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
