"""Leases: one person holds one slot for a time, answers, or gives it back; nothing they send is dropped."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from backend.events.base import Secret, added, event, upcast
from backend.events.ids import (
    AnnotatorId,
    GoldId,
    ItemGroupId,
    ItemId,
    LaneId,
    LateAnswerId,
    LeaseId,
    ProjectId,
    SkillId,
    TaskId,
)


@event("lease.claimed", version=2)
class LeaseClaimed:
    """One person holds one slot (or one gold item) until `until`; the lease id is the fencing token.

    `ring` is the ring of the lane's requirement under which the person was served (0: all of it). `opened` at once, or
    to be opened by `start_by`; `hard_until` ends it whatever the heartbeats say. `assigned` by somebody, `again` to who
    met the item before. `why` is JSON: why this lane for this person.
    """

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
    step: str
    generation: int
    ring: int
    priority: int
    group: ItemGroupId | None
    assigned: bool
    again: bool
    opened: bool
    start_by: datetime | None
    hard_until: datetime | None


@upcast("lease.claimed", 1)
def _opened_at_once(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Until then nothing was prefetched, nothing had a hard limit, and a step was named as its kind of work."""
    return {
        **data,
        "step": data["stage"],
        "generation": 1,
        "ring": 0,
        "priority": 2,
        "group": None,
        "assigned": False,
        "again": False,
        "opened": True,
        "start_by": None,
        "hard_until": None,
    }


@event("lease.started")
class LeaseStarted:
    """What was prefetched or assigned was opened by its holder: its hard limit counts from now."""

    lease: LeaseId
    hard_until: datetime | None


@event("lease.paused")
class LeasePaused:
    """Put aside by its holder at `at`, with what they have; given back when it is not resumed by `until`."""

    lease: LeaseId
    at: datetime
    until: datetime


@event("lease.resumed")
class LeaseResumed:
    """Taken up again; the time it lay aside does not count towards the hard limit."""

    lease: LeaseId
    until: datetime
    hard_until: datetime | None


@event("lease.returned")
class LeaseReturned:
    """Prefetched or assigned and not opened by `start_by`: it went back without being held against anybody."""

    lease: LeaseId
    start_by: datetime


@event("lease.reassigned")
class LeaseReassigned:
    """Handed on: `to` holds the slot under the lease `next`. `delegated` by its holder, or moved by a manager."""

    lease: LeaseId
    to: AnnotatorId
    next: LeaseId
    keep_draft: bool
    delegated: bool
    reason: Secret | None


@event("lease.submitted", version=3)
class LeaseSubmitted:
    """The answer (ciphertext) of a lease; reclaimed says that the lease had ended and its slot was still open, `unsure`
    that its author finds the case ambiguous. Its classes were checked by the project's taxonomy under this setting of
    it (`project.taxonomy_set`; 0: by none)."""

    lease: LeaseId
    answer: Secret
    answer_class: str | None
    answer_token: str
    client_seconds: int | None
    reclaimed: bool
    unsure: bool = False
    taxonomy_setting: int = 0


added("lease.submitted", 1, unsure=False)
added("lease.submitted", 2, taxonomy_setting=0)


@event("lease.gold_scored", version=2)
class GoldScored:
    """A gold item met in work was answered: evidence for proficiency. Classes are keyed tokens, not labels.

    `score_ppm` is how near the answer came to the truth by the scoring in force, `correct` whether that is near enough;
    `plan_version` is the plan under which it was handed out."""

    lease: LeaseId
    annotator: AnnotatorId
    skill: SkillId
    gold: GoldId
    correct: bool
    truth_class: str | None
    answer_class: str | None
    score_ppm: int = 0
    plan_version: int = 0


@upcast("lease.gold_scored", 1)
def _right_or_wrong(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Until then an answer was the truth or worth nothing."""
    return {**data, "score_ppm": 1_000_000 * data["correct"], "plan_version": 0}


@event("lease.released", version=2)
class LeaseReleased:
    """Given back; the person may meet the item again. Why is a code, and in their words ciphertext."""

    lease: LeaseId
    reason: Secret | None
    code: str


added("lease.released", 1, code="")


@event("lease.skipped", version=2)
class LeaseSkipped:
    """Declined; the person is not offered the item again unless it `returns`. It `counts` towards holding the task."""

    lease: LeaseId
    reason: Secret | None
    code: str
    returns: bool
    counts: bool


added("lease.skipped", 1, code="", returns=False, counts=True)


@event("lease.abandoned", version=2)
class LeaseAbandoned:
    """No sign of life until `until` (silent), or beyond the hard limit (too_long); the slot went back."""

    lease: LeaseId
    until: datetime
    cause: str


added("lease.abandoned", 1, cause="silent")


@event("lease.revoked", version=2)
class LeaseRevoked:
    """Taken away: the person was suspended, lost a right, the task was cancelled, or a manager said so (`note` is
    ciphertext)."""

    lease: LeaseId
    reason: str
    note: Secret | None


added("lease.revoked", 1, note=None)


@event("lease.escalated", version=2)
class LeaseEscalated:
    """The person says that this needs an expert; why is a code of the project's, and in their words ciphertext."""

    lease: LeaseId
    reason: Secret | None
    note: Secret | None
    code: str = ""


added("lease.escalated", 1, code="")


@event("lease.late_answer_kept")
class LateAnswerKept:
    """An answer that came too late to count; kept for its author and managers, never counted."""

    lease: LeaseId
    late_answer: LateAnswerId
    annotator: AnnotatorId
    answer: Secret
    answer_token: str
