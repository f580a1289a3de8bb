"""Iterations over HTTP: plan the next batch of a project's work, open it, see how far it is, close it."""

from datetime import datetime
from typing import Annotated, Any, Literal, NotRequired
from uuid import UUID

from pydantic import Field, StringConstraints
from typing_extensions import TypedDict

from backend.api.fields import Body, Empty, Flag, Moment, Page, Reason, Share, Shown, strictly, whole
from backend.api.route import Route
from backend.usecases.projects import iterations as use

Title = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"\S")]
State = Literal["planned", "open", "closed"]


@strictly
class TargetsGiven(TypedDict):
    """What it is to reach: so many items decided, by `due`; and which share of the pairs of answers to one item is
    to be alike, and of reviewed answers accepted. What is left out is not asked."""

    items: whole(1, 100_000_000)  # type: ignore[valid-type]
    agreement: NotRequired[Share | None]
    acceptance: NotRequired[Share | None]
    due: NotRequired[Moment | None]


class IterationPlan(Body):
    """An iteration under a name that is unique in its project and stands readable in the log."""

    name: Title = Field(examples=["week 1"])
    targets: TargetsGiven = Field(examples=[{"items": 500, "acceptance": 0.95}])


class IterationClose(Body):
    """`anyway`: although targets are missed; that takes a reason."""

    anyway: Flag = False
    reason: Reason | None = None


class IterationQuery(Page):
    """Which iterations."""

    state: State | None = None


class IterationTargets(Shown):
    """What it is to reach; null is not asked."""

    items: int
    agreement: float | None
    acceptance: float | None
    due: datetime | None


class IterationListed(Shown):
    """An iteration in a list."""

    id: UUID
    project: UUID
    name: str
    state: State
    targets: IterationTargets
    planned_at: datetime
    opened_at: datetime | None
    closed_at: datetime | None


class IterationPage(Shown):
    """Iterations, by id."""

    data: list[IterationListed]
    next_cursor: str | None


class IterationReached(Shown):
    """Each of `items` is one of decided, leased (somebody holds a lease of it), open, held and cancelled. `in_time` of
    the decided were so by `due`; `late` of the others are past it or past their own deadline. `same` of `pairs` of
    answers to one item are alike, `accepted` of `reviewed` answers were accepted, also as shares (null: nothing to
    count)."""

    items: int
    decided: int
    in_time: int
    leased: int
    open: int
    held: int
    cancelled: int
    late: int
    pairs: int
    same: int
    reviewed: int
    accepted: int
    agreement: float | None
    acceptance: float | None


class IterationUnmet(Shown):
    """A target that is missed at this moment."""

    target: Literal["items", "agreement", "acceptance", "due"]
    expected: str
    found: str


class IterationClosed(Shown):
    """As it was when it was closed, and why it was closed with targets missed."""

    reached: IterationReached
    unmet: list[str]
    reason: str | None


class Iteration(IterationListed):
    """An iteration and how far it is at this moment. `releasing`: the bulk act that lets go on what was held until it
    was opened (`tasks_bulk_get`)."""

    releasing: UUID | None
    progress: IterationReached
    unmet: list[IterationUnmet]
    closed: IterationClosed | None


_ALL = "/v1/projects/{project}/iterations"
_ONE = f"{_ALL}/{{iteration}}"
_READ: dict[str, Any] = {"answer": Iteration}

ROUTES = (
    Route(
        method="POST",
        path=_ALL,
        usecase=use.iteration_plan,
        says="Plan an iteration: what comes into it is held until it is opened.",
        body=IterationPlan,
        answer=Iteration,
        status=201,
    ),
    Route(
        method="GET",
        path=_ALL,
        usecase=use.iteration_list,
        says="List a project's iterations.",
        query=IterationQuery,
        answer=IterationPage,
    ),
    Route(
        method="GET",
        path=_ONE,
        usecase=use.iteration_get,
        says="Read an iteration and how far it is.",
        **_READ,
    ),
    Route(
        method="POST",
        path=f"{_ONE}/open",
        usecase=use.iteration_open,
        says="Offer what is in an iteration.",
        body=Empty,
        **_READ,
    ),
    Route(
        method="POST",
        path=f"{_ONE}/close",
        usecase=use.iteration_close,
        says="Close an iteration that has reached its targets, or say why it is closed all the same.",
        body=IterationClose,
        **_READ,
    ),
)
