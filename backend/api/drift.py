"""Drift over HTTP: a monitoring system says that the world has moved, and a batch of work comes of it."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints
from typing_extensions import TypedDict

from backend.api.fields import Anything, Body, Moment, Note, Page, Shown, Word, strictly, whole
from backend.api.route import Route
from backend.api.steering import TaskSelection
from backend.api.tasks import IMPORT_LIMIT_BYTES, IMPORT_MAX, ItemLoose, Tag
from backend.usecases.projects import drift as use
from backend.usecases.projects.drift_batches import BATCH_MAX

NAMED = r"^[A-Za-z0-9][A-Za-z0-9._:/-]*$"
Source = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=NAMED)]
SourceId = Annotated[str, StringConstraints(min_length=1, max_length=50, pattern=NAMED)]
Metric = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=NAMED)]
"""They stand readable in the log: name nobody in them."""
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Outcome = Literal["opened", "proposed", "off", "cooldown", "empty", "nothing_named"]
Mode = Literal["off", "propose", "open"]
Label = str | int | bool


@strictly
class DriftWindowGiven(TypedDict):
    """When it was measured: from `since` on, and before `until`."""

    since: Moment
    until: Moment


@strictly
class DriftSampleGiven(TypedDict):
    """At most so many, drawn by the seed: of the items sent, those with the lowest SHA-256 of the seed's SHA-256 and
    the external key; of selected tasks, of the seed's SHA-256 and the task's 16 bytes."""

    n: whole(1, BATCH_MAX)  # type: ignore[valid-type]
    seed: Word


class DriftSignalGiven(Body):
    """A signal under the source's own `id`. What is to be labelled: new `items` (as `item_import` takes them), or a
    `selection` of the project's open and held tasks; or neither."""

    source: Source = Field(examples=["evidently"])
    id: SourceId = Field(examples=["2030-01-31T12:00Z"])
    metric: Metric = Field(examples=["psi.brightness"])
    value: Number
    threshold: Number | None = None
    window: DriftWindowGiven | None = None
    classes: Annotated[tuple[Label, ...], Field(max_length=200)] = ()
    tags: Annotated[tuple[Tag, ...], Field(max_length=32)] = ()
    note: Note | None = None
    items: Annotated[tuple[ItemLoose, ...], Field(max_length=IMPORT_MAX)] = ()
    selection: TaskSelection | None = None
    sample: DriftSampleGiven | None = None
    priority: whole(0, 3) | None = None  # type: ignore[valid-type]


class DriftSignal(Shown):
    """What became of a signal, always the same for the same `source_id`.

    `opened`, `proposed`: a batch was made, the `iteration`. `off`: the project makes none. `cooldown`: one was made a
    short while ago, `after` the signal that is named. `empty`: nothing that it names can be put into one.
    `nothing_named`: it names nothing. Of `matched` items sent or tasks selected `taken` were drawn; `created` items are
    new, `known` ones were there and stay where they are, `refused` ones could not be taken. `bulk` moves what was
    selected (`tasks_bulk_get`), `prioritising` gives it the signal's priority.
    """

    id: UUID
    project: UUID
    source: str
    source_id: str
    metric: str
    outcome: Outcome
    iteration: UUID | None
    bulk: UUID | None
    prioritising: UUID | None
    seed: str | None
    digest: str | None
    matched: int
    taken: int
    created: int
    known: int
    refused: int
    after: UUID | None


class DriftWindow(Shown):
    """When it was measured."""

    since: datetime
    until: datetime


class DriftSignalListed(DriftSignal):
    """A signal as it came, and what its iteration is now."""

    value: float
    threshold: float | None
    window: DriftWindow | None
    classes: list[Label]
    tags: list[str]
    note: str | None
    selection: Anything
    iteration_name: str | None
    iteration_state: Literal["planned", "open", "closed"] | None
    by: UUID
    signalled_at: datetime


class DriftSignalPage(Shown):
    """Signals, the newest first."""

    data: list[DriftSignalListed]
    next_cursor: str | None


class DriftSignalQuery(Page):
    """Which signals."""

    outcome: Outcome | None = None
    source: Source | None = None
    metric: Metric | None = None


class DriftRuleGiven(Body):
    """What a signal does: nothing (`off`), plan a batch whose items are held until somebody opens it (`propose`), or
    open it at once (`open`); at most one of the same source and metric in so many hours (0: each one)."""

    mode: Mode
    cooldown_hours: whole(0, 8_760) = 24  # type: ignore[valid-type]


class DriftRule(Shown):
    """What holds, and who says it; the version is also the ETag."""

    project: UUID
    version: int
    mode: Mode
    cooldown_hours: int
    said_by: Literal["project", "product"]


_SIGNALS = "/v1/projects/{project}/drift-signals"
_RULE = "/v1/projects/{project}/drift-rule"
_READ: dict[str, Any] = {"answer": DriftRule, "etag": True}

ROUTES = (
    Route(
        method="POST",
        path=_SIGNALS,
        usecase=use.drift_signal_take,
        says="Tell of drift: it is recorded, and a batch of work comes of it as the project's rule says.",
        body=DriftSignalGiven,
        answer=DriftSignal,
        status=201,
        limit_bytes=IMPORT_LIMIT_BYTES,
    ),
    Route(
        method="GET",
        path=_SIGNALS,
        usecase=use.drift_signal_list,
        says="List drift signals and what became of each.",
        query=DriftSignalQuery,
        answer=DriftSignalPage,
    ),
    Route(
        method="GET",
        path=_RULE,
        usecase=use.drift_rule_get,
        says="Read what drift signals do in a project.",
        **_READ,
    ),
    Route(
        method="PUT",
        path=_RULE,
        usecase=use.drift_rule_update,
        says="Change what drift signals do from now on.",
        body=DriftRuleGiven,
        if_match=True,
        **_READ,
    ),
)
