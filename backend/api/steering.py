"""Steering over HTTP: hold, let go, cancel and re-class tasks, one or all of a selection; pause lanes."""

from datetime import datetime
from typing import Annotated, Any, Literal, NotRequired
from uuid import UUID

from pydantic import BeforeValidator, Field, StringConstraints
from typing_extensions import TypedDict

from backend.api.fields import (
    Body,
    Empty,
    ExternalKey,
    Flag,
    Moment,
    Note,
    Page,
    Shown,
    Word,
    strictly,
    whole,
)
from backend.api.projects import ConditionsGiven
from backend.api.route import Route
from backend.usecases.tasks import selection as bulk
from backend.usecases.tasks import steering as use

IDS_MAX = 5_000
LIMIT_BYTES = 4_194_304
KINDS = ("hold", "unhold", "cancel", "prioritise", "require", "to_iteration")
State = Literal["open", "held", "cancelled", "decided"]
Code = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[a-z][a-z0-9_]*$")]
"""Why, in a word: it stands readable in the log."""
Step = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Tag = Annotated[str, StringConstraints(min_length=1, max_length=100)]
STRATA_MAX = 1_000
StratumBy = (
    Literal["class", "step", "stage", "group", "edge_case", "day", "tag"]
    | Annotated[str, StringConstraints(pattern=r"^tag:[a-z0-9][a-z0-9._:-]{0,61}$")]
)
StratumName = Annotated[str, StringConstraints(max_length=100)]
Taken = whole(0, bulk.SAMPLE_MAX)
Ids = Annotated[list[UUID], Field(min_length=1, max_length=IDS_MAX)]
Priority = whole(0, 3)
"""The class: 0 real time, 1 urgent, 2 normal, 3 backfill; lower goes first, equals in their order."""


class SteerBecause(Body):
    """Why: a word that stands readable in the log, and a note that does not."""

    code: Code = "manager"
    note: Note | None = None


class TaskPrioritise(Body):
    """The class or the deadline from now on; what is left out stays. `clear_deadline` takes the deadline away."""

    priority: Priority | None = None  # type: ignore[valid-type]
    deadline: Moment | None = None
    clear_deadline: Flag = False


class TaskRequire(Body):
    """What it asks of people beside its project, instead of what it asked before; nothing at all is allowed."""

    conditions: ConditionsGiven = Field(examples=[{"all": [{"origin": "staff"}]}])


class TaskSteered(Shown):
    """How the task stands now; `held_code` says why it is held; `revoked` are the leases that were taken back."""

    id: UUID
    item: UUID
    stage: str
    step: str
    state: State
    held_code: str | None
    priority: int
    deadline: datetime | None
    generation: int
    lane: UUID
    changed: bool
    revoked: list[UUID]


class ItemCancelled(Shown):
    """The tasks that were open or held, and the leases that were taken back."""

    id: UUID
    cancelled: list[UUID]
    revoked: list[UUID]


class TaskQuery(Page):
    """Only tasks in this state, held for this reason, of this step."""

    state: State | None = None
    code: Code | None = None
    step: Step | None = None


class TaskListed(Shown):
    """A task in a list; `skips` counts what was skipped or abandoned."""

    id: UUID
    item: UUID
    stage: str
    step: str
    state: State
    held_code: str | None
    priority: int
    deadline: datetime | None
    generation: int
    skips: int


class TaskPage(Shown):
    """Tasks by id."""

    data: list[TaskListed]
    next_cursor: str | None


