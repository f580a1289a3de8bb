"""Workflows over HTTP: the steps of a project's items, published in versions and read."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints
from typing_extensions import TypedDict

from backend.api.fields import Anything, Body, Flag, Share, Shown, Stage, Version, strictly, whole
from backend.api.projects import Conditions, ConditionsGiven
from backend.api.route import VERSION_MAX, Route
from backend.usecases.projects import workflows as use

StepName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
StepNames = Annotated[list[StepName], Field(max_length=50)]
FieldName = Annotated[str, StringConstraints(min_length=1, max_length=600)]
Op = Literal["eq", "ne", "lt", "le", "gt", "ge", "in", "contains"]
Object = Annotated[dict[str, Any], Field(description="A JSON object of at most 64 KiB.")]


@strictly
class TestGiven(TypedDict):
    """One comparison. `field`: answer, answer.path, agreement, confidence, unsure (the share of answers that their
    authors flagged as ambiguous), decided_by (machine, aggregate, review or expert), tag, priority or edge_case."""

    field: FieldName
    op: Op
    value: Anything


@strictly
class _To(TypedDict):
    to: StepName


@strictly
class ArrowGiven(_To, total=False):
    """Taken when all of `all` and one of `any` hold, by `share` of the items; with `otherwise` when no other arrow of
    the step is. One that leads back says how often an item may take it (`loops_max`); then an expert decides.
    `to_author`: who did that step last gets it first, for `author_seconds`."""

    all: Annotated[list[TestGiven], Field(max_length=20)]
    any: Annotated[list[TestGiven], Field(max_length=20)]
    share: Share
    loops_max: whole(0, 50)  # type: ignore[valid-type]
    to_author: Flag
    author_seconds: whole(60, 604_800)  # type: ignore[valid-type]
    otherwise: Flag


@strictly
class _Named(TypedDict):
    name: StepName
    stage: Stage


@strictly
class StepGiven(_Named, total=False):
    """One step: task design (`answer_schema`, `tool`), scoring (`scoring`) and routing (`then`). `slots` 0 or left out:
    as many answers as the plan's overlap (one for review, adjudicate and expert). `shows`: the steps whose answers its
    people see; without, they see none. `joins`: it begins when all open steps that lead to it are through. `model`, in
    the only annotate step that items begin with: what it answers counts as one more voice, and nobody sees it."""

    slots: whole(0, 50)  # type: ignore[valid-type]
    needs: ConditionsGiven
    priority: whole(0, 3) | None  # type: ignore[valid-type]
    deadline_seconds: whole(0, 31_536_000)  # type: ignore[valid-type]
    apart_from: StepNames
    shows: StepNames
    joins: Flag
    answer_schema: Object | None
    tool: Object | None
    scoring: Object | None
    then: Annotated[list[ArrowGiven], Field(max_length=20)]
    model: UUID | None


REVIEWED: list[StepGiven] = [
    {
        "name": "label",
        "stage": "annotate",
        "then": [
            {"to": "check", "all": [{"field": "confidence", "op": "lt", "value": 0.9}]},
        ],
    },
    {
        "name": "check",
        "stage": "review",
        "shows": ["label"],
        "then": [
            {
                "to": "label",
                "all": [{"field": "answer.verdict", "op": "eq", "value": "reject"}],
                "loops_max": 2,
                "to_author": True,
            }
        ],
    },
]


class WorkflowPublish(Body):
    """The steps, and those that every item begins with. What the fields leave open, the quality plan says."""

    first: tuple[StepName, ...] = Field(min_length=1, max_length=50, examples=[["label"]])
    steps: tuple[StepGiven, ...] = Field(min_length=1, max_length=50, examples=[REVIEWED])


class WorkflowAsked(Body):
    """Which version; the one in force when none is named."""

    version: int | None = Field(default=None, ge=0, le=VERSION_MAX)


class Test(Shown):
    """One comparison."""

    field: str
    op: Op
    value: Any


class Arrow(Shown):
    """Where an item goes, and when."""

    to: str
    all: list[Test]
    any: list[Test]
    share: float
    loops_max: int
    to_author: bool
    author_seconds: int
    otherwise: bool


class WorkflowStep(Shown):
    """A step as it was published."""

    name: str
    stage: Stage
    slots: int
    needs: Conditions
    priority: int | None
    deadline_seconds: int
    apart_from: list[str]
    shows: list[str]
    joins: bool
    answer_schema: dict[str, Any] | None
    tool: dict[str, Any] | None
    scoring: dict[str, Any] | None
    then: list[Arrow]
    model: UUID | None = None


class Workflow(Shown):
    """A version of the workflow; its ETag is the number of the next one. Version 0 has no steps: every item has the one
    that the quality plan describes."""

    project: UUID
    version: int
    first: list[str]
    steps: list[WorkflowStep]


class WorkflowVersion(Shown):
    """A version, how many steps it has, and how many tasks that go by it are open or held."""

    version: Version
    first: list[str]
    steps: int
    published_at: datetime
    open_tasks: int


class WorkflowVersions(Shown):
    """Every version, newest first."""

    project: UUID
    current_version: int
    data: list[WorkflowVersion]


_WORKFLOW = "/v1/projects/{project}/workflow"

ROUTES = (
    Route(
        method="PUT",
        path=_WORKFLOW,
        usecase=use.workflow_publish,
        says="Publish the next version of the workflow; work begun keeps its own.",
        body=WorkflowPublish,
        answer=Workflow,
        if_match=True,
        etag=True,
    ),
    Route(
        method="GET",
        path=_WORKFLOW,
        usecase=use.workflow_get,
        says="Read the workflow in force, or an earlier version.",
        query=WorkflowAsked,
        answer=Workflow,
        etag=True,
    ),
    Route(
        method="GET",
        path=f"{_WORKFLOW}/versions",
        usecase=use.workflow_list,
        says="List every version of the workflow.",
        answer=WorkflowVersions,
    ),
)
