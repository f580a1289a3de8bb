"""Workforce reports over HTTP: what stops work, who is where, how people come, work and go, and what is at risk."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from backend.api.cursor import offset
from backend.api.fields import Body, Moment, Page, Shown
from backend.api.route import Route
from backend.api.workforce_answers import (
    Blockers,
    By,
    Expiring,
    Fatigue,
    Funnel,
    HoursPage,
    Ramp,
    Risk,
    Roster,
    Status,
    Turnover,
)
from backend.usecases.insight import workforce_blockers as blockers
from backend.usecases.insight import workforce_reports as use
from backend.usecases.insight import workforce_risks as risks

Few = Annotated[int, Field(ge=0, le=1_000)]
Months = Annotated[int, Field(ge=1, le=60)]


class BlockersQuery(Body):
    """Of one project or all; at most so many reasons, those that unlock most hours first."""

    project: UUID | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class RosterQuery(Page):
    """Who; people who left are shown only under their own status."""

    status: Status | None = None
    vendor: UUID | None = None
    team: UUID | None = None
    blocked: bool | None = None


class SpanQuery(Body):
    """From `since` to before `until`."""

    since: Moment | None = None
    until: Moment | None = None


class HoursQuery(Page):
    """From `since` to before `until`, the last 30 days unless said; one row per person, vendor, team or project."""

    since: Moment | None = None
    until: Moment | None = None
    by: By = "person"
    project: UUID | None = None


class ExpiringQuery(Body):
    """Within how many days."""

    days: Annotated[int, Field(ge=1, le=366)] = 30


class RiskQuery(Body):
    """How few people are too few."""

    people_max: Few = 3


class RampQuery(Body):
    """How many months are listed."""

    months: Months = 12


class TurnoverQuery(Body):
    """How many months, the present one included; how few people are too few for a skill."""

    months: Months = 12
    people_max: Few = 3


_AT = "/v1/reports/workforce"


def _report(name: str, usecase: Any, says: str, query: type[Body], answer: type[Shown], **more: Any) -> Route:
    return Route(
        method="GET", path=f"{_AT}/{name}", usecase=usecase, says=says, query=query, answer=answer, **more
    )


ROUTES = (
    _report("blockers", blockers.workforce_blockers, "Read what stops work now.", BlockersQuery, Blockers),
    _report("roster", blockers.workforce_roster, "Read where everybody stands.", RosterQuery, Roster),
    _report(
        "funnel", use.workforce_funnel, "Read how people come to their first answers.", SpanQuery, Funnel
    ),
    _report("expiring", risks.workforce_expiring, "Read what ends soon.", ExpiringQuery, Expiring),
    _report("risk", risks.workforce_risk, "Read what hangs on few people or one vendor.", RiskQuery, Risk),
    _report(
        "hours", use.workforce_hours, "Read working time and output.", HoursQuery, HoursPage, cursor=offset
    ),
    _report("fatigue", use.workforce_fatigue, "Read errors by hours worked before.", SpanQuery, Fatigue),
    _report("ramp", use.workforce_ramp, "Compare new people, and vendors, with others.", RampQuery, Ramp),
    _report("turnover", use.workforce_turnover, "Read tenure and turnover.", TurnoverQuery, Turnover),
)