@strictly
class SampleGiven(TypedDict):
    """So many of each stratum: `each` of every one, or of each that `quotas` names (one of the two is said).

    `by`: what divides the tasks: `class`, `step`, `stage`, `group`, `edge_case` (true, false), `day` (of import, in
    UTC), `tag`, or `tag:` and the key of tags such as lang:de, of which what stands behind the colon is the stratum.
    Of several such tags the first in byte order counts; under `tag` with `quotas` only those that are named. What has
    no stratum is taken where `quotas` name the empty text. `seed`: any word; the same draws the same.
    """

    by: StratumBy
    seed: Word
    each: NotRequired[Taken]  # type: ignore[valid-type]
    quotas: NotRequired[Annotated[dict[StratumName, Taken], Field(min_length=1, max_length=STRATA_MAX)]]  # type: ignore[valid-type]


@strictly
class TaskSelection(TypedDict, total=False):
    """Which tasks of the project: of whom all that is said is true. Without `states` those that the act can change.

    `code`: why they are held. `tags`: the item has all of them. `imported_to` and `deadline_before` are the first
    moment that no longer counts. `skipped_min`: skipped or abandoned at least so often. An id or key that the project
    does not have is refused. `sample`: of those, only what is drawn from them when the act begins.
    """

    tasks: Ids
    items: Ids
    external_keys: Annotated[list[ExternalKey], Field(min_length=1, max_length=IDS_MAX)]
    states: Annotated[list[State], Field(min_length=1, max_length=4)]
    code: Code
    priorities: Annotated[list[Priority], Field(min_length=1, max_length=4)]  # type: ignore[valid-type]
    step: Step
    group: UUID
    iteration: UUID
    deadline_before: Moment
    tags: Annotated[list[Tag], Field(min_length=1, max_length=20)]
    edge_case: Flag
    imported_from: Moment
    imported_to: Moment
    skipped_min: whole(1, 1_000_000)  # type: ignore[valid-type]
    sample: SampleGiven


@strictly
class StandingGiven(TypedDict):
    """Hold, let go on, or cancel."""

    kind: Literal["hold", "unhold", "cancel"]
    code: NotRequired[Code]
    note: NotRequired[Note | None]


@strictly
class PrioritiseGiven(TypedDict):
    """The class or the deadline from now on."""

    kind: Literal["prioritise"]
    priority: NotRequired[Priority | None]  # type: ignore[valid-type]
    deadline: NotRequired[Moment | None]
    clear_deadline: NotRequired[Flag]


@strictly
class RequireGiven(TypedDict):
    """What they ask of people beside their project from now on."""

    kind: Literal["require"]
    conditions: ConditionsGiven


@strictly
class ToIterationGiven(TypedDict):
    """Let their items, with every task of theirs, belong to this iteration of the project, or to none."""

    kind: Literal["to_iteration"]
    iteration: UUID | None


def _of_a_kind(act: Any) -> Any:
    """Says which kinds there are, and never which one was sent."""
    if isinstance(act, dict) and act.get("kind") not in KINDS:
        raise ValueError(f"the kind of an act is one of {', '.join(KINDS)}")
    return act


TaskAct = Annotated[
    StandingGiven | PrioritiseGiven | RequireGiven | ToIterationGiven,
    Field(discriminator="kind"),
    BeforeValidator(_of_a_kind),
]


class TasksBulk(Body):
    """One act on every task of the selection. With `dry_run` nothing is done: look at it first."""

    selection: TaskSelection = Field(examples=[{"tags": ["night"], "states": ["open"]}])
    act: TaskAct = Field(examples=[{"kind": "prioritise", "priority": 1}])
    dry_run: Flag


class StratumShown(Shown):
    """Of `matches` tasks `taken` are taken, of a quota of which `short` are lacking; `stratum` is null for what has
    none."""

    stratum: str | None
    matches: int
    quota: int
    taken: int
    short: int


class SampleShown(Shown):
    """What would be drawn. The act itself draws the same if it says this `seed` and this `imported_to` and nothing has
    begun or ceased to match since; `digest` tells: the SHA-256 of the taken tasks' ids, 16 bytes each, in ascending
    order. Of `strata_total` strata those with a quota and the largest are listed, a thousand at most."""

    by: str
    seed: str
    imported_to: datetime
    matched: int
    taken: int
    digest: str
    strata_total: int
    strata: list[StratumShown]


