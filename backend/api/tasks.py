"""Work over HTTP as its managers see it: import items, add gold, read items and tasks."""

from datetime import datetime
from typing import Annotated, Any, Literal, NotRequired
from uuid import UUID

from pydantic import Field, StringConstraints
from typing_extensions import TypedDict

from backend.api.fields import (
    Anything,
    Body,
    ExternalKey,
    Flag,
    Moment,
    Page,
    Sha256,
    Share,
    Shown,
    Stage,
    Word,
    strictly,
    whole,
)
from backend.api.route import Route
from backend.usecases.insight import reports
from backend.usecases.projects import intake, item_listing

IMPORT_LIMIT_BYTES = 4_194_304
IMPORT_MAX = 1_000

Tag = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._:-]{0,63}$")]
Tags = Annotated[tuple[Tag, ...], Field(max_length=32)]


@strictly
class NeedGiven(TypedDict, total=False):
    """One condition, said with exactly one name; `level_min` (at least this level) beside `skill` only. Languages and
    clearances are skills of those kinds."""

    skill: UUID
    level_min: whole(1, 10)  # type: ignore[valid-type]
    vendor: UUID
    team: UUID
    origin: Word
    check: Word
    compliance: Word


@strictly
class NeedsGiven(TypedDict, total=False):
    """People meet all of `all`, one of each group of `any`, and none of `none`, beside what the project asks."""

    all: Annotated[list[NeedGiven], Field(max_length=20)]
    any: Annotated[list[Annotated[list[NeedGiven], Field(max_length=20)]], Field(max_length=20)]
    none: Annotated[list[NeedGiven], Field(max_length=20)]


@strictly
class PredictionGiven(TypedDict):
    """What a registered model answers to the item, and how sure it says it is."""

    model: UUID
    answer: Anything
    confidence: Share


@strictly
class ItemGiven(TypedDict):
    """An item under the customer's own key, with exactly one of `payload` and `payload_uri` (beside which `sha256` and
    `media_type` may say what lies there). `priority`: 0 real time, 1 urgent, 2 normal, 3 backfill. Items of one `group`
    are claimed together. `iteration`: the id or name of one of the project, to which it belongs. `prediction`: by
    the project's model routing it stands, or people answer, who do not see it."""

    external_key: ExternalKey
    payload: NotRequired[Anything]
    payload_uri: NotRequired[Annotated[str, StringConstraints(min_length=3, max_length=2_000)]]
    sha256: NotRequired[Sha256]
    media_type: NotRequired[Word]
    priority: NotRequired[whole(0, 3)]  # type: ignore[valid-type]
    deadline: NotRequired[Moment]
    tags: NotRequired[Tags]
    edge_case: NotRequired[Flag]
    group: NotRequired[Annotated[str, StringConstraints(min_length=1, max_length=200)]]
    iteration: NotRequired[Annotated[str, StringConstraints(min_length=1, max_length=100)]]
    needs: NotRequired[NeedsGiven]
    prediction: NotRequired[PredictionGiven]


ItemLoose = Annotated[
    Any, Field(description="An item as `item_create` takes it; one that is not is refused alone.")
]


class ItemImport(Body):
    """Items; a known external key is named in the answer, not changed. Each is judged by itself: one that is wrong is
    refused in its row and stops no other."""

    items: tuple[ItemLoose, ...] = Field(
        min_length=1,
        max_length=IMPORT_MAX,
        examples=[
            [
                {
                    "external_key": "img-0001",
                    "payload": {"image": "https://example.org/1.png"},
                    "tags": ["night"],
                }
            ]
        ],
    )


class ItemProblem(Shown):
    """Why an item was refused; `where` is a JSON Pointer into it, null where the item as a whole is meant."""

    code: str
    where: str | None
    expected: str
    found: str
    mend: str


class ItemImportedOne(Shown):
    """What became of one item; of a refused one only why."""

    external_key: str | None
    item: UUID | None
    task: UUID | None
    status: Literal["created", "exists", "refused"]
    group: UUID | None
    problem: ItemProblem | None


class ItemImported(Shown):
    """What became of each, in the order sent."""

    results: list[ItemImportedOne]
    created: int
    exists: int
    refused: int


State = Literal["no_work", "open", "held", "cancelled", "decided"]


DecidedBy = Literal["model", "aggregate", "review", "expert"]


class ItemListed(Shown):
    """An item in a list; of its result how sure it is, and whose hand decided it."""

    id: UUID
    external_key: str | None
    tags: list[str]
    edge_case: bool
    priority: int
    deadline: datetime | None
    group: UUID | None
    state: State
    generation: int
    imported_at: datetime
    confidence: float | None
    decided_by: DecidedBy | None


class ItemPage(Shown):
    """Items by id; a page may be short and still have a next one."""

    data: list[ItemListed]
    next_cursor: str | None


class ItemNeeds(Shown):
    """What its tasks ask of people beside the project, as it was said."""

    all: list[dict[str, Any]]
    any: list[list[dict[str, Any]]]
    none: list[dict[str, Any]]


