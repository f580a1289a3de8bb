"""Rework over HTTP: find all that somebody or something touched, see what it costs, do it again once, take it back."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints
from typing_extensions import TypedDict

from backend.api.fields import Anything, Body, Empty, Moment, Page, Reason, Shown, Version, Word, strictly
from backend.api.route import Route
from backend.usecases.tasks import reworking as use

Ids = Annotated[list[UUID], Field(min_length=1, max_length=200)]
Versions = Annotated[list[Version], Field(min_length=1, max_length=200)]
Words = Annotated[list[Word], Field(min_length=1, max_length=200)]
Tags = Annotated[
    list[Annotated[str, StringConstraints(min_length=1, max_length=200)]], Field(min_length=1, max_length=200)
]
State = Literal["planned", "running", "executed", "undone"]


@strictly
class TouchedGiven(TypedDict, total=False):
    """Which answers are in question; their items are selected. All that is said is true of one and the same answer, of
    each list one; at least one thing is said. A model is named by the id under which it answers, in `annotators`.
    `vendors` and `teams`: of who belongs there now. `labels`: answers that are one of these values. `lease_reasons`:
    how the author came to the item (`pull`, `assigned`, ...). Windows begin at `_from` and end before `_to`.
    """

    items: Ids
    annotators: Ids
    vendors: Ids
    teams: Ids
    guideline_versions: Versions
    workflow_versions: Versions
    steps: Words
    lanes: Ids
    lease_reasons: Words
    labels: Annotated[list[Anything], Field(min_length=1, max_length=200)]
    tags: Tags
    imported_from: Moment
    imported_to: Moment
    answered_from: Moment
    answered_to: Moment


class ReworkPlan(Body):
    """What is to be looked at, and why. Relabelling by label, date or guideline version is the same."""

    selection: TouchedGiven
    reason: Reason | None = None


class Touched(Shown):
    """What was selected by; `labels` is how many, because a plan keeps no readable label."""

    items: list[UUID] | None = None
    annotators: list[UUID] | None = None
    vendors: list[UUID] | None = None
    teams: list[UUID] | None = None
    guideline_versions: list[int] | None = None
    workflow_versions: list[int] | None = None
    steps: list[str] | None = None
    lanes: list[UUID] | None = None
    lease_reasons: list[str] | None = None
    labels: int | None = None
    tags: list[str] | None = None
    imported_from: datetime | None = None
    imported_to: datetime | None = None
    answered_from: datetime | None = None
    answered_to: datetime | None = None


class ReworkProgress(Shown):
    """How many items were requeued in all; of these how many wait for a new result, have it, were taken back, or are
    kept although the plan was undone. `skipped`: another plan was having them done again."""

    requeued: int
    waiting: int
    redone: int
    taken_back: int
    kept: int
    skipped: int


class Rework(Shown):
    """A plan: what it found when it was made (`decided` of the items had a result), what doing it again would cost, and
    how far it is. `more`: a job is still at it."""

    id: UUID
    project: UUID
    state: State
    selection: Touched
    reason: str | None
    planned_at: datetime
    items: int
    answers: int
    people: int
    decided: int
    minutes: int
    progress: ReworkProgress
    more: bool


class ReworkOverlap(Shown):
    """Another plan, and how many of the items it is having done again at this moment: they are skipped."""

    rework: UUID
    items: int


class ReworkSampled(Shown):
    """One of the items: how many selected answers by how many people it has, and who decided it."""

    item: UUID
    answers: int
    people: int
    decided_by: str | None


class ReworkPlanned(Rework):
    """The plan as it was just made. `minutes` = items x `answers_per_item` x `handling_seconds`, the median time from
    opening to answer in the project (a guess unless `handling_known`). `keeps_away`: so many people are named as the
    cause, by themselves, their vendor or their team, and get none of the items again."""

    answers_per_item: int
    handling_seconds: float
    handling_known: bool
    keeps_away: int
    overlaps: list[ReworkOverlap]
    sample: list[ReworkSampled]


class ReworkPage(Shown):
    """Plans, newest first."""

    data: list[Rework]
    next_cursor: str | None


_PLANS = "/v1/projects/{project}/rework-plans"
_ONE = f"{_PLANS}/{{rework}}"
_REPEATED: dict[str, Any] = {"body": Empty, "answer": Rework, "key": "accepted"}

ROUTES = (
    Route(
        method="POST",
        path=_PLANS,
        usecase=use.rework_plan,
        says="Find what was touched, and what doing it again would cost.",
        body=ReworkPlan,
        answer=ReworkPlanned,
        status=201,
        key="required",
    ),
    Route(
        method="GET",
        path=_PLANS,
        usecase=use.rework_list,
        says="List rework plans.",
        query=Page,
        answer=ReworkPage,
    ),
    Route(
        method="GET",
        path=_ONE,
        usecase=use.rework_get,
        says="Read a rework plan and how far it is.",
        answer=Rework,
    ),
    Route(
        method="POST",
        path=f"{_ONE}/execute",
        usecase=use.rework_execute,
        says="Do what was planned again, each item once however often this is asked.",
        **_REPEATED,
    ),
    Route(
        method="POST",
        path=f"{_ONE}/undo",
        usecase=use.rework_undo,
        says="Take back what nobody has begun again.",
        **_REPEATED,
    ),
)