class SampledShown(Shown):
    """What was drawn when it began; a preview with the same digest had drawn the same."""

    matched: int
    taken: int
    digest: str


class TasksBulkBegun(Shown):
    """With `dry_run` what it would be done to: how many (a million at most, then `at_least`), in which states, how many
    leases are held of them, and the first; of a sample how it was drawn. Otherwise the act that has begun: read on
    under its id."""

    dry_run: bool
    bulk: UUID | None
    matched: int | None
    at_least: bool
    by_state: dict[str, int]
    leases: int | None
    first: list[TaskListed]
    sample: SampleShown | None


class BulkAskedBy(Shown):
    """Who asked for it."""

    kind: str
    id: UUID


class TasksBulkProgress(Shown):
    """How far it is: tasks that changed, were so already or were refused, leases that were taken back. `refused_with`:
    the code that ended it. `sampled`: of a sample what was drawn; what no longer matched when its turn came is in no
    count."""

    id: UUID
    project: UUID
    act: str
    status: Literal["running", "done", "stopped", "refused"]
    refused_with: str | None
    by: BulkAskedBy
    begun_at: datetime
    last_at: datetime
    changed: int
    unchanged: int
    refused: int
    revoked: int
    sampled: SampledShown | None


class LaneSteered(Shown):
    """Whether the lane serves."""

    id: UUID
    project: UUID
    paused: bool


_TASK = "/v1/tasks/{task}"
_BULK = "/v1/task-bulks/{bulk}"


def _task(verb: str, usecase: Any, says: str, body: type[Any]) -> Route:
    path = f"{_TASK}/{verb}"
    return Route(method="POST", path=path, usecase=usecase, says=says, body=body, answer=TaskSteered)


ROUTES = (
    _task("hold", use.task_hold, "Offer a task to nobody for now.", SteerBecause),
    _task("unhold", use.task_unhold, "Offer a held task again.", Empty),
    _task("cancel", use.task_cancel, "Cancel a task and take its leases back.", SteerBecause),
    _task("prioritise", use.task_prioritise, "Give a task another class or deadline.", TaskPrioritise),
    _task("require", use.task_require, "Ask other people for a task.", TaskRequire),
    Route(
        method="POST",
        path="/v1/items/{item}/cancel",
        usecase=use.item_cancel,
        says="Cancel every open task of an item.",
        body=SteerBecause,
        answer=ItemCancelled,
    ),
    Route(
        method="GET",
        path="/v1/projects/{project}/tasks",
        usecase=use.task_list,
        says="List a project's tasks, such as those that are held.",
        query=TaskQuery,
        answer=TaskPage,
    ),
    Route(
        method="POST",
        path="/v1/projects/{project}/tasks/bulk",
        usecase=bulk.tasks_bulk,
        says="Do one act to many tasks, or see to which.",
        body=TasksBulk,
        answer=TasksBulkBegun,
        key="required",
        limit_bytes=LIMIT_BYTES,
    ),
    Route(
        method="GET",
        path=_BULK,
        usecase=bulk.tasks_bulk_get,
        says="Read how far a bulk act is.",
        answer=TasksBulkProgress,
    ),
    Route(
        method="POST",
        path=f"{_BULK}/stop",
        usecase=bulk.tasks_bulk_stop,
        says="Do no more of a bulk act.",
        body=Empty,
        answer=TasksBulkProgress,
    ),
    Route(
        method="POST",
        path="/v1/lanes/{lane}/pause",
        usecase=use.lane_pause,
        says="Serve nobody from a lane.",
        body=Empty,
        answer=LaneSteered,
    ),
    Route(
        method="POST",
        path="/v1/lanes/{lane}/resume",
        usecase=use.lane_resume,
        says="Serve from a lane again.",
        body=Empty,
        answer=LaneSteered,
    ),
)
