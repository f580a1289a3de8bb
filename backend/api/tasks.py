"""Work over HTTP as its managers see it: import items, add gold, read items and tasks."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from backend.api.fields import Anything, Body, ExternalKey, Flag, Shown, strictly
from backend.api.route import Route
from backend.usecases.insight import reports
from backend.usecases.projects import intake

IMPORT_LIMIT_BYTES = 4_194_304
IMPORT_MAX = 1_000


@strictly
class ItemGiven(TypedDict):
    """An item under the customer's own key; payloads beyond a few KiB are attached by URI."""

    external_key: ExternalKey
    payload: Anything


class ItemImport(Body):
    """Items; a known external key is named in the answer, not changed."""

    items: tuple[ItemGiven, ...] = Field(
        min_length=1,
        max_length=IMPORT_MAX,
        examples=[[{"external_key": "img-0001", "payload": {"image": "https://example.org/1.png"}}]],
    )


class ItemImportedOne(Shown):
    """What became of one item."""

    external_key: str
    item: UUID
    task: UUID | None
    status: Literal["created", "exists"]


class ItemImported(Shown):
    """What became of each, in the order sent."""

    results: list[ItemImportedOne]
    created: int


class Item(Shown):
    """An item with its payload and what was decided about it."""

    id: UUID
    project: UUID
    external_key: str | None
    payload: Any
    tasks: list[UUID]
    result: Any


@strictly
class GoldGiven(TypedDict):
    """An item whose right answer is known."""

    external_key: ExternalKey
    payload: Anything
    truth: Anything


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
    stage: Literal["annotate", "review", "expert"]
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
