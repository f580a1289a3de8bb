"""Pilots over HTTP: a small batch is judged before the rest of a project is opened."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from backend.api.fields import Body, Empty, Flag, Reason, Shown, whole
from backend.api.reports import DiversityMet, TargetMet
from backend.api.route import Route
from backend.usecases.projects import pilots as use

Seed = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[!-~]+$")]
Items = whole(1, 20_000)
SharePart = Annotated[float, Field(strict=True, gt=0, le=1, allow_inf_nan=False)]
"""A share of something: more than 0, at most 1."""
Outcome = Literal["met", "not_met", "unclear"]


class PilotBegin(Body):
    """So many tasks are drawn (`items`), or a `share` (0..1) of those that are open, rounded up, `items_min` at least
    and `items_max` at most (1 and 20,000 where nothing is said); one of the two is said. The lots follow from the seed
    and the tasks' ids, so anybody can draw them again. Without a seed one is chosen and written down. `with_model`:
    models decide in it as they would in production; without, people decide all of it."""

    items: Items | None = Field(default=None, examples=[100])  # type: ignore[valid-type]
    share: SharePart | None = None
    items_min: Items | None = None  # type: ignore[valid-type]
    items_max: Items | None = None  # type: ignore[valid-type]
    seed: Seed | None = None
    with_model: Flag = False


class PilotOverrule(Body):
    """Why production opens although the pilot did not meet its targets."""

    reason: Reason


class PilotByModel(Shown):
    """What models answered in a pilot, beside the targets, which speak of people's answers alone: of `items` a model
    `decided` so many. Of its other answers `compared` were held against what people decided blindly, and `agreed` were
    right; the interval is Wilson's, 95 %."""

    items: int
    decided: int
    compared: int
    agreed: int
    agreement: float | None
    low: float | None
    high: float | None


class PilotJudged(Shown):
    """The last look: when, what came of it, on which events it rests."""

    at: datetime
    outcome: Outcome
    basis_index: int
    targets: list[TargetMet]
    diversity: DiversityMet | None = None
    by_model: PilotByModel | None = None


class PilotShare(Shown):
    """The share that was asked for, and its bounds."""

    share: float
    items_min: int
    items_max: int


class Pilot(Shown):
    """A pilot. `drawn` of `matched` tasks are in the iteration `iteration`, everything else is in `waiting`; `asked` is
    the share that it was to be, null where a number was said. `digest` is the SHA-256 of the drawn tasks' ids, 16 bytes
    each, in ascending order."""

    id: UUID
    project: UUID
    number: int
    state: Literal["running", "passed", "overruled"]
    seed: str
    matched: int
    drawn: int
    asked: PilotShare | None
    digest: str
    targets_version: int
    with_model: bool
    iteration: UUID
    waiting: UUID
    begun_at: datetime
    judged: PilotJudged | None
    reason: str | None


class PilotNow(Shown):
    """How it does at this moment."""

    outcome: Outcome
    targets: list[TargetMet]
    diversity: DiversityMet | None
    by_model: PilotByModel


class PilotRead(Pilot):
    """A pilot, and how it does at this moment."""

    now: PilotNow


class Pilots(Shown):
    """The pilots of a project, the newest first."""

    data: list[Pilot]


_ALL = "/v1/projects/{project}/pilots"
_ONE = f"{_ALL}/{{pilot}}"
_READ: dict[str, Any] = {"answer": Pilot}

ROUTES = (
    Route(
        method="POST",
        path=_ALL,
        usecase=use.pilot_begin,
        says="Offer a seeded sample of a project's open tasks; everything else waits until it meets the targets.",
        body=PilotBegin,
        status=201,
        key="required",
        **_READ,
    ),
    Route(
        method="GET",
        path=_ALL,
        usecase=use.pilot_list,
        says="List a project's pilots.",
        answer=Pilots,
    ),
    Route(
        method="GET",
        path=_ONE,
        usecase=use.pilot_get,
        says="Read a pilot and how it does.",
        answer=PilotRead,
    ),
    Route(
        method="POST",
        path=f"{_ONE}/judge",
        usecase=use.pilot_judge,
        says="Hold a pilot against the targets; production opens when they are met.",
        body=Empty,
        **_READ,
    ),
    Route(
        method="POST",
        path=f"{_ONE}/overrule",
        usecase=use.pilot_overrule,
        says="Open production although the pilot did not meet its targets.",
        body=PilotOverrule,
        **_READ,
    ),
)