def _place(key: str) -> object:
    return item_listing.place_by_sureness(key) if "|" in key else UUID(key)


class Item(ItemListed):
    """An item with its payload and what was decided about it."""

    project: UUID
    payload: Any
    needs: ItemNeeds
    iteration: UUID | None
    tasks: list[UUID]
    result: Any


class ItemMark(Body):
    """Tags in the place of all it has, and the edge-case mark; what is left out stays as it is."""

    tags: Tags | None = None
    edge_case: Flag | None = None


class ItemMarked(Shown):
    """How it is marked now."""

    id: UUID
    tags: list[str]
    edge_case: bool


class ItemQuery(Page):
    """Which items, by id; or decided ones by how probably their result is right, the least sure first: with `sort`, a
    range of `confidence`, or a `label` (what the result says: text, or a number or true and false)."""

    tag: Tag | None = None
    edge_case: bool | None = None
    state: State | None = None
    label: Annotated[str, StringConstraints(min_length=1, max_length=500)] | None = None
    confidence_from: Annotated[float, Field(ge=0, le=1)] = 0.0
    confidence_to: Annotated[float, Field(ge=0, le=1)] = 1.0
    decided_by: DecidedBy | None = None
    sort: Literal["id", "confidence"] = "id"


class ItemSchema(Shown):
    """JSON Schemas: of an item as it is sent, and of the answers of those steps that have one."""

    project: UUID
    workflow_version: int
    item: dict[str, Any]
    answers: dict[str, Any]


@strictly
class GoldGiven(TypedDict):
    """An item whose right answer is known; with `edge_case` it is marked as one, or not, from now on."""

    external_key: ExternalKey
    payload: Anything
    truth: Anything
    edge_case: NotRequired[Flag]


class GoldAdd(Body):
    """Gold; with `exam_only` it is asked in exams alone and never mixed into work."""

    gold: tuple[GoldGiven, ...] = Field(min_length=1, max_length=IMPORT_MAX)
    exam_only: Flag = False


class GoldAddedOne(Shown):
    """One gold item."""

    id: UUID
    item: UUID
    external_key: str


class GoldAdded(Shown):
    """The gold items, in the order sent."""

    gold: list[GoldAddedOne]


class TaskLease(Shown):
    """Who holds or held a slot, and how it ended."""

    lease: UUID
    annotator: UUID
    slot: int
    state: str


class Task(Shown):
    """A task: one stage of an item, with its slots; `answers` counts those handed in."""

    id: UUID
    item: UUID
    project: UUID
    stage: Stage
    slots: int
    state: str
    leases: list[TaskLease]
    answers: int


class Actor(Shown):
    """Who acted: an annotator, a user, a service or the system."""

    kind: str
    id: UUID


class TaskEvent(Shown):
    """One thing that happened; payloads and answers are left out."""

    type: str
    at: datetime
    by: Actor
    stream: UUID
    version: int
    data: dict[str, Any]


class TaskHistory(Shown):
    """All that happened to a task, oldest first."""

    task: UUID
    events: list[TaskEvent]


ROUTES = (
    Route(
        method="POST",
        path="/v1/projects/{project}/items",
        usecase=intake.item_import,
        says="Import items.",
        body=ItemImport,
        answer=ItemImported,
        key="required",
        limit_bytes=IMPORT_LIMIT_BYTES,
    ),
    Route(
        method="POST",
        path="/v1/projects/{project}/items/one",
        usecase=intake.item_create,
        says="Take in one item; another one under its key is refused.",
        body=ItemGiven,
        body_as="item",
        answer=ItemImportedOne,
        status=201,
    ),
    Route(
        method="GET",
        path="/v1/projects/{project}/items",
        usecase=item_listing.item_list,
        says="List a project's items by tag, mark and state.",
        query=ItemQuery,
        answer=ItemPage,
        cursor=_place,
    ),
    Route(
        method="GET",
        path="/v1/projects/{project}/item-schema",
        usecase=intake.item_schema,
        says="Read what items and answers must look like, as JSON Schema.",
        answer=ItemSchema,
    ),
    Route(
        method="PUT",
        path="/v1/items/{item}/marks",
        usecase=intake.item_mark,
        says="Mark an item: tags, edge case.",
        body=ItemMark,
        answer=ItemMarked,
    ),
    Route(
        method="GET",
        path="/v1/items/{item}",
        usecase=intake.item_get,
        says="Read an item with its payload and result.",
        answer=Item,
    ),
    Route(
        method="POST",
        path="/v1/projects/{project}/gold",
        usecase=intake.gold_add,
        says="Add items whose truth is known.",
        body=GoldAdd,
        answer=GoldAdded,
        key="required",
        limit_bytes=IMPORT_LIMIT_BYTES,
    ),
    Route(
        method="GET",
        path="/v1/tasks/{task}",
        usecase=reports.task_get,
        says="Read a task, its leases and answers.",
        answer=Task,
    ),
    Route(
        method="GET",
        path="/v1/tasks/{task}/history",
        usecase=reports.task_history,
        says="Read all that happened to a task.",
        answer=TaskHistory,
    ),
)
