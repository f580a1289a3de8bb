"""Sampled review of answers, and escalation of items to experts."""

from backend.events.base import Secret, event
from backend.events.ids import (
    AnnotatorId,
    EscalationId,
    ItemId,
    LeaseId,
    ProjectId,
    ReviewId,
    SkillId,
    TaskId,
)


@event("review.drawn")
class ReviewDrawn:
    """The draw for one answer: HMAC(key of the period, lease id) against the rate; the first 8 bytes are `draw`."""

    review: ReviewId
    lease: LeaseId
    task: TaskId
    item: ItemId
    project: ProjectId
    author: AnnotatorId
    period: int
    rate_ppm: int
    draw: str
    sampled: bool


@event("review.verdict_given")
class VerdictGiven:
    """accept, correct or reject; a correction is a new version of the answer (ciphertext, with its keyed token)."""

    review: ReviewId
    lease: LeaseId
    task: TaskId
    item: ItemId
    project: ProjectId
    reviewer: AnnotatorId
    author: AnnotatorId
    skill: SkillId
    verdict: str
    correction: Secret | None
    correction_token: str | None
    truth_class: str | None
    answer_class: str | None
    rate_ppm: int
    note: Secret | None


@event("escalation.opened")
class EscalationOpened:
    """An item needs an expert: low_confidence, annotator_flagged, rework_limit or skipped_often."""

    escalation: EscalationId
    task: TaskId
    item: ItemId
    project: ProjectId
    reason: str
    raised_by: AnnotatorId | None


@event("escalation.resolved")
class EscalationResolved:
    """An expert answered; the answer stands for the item."""

    escalation: EscalationId
    task: TaskId
    item: ItemId
    project: ProjectId
    expert: AnnotatorId
    lease: LeaseId
    answer: Secret
    answer_class: str | None
