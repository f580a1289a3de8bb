"""What a lease can be, and what can be asked of it: the states and commands of the decider in lease.py."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from backend.events.base import Secret
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

How = Literal["released", "skipped", "abandoned", "returned", "revoked", "escalated", "reassigned"]
"""The ways to end without an answer that counts."""
At = Literal["held", "started", "paused"]
"""Held: not opened yet. Paused: put aside with what there is."""

# --- states


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An answer that came too late, and the id under which it is kept."""

    answer_token: str
    late_answer: LateAnswerId


@dataclass(frozen=True, slots=True)
class Unclaimed:
    """No such lease yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The person has the slot; `until` is when it may be taken away, not when it is lost.

    Not opened, it is to be opened by `start_by`, and `hard_until` counts from there; opened, nothing prolongs it beyond
    `hard_until`; paused since `paused_at`, it waits until `until`.
    """

    lease: LeaseId
    annotator: AnnotatorId
    gold: GoldId | None
    until: datetime
    state: At = "started"
    start_by: datetime | None = None
    hard_until: datetime | None = None
    paused_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """The answer counts; other answers sent later are kept beside it."""

    lease: LeaseId
    annotator: AnnotatorId
    gold: GoldId | None
    answer_token: str
    scored: bool = False
    kept: tuple[Kept, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """Ended without an answer that counts; `how` decides whether the slot may be taken back. `next` is the lease to
    which it was handed on."""

    lease: LeaseId
    annotator: AnnotatorId
    gold: GoldId | None
    how: How
    next: LeaseId | None = None
    kept: tuple[Kept, ...] = ()


Lease: TypeAlias = Unclaimed | Held | Submitted | Ended

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimSlot:
    """Give one slot (or one gold item) to one person until `until`; the fields are those of the event."""

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
    generation: int = 1
    ring: int = 0
    priority: int = 2
    group: ItemGroupId | None = None
    assigned: bool = False
    again: bool = False
    opened: bool = True
    start_by: datetime | None = None
    hard_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Its holder opens what was prefetched or assigned: its hard limit begins."""

    annotator: AnnotatorId
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Its holder puts it aside, until `until` at the latest."""

    annotator: AnnotatorId
    now: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """Its holder takes it up again; the hard limit moves by the time it lay aside."""

    annotator: AnnotatorId
    now: datetime
    lease_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Submit:
    """The person's answer. `slot_open` and `allowed` matter only when the lease has ended.

    `late_answer` is the id under which the answer is kept should it not count; `unsure`: they find the case ambiguous;
    `taxonomy_setting`: by which setting of the project's taxonomy its classes were checked (0: by none).
    """

    annotator: AnnotatorId
    answer: Secret
    answer_class: str | None
    answer_token: str
    client_seconds: int | None
    slot_open: bool
    allowed: bool
    late_answer: LateAnswerId
    unsure: bool = False
    taxonomy_setting: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreGold:
    """The submitted answer to a gold item compared with its truth: how near it came, and whether that is near enough.
    Classes are keyed tokens."""

    skill: SkillId
    correct: bool
    truth_class: str | None
    answer_class: str | None
    score_ppm: int
    plan_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """The person gives it back and may meet the item again; `code` says why, `reason` in their words."""

    annotator: AnnotatorId
    reason: Secret | None
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """The person declines; whether the item `returns` to them and whether it `counts` is the policy of the `code`."""

    annotator: AnnotatorId
    reason: Secret | None
    code: str = ""
    returns: bool = False
    counts: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalate:
    """The person says that this needs an expert; `code` says why, `reason` in their words."""

    annotator: AnnotatorId
    reason: Secret | None
    note: Secret | None
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reassign:
    """Hand it on to `to`, who holds the slot under the lease `next`: its holder does (`delegated`), or a manager."""

    to: AnnotatorId
    next: LeaseId
    keep_draft: bool
    delegated: bool
    reason: Secret | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expire:
    """The sweeper asks whether the lease is over at `now`; `until` is when its last sign of life runs out, which is no
    event."""

    now: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoke:
    """Take it away: the person may no longer work on it, the task is held, or a manager says so in a `note`."""

    reason: str
    note: Secret | None = None


Command: TypeAlias = (
    ClaimSlot
    | Start
    | Pause
    | Resume
    | Submit
    | ScoreGold
    | Release
    | Skip
    | Escalate
    | Reassign
    | Expire
    | Revoke
)
