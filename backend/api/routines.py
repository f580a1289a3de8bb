"""Quality routines over HTTP: what every period has to bring, what was missed, and who has looked at it."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from backend.api.fields import Body, Note, Page, Shown, strictly, whole
from backend.api.route import Route
from backend.usecases.quality import routines as use

Kind = Literal["gold", "consensus", "sampling"]
Days = whole(1, 366)
Least = whole(1, 1_000_000)


@strictly
class GoldRoutineGiven(TypedDict):
    """At least so many answers to gold, every so many days: `per` annotator who gave `active_from` answers in the
    project in that time, or of all people in the skill together. Gold of the skill's other projects counts."""

    every_days: Days  # type: ignore[valid-type]
    least: Least  # type: ignore[valid-type]
    per: Literal["annotator", "skill"]
    active_from: whole(1, 100_000)  # type: ignore[valid-type]


@strictly
class ConsensusRoutineGiven(TypedDict):
    """At least so many items that got answers of `independent` different people; agreement is computed of them."""

    every_days: Days  # type: ignore[valid-type]
    least: Least  # type: ignore[valid-type]
    independent: whole(2, 10)  # type: ignore[valid-type]


@strictly
class SamplingRoutineGiven(TypedDict):
    """At least so many verdicts on answers that were drawn by lot, not because somebody suspected them."""

    every_days: Days  # type: ignore[valid-type]
    least: Least  # type: ignore[valid-type]


class RoutinesGiven(Body):
    """What is asked from the next period on; what is left out is off."""

    gold: GoldRoutineGiven | None = Field(
        default=None, examples=[{"every_days": 7, "least": 5, "per": "annotator", "active_from": 20}]
    )
    consensus: ConsensusRoutineGiven | None = None
    sampling: SamplingRoutineGiven | None = None


class RoutineRule(Shown):
    """What is asked; the fields of its kind."""

    every_days: int
    least: int
    per: Literal["annotator", "skill"] | None = None
    active_from: int | None = None
    independent: int | None = None


class RoutineShort(Shown):
    """Somebody with too little gold, and how much it was."""

    annotator: UUID
    found: int


class RoutineNumbers(Shown):
    """`found` of `asked`: people with enough gold of those active, answers to gold of a skill, items, or reviews.
    `answers` were given in the project. `short` names up to 100 of `short_people`. `agreement`: `same` of the `pairs`
    of answers to these items are identical."""

    asked: int
    found: int
    answers: int
    people: int
    short: list[RoutineShort]
    short_people: int
    pairs: int
    same: int
    agreement: float | None


class RoutinePeriod(Shown):
    """A judged period, from `begins` on and before `ends`; a missed one is an alert under its `id` until somebody
    acknowledges it. `version`: of the routines, as they were asked when it began."""

    id: UUID
    project: UUID
    kind: Kind
    version: int
    begins: datetime
    ends: datetime
    met: bool
    numbers: RoutineNumbers
    judged_at: datetime
    acknowledged_by: UUID | None
    acknowledged_at: datetime | None
    note: str | None


class RoutineEvent(Shown):
    """An event that counts: its stream and type in the log, when it happened, whose answer it is about."""

    stream: UUID
    fact: str
    at: datetime
    annotator: UUID


class RoutinePeriodCase(RoutinePeriod):
    """The first 200 events behind the number, oldest first."""

    events: list[RoutineEvent]
    more_events: bool


class RoutineRunning(Shown):
    """The period of this moment: what was asked when it began, and how far it is."""

    begins: datetime
    ends: datetime
    version: int
    asked: RoutineRule
    enough: bool
    numbers: RoutineNumbers


class RoutineVersion(Shown):
    """What was asked of the periods from `begins` on; null: nothing."""

    version: int
    asked: RoutineRule | None
    begins: datetime


class Routine(Shown):
    """A routine: what is asked (null: it is off), from when on if that is still to come, the current period, the last
    five judged, how many alerts nobody has acknowledged, and everything that was ever asked."""

    asked: RoutineRule | None
    asked_from: datetime | None
    current: RoutineRunning | None
    judged: list[RoutinePeriod]
    open_alerts: int
    history: list[RoutineVersion]


class Routines(Shown):
    """The routines of a project; the version is also the ETag."""

    project: UUID
    version: int
    gold: Routine
    consensus: Routine
    sampling: Routine


class RoutinePeriodPage(Shown):
    """Judged periods."""

    data: list[RoutinePeriod]
    next_cursor: str | None


class RoutinePeriodQuery(Page):
    """Which judged periods."""

    kind: Kind | None = None
    met: bool | None = None


class AlertQuery(Page):
    """Which alerts."""

    project: UUID | None = None
    state: Literal["open", "acknowledged"] | None = None


class AlertAcknowledge(Body):
    """What was found, and what follows."""

    note: Annotated[Note, Field(min_length=1, pattern=r"\S")]


_ALL = "/v1/projects/{project}/routines"
_ROUTINES: dict[str, Any] = {"answer": Routines, "etag": True}

ROUTES = (
    Route(
        method="GET",
        path=_ALL,
        usecase=use.project_routines_get,
        says="Read a project's quality routines, and how far each is.",
        **_ROUTINES,
    ),
    Route(
        method="PUT",
        path=_ALL,
        usecase=use.project_routines_update,
        says="Change the routines that were read; it takes effect with each routine's next period.",
        body=RoutinesGiven,
        if_match=True,
        **_ROUTINES,
    ),
    Route(
        method="GET",
        path=f"{_ALL}/periods",
        usecase=use.routine_period_list,
        says="List judged periods, the newest first.",
        query=RoutinePeriodQuery,
        answer=RoutinePeriodPage,
    ),
    Route(
        method="GET",
        path="/v1/routine-periods/{period}",
        usecase=use.routine_period_get,
        says="Read a judged period and the events behind its number.",
        answer=RoutinePeriodCase,
    ),
    Route(
        method="GET",
        path="/v1/quality-alerts",
        usecase=use.quality_alert_list,
        says="List missed periods of all projects, those that nobody has acknowledged first.",
        query=AlertQuery,
        answer=RoutinePeriodPage,
    ),
    Route(
        method="POST",
        path="/v1/quality-alerts/{alert}/acknowledge",
        usecase=use.quality_alert_acknowledge,
        says="Acknowledge a missed period, with a note.",
        body=AlertAcknowledge,
        answer=RoutinePeriod,
    ),
)
