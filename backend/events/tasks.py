"""Work: items come in, tasks open slots, leases hold them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from backend.events.base import Secret, added, event, upcast
from backend.events.ids import (
    BulkId,
    ItemGroupId,
    ItemId,
    IterationId,
    LaneId,
    LeaseId,
    PrincipalId,
    ProjectId,
    ReworkId,
    TaskId,
)
from backend.events.projects import Conditions

NOTHING_ASKED: dict[str, list[str]] = {"all_of": [], "any_of": [], "none_of": []}


@event("item.imported", version=3)
class ItemImported:
    """A datum; its payload (or where it lies) and the customer's own key for it are ciphertext, the key's blind index
    is unique.

    `priority` is its class, 0 (real time) to 3 (backfill); `needs` is asked of people beside what the project asks;
    items of one `group` are claimed together; `tags` are readable names of the customer's choice; `iteration` is the
    one that it was sent for.
    """

    item: ItemId
    project: ProjectId
    external_key: Secret
    external_key_index: bytes
    payload: Secret
    tags: tuple[str, ...]
    edge_case: bool
    priority: int
    deadline: datetime | None
    needs: Conditions
    group: ItemGroupId | None
    iteration: IterationId | None = None


added(
    "item.imported",
    1,
    tags=[],
    edge_case=False,
    priority=2,
    deadline=None,
    needs=NOTHING_ASKED,
    group=None,
)
added("item.imported", 2, iteration=None)


@event("item.marked")
class ItemMarked:
    """Tags and the edge-case mark as they are from now on."""

    item: ItemId
    project: ProjectId
    tags: tuple[str, ...]
    edge_case: bool


@event("task.opened", version=2)
class TaskOpened:
    """One step of one item, with `slots` openings in a lane; `first_ord` is its place there in microseconds.

    `stage` is the kind of work (annotate, review, adjudicate, expert, custom), `step` the workflow's name for it in
    `workflow_version` (0: none was published). A relabelling is a new `generation`, opened by the plan `rework`.
    """

    task: TaskId
    item: ItemId
    project: ProjectId
    lane: LaneId
    stage: str
    slots: int
    first_ord: int
    subject: LeaseId | None = None
    step: str
    priority: int
    deadline: datetime | None
    generation: int
    group: ItemGroupId | None
    workflow_version: int
    rework: ReworkId | None


@upcast("task.opened", 1)
def _before_workflows(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Until then a step was named as its kind of work, and every item was worked on once."""
    return {
        **data,
        "step": data["stage"],
        "priority": 2,
        "deadline": None,
        "generation": 1,
        "group": None,
        "workflow_version": 0,
        "rework": None,
    }


@event("task.slot_added")
class SlotAdded:
    """One more opening, because an answer was rejected or the aggregate is unsure; `cause` is that answer's lease."""

    task: TaskId
    slot: int
    lane: LaneId
    ord: int
    reason: str
    cause: LeaseId


@event("task.held")
class TaskHeld:
    """Its open slots are offered to nobody; `code` says why (manager, poison, skip), a note is ciphertext."""

    task: TaskId
    code: str
    note: Secret | None


@event("task.unheld")
class TaskUnheld:
    """Its slots are offered again, at their old place."""

    task: TaskId


@event("task.cancelled")
class TaskCancelled:
    """No answer is wanted any more: open slots are void, leases are taken back."""

    task: TaskId
    code: str
    note: Secret | None


@event("task.moved")
class TaskMoved:
    """Its open slots wait in another lane: re-classed, asked of other people, or promoted because of its deadline."""

    task: TaskId
    lane: LaneId
    priority: int
    deadline: datetime | None
    code: str


@event("task.decided", version=3)
class TaskDecided:
    """The item's result: `result` is ciphertext of the answer and its ties, confidence in parts per million.

    `basis_index` is the place in the log up to which proficiency was known. `by` is model, aggregate, review or
    expert. `result_token` is a keyed token of the result: equal for equal results, telling nothing else. `final` says
    that it is the item's result; otherwise it is only this step's. `result_class` is a keyed token of what is said, in
    the project, where that is a category.
    """

    task: TaskId
    item: ItemId
    project: ProjectId
    result: Secret
    result_token: str
    confidence_ppm: int
    judgments: int
    basis_index: int
    by: str
    step: str
    generation: int
    final: bool
    result_class: str | None = None


added("task.decided", 1, step="annotate", generation=1, final=True)
added("task.decided", 2, result_class=None)


@event("bulk.begun")
class BulkBegun:
    """One act on all tasks of a selection, done in pieces on behalf of who asked; `by_kind` is user or service.

    `selection` and `said` (what the act needs) are JSON text: ids, moments, numbers, tags and tokens. A note is
    ciphertext.
    """

    bulk: BulkId
    project: ProjectId
    act: str
    selection: str
    said: str
    note: Secret | None
    by: PrincipalId
    by_kind: str


@event("bulk.sampled")
class BulkSampled:
    """What the act is done to was drawn: `taken` of the `matched` tasks, by the sample that its selection says.
    `digest` is the SHA-256 of the taken tasks' ids, 16 bytes each, in ascending order."""

    bulk: BulkId
    matched: int
    taken: int
    digest: str


@event("bulk.advanced")
class BulkAdvanced:
    """One piece more is done, up to the task `cursor`: so many tasks changed, were so already, refused; so many leases
    were taken back."""

    bulk: BulkId
    cursor: TaskId
    changed: int
    unchanged: int
    refused: int
    revoked: int


@event("bulk.ended")
class BulkEnded:
    """Nothing more is done: all is through (`why` is empty), it was stopped, or the code of what refused the rest."""

    bulk: BulkId
    why: str
