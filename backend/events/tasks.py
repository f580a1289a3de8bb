"""Work: items come in, tasks open slots, leases hold them, answers come out."""

from datetime import datetime

from backend.events.base import Secret, event
from backend.events.ids import (
    AnnotatorId,
    GoldId,
    ItemId,
    LaneId,
    LateAnswerId,
    LeaseId,
    ProjectId,
    SkillId,
    TaskId,
)


@event("item.imported")
class ItemImported:
    """A datum; its payload and the customer's own key for it are ciphertext, the key's blind index is unique."""

    item: ItemId
    project: ProjectId
    external_key: Secret
    external_key_index: bytes
    payload: Secret


@event("task.opened")
class TaskOpened:
    """One stage of one item, with `slots` openings in a lane; `first_ord` is its place there in microseconds."""

    task: TaskId
    item: ItemId
    project: ProjectId
    lane: LaneId
    stage: str
    slots: int
    first_ord: int
    subject: LeaseId | None = None


@event("task.slot_added")
class SlotAdded:
    """One more opening, because an answer was rejected or the aggregate is unsure; `cause` is that answer's lease."""

    task: TaskId
    slot: int
    lane: LaneId
    ord: int
    reason: str
    cause: LeaseId


@event("task.decided")
class TaskDecided:
    """The item's result: `result` is ciphertext of the answer and its ties, confidence in parts per million.

    `basis_index` is the place in the log up to which proficiency was known. `by` is aggregate, review or expert.
    `result_token` is a keyed token of the result: equal for equal results, telling nothing else.
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


@event("lease.claimed")
class LeaseClaimed:
    """One person holds one slot (or one gold item) until `until`; the lease id is the fencing token."""

    lease: LeaseId
    annotator: AnnotatorId
    project: ProjectId
    lane: LaneId
    stage: str
    task: TaskId
    item: ItemId
    slot: int
    ord: int
    gold: GoldId | None
    guideline_version: int
    until: datetime
    why: str


@event("lease.submitted")
class LeaseSubmitted:
    """The answer (ciphertext) of a lease; reclaimed says that the lease had ended and its slot was still open."""

    lease: LeaseId
    answer: Secret
    answer_class: str | None
    answer_token: str
    client_seconds: int | None
    reclaimed: bool


@event("lease.gold_scored")
class GoldScored:
    """A gold item met in work was answered: evidence for proficiency. Classes are keyed tokens, not labels."""

    lease: LeaseId
    annotator: AnnotatorId
    skill: SkillId
    gold: GoldId
    correct: bool
    truth_class: str | None
    answer_class: str | None


@event("lease.released")
class LeaseReleased:
    """Given back; the person may meet the item again. Why, if they said, is ciphertext."""

    lease: LeaseId
    reason: Secret | None


@event("lease.skipped")
class LeaseSkipped:
    """Declined; the person is not offered the item again."""

    lease: LeaseId
    reason: Secret | None


@event("lease.abandoned")
class LeaseAbandoned:
    """No sign of life until `until`; the slot went back."""

    lease: LeaseId
    until: datetime


@event("lease.revoked")
class LeaseRevoked:
    """Taken away: the person was suspended, lost a right, or the task was held."""

    lease: LeaseId
    reason: str


@event("lease.escalated")
class LeaseEscalated:
    """The person says that this needs an expert; why and the note are ciphertext."""

    lease: LeaseId
    reason: Secret | None
    note: Secret | None


@event("lease.late_answer_kept")
class LateAnswerKept:
    """An answer that came too late to count; kept for its author and managers, never counted."""

    lease: LeaseId
    late_answer: LateAnswerId
    annotator: AnnotatorId
    answer: Secret
    answer_token: str
