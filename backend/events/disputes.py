"""Feedback and disputes: what people are told of their errors, and what they may have looked at again by others."""

from datetime import datetime

from backend.events.base import Secret, added, event
from backend.events.ids import (
    AnnotatorId,
    DisputeId,
    GoldId,
    ItemId,
    LeaseId,
    PrincipalId,
    ProjectId,
    ReviewId,
    SkillId,
)


@event("dispute.opened")
class DisputeOpened:
    """The author of an answer disputes an error that they were told of at `released_at`; why is ciphertext.

    `source` is what judged it: gold (`gold`, whose key is by `keyed_by` where that is known) or review (`review`, given
    by `judged_by`). None of this is told to the author.
    """

    dispute: DisputeId
    lease: LeaseId
    annotator: AnnotatorId
    project: ProjectId
    item: ItemId
    generation: int
    skill: SkillId
    source: str
    gold: GoldId | None
    review: ReviewId | None
    judged_by: AnnotatorId | None
    keyed_by: PrincipalId | None
    released_at: datetime
    reason: Secret


@event("dispute.taken")
class DisputeTaken:
    """Somebody independent looks at it until then, and has seen the item, the answer and the truth."""

    dispute: DisputeId
    by: PrincipalId
    item: ItemId
    generation: int
    until: datetime


@event("dispute.returned")
class DisputeReturned:
    """It waits for somebody again; `why` is given_back or over (not decided in time)."""

    dispute: DisputeId
    by: PrincipalId
    why: str


@event("dispute.resolved", version=2)
class DisputeResolved:
    """upheld (the answer stays wrong), reversed (it counts as right) or void (it counts not at all).

    The words to its author and what the resolver says is right (where they say so) are ciphertext; `gold_wrong`: the
    gold item's key is wrong. What it does to the score stands in `score.corrected` beside it.
    `settled`: nobody looked; what it was held against was found wrong by `by`, and the score follows from that.
    """

    dispute: DisputeId
    by: PrincipalId
    outcome: str
    reason: Secret
    truth: Secret | None
    gold_wrong: bool
    settled: bool = False


added("dispute.resolved", 1, settled=False)


@event("gold.disclosed")
class GoldDisclosed:
    """Whoever answered this item may see its truth and the explanation from now on; it is asked no more.

    The truth is the ciphertext of the gold item; `explanation_token` tells the same words from others.
    """

    gold: GoldId
    project: ProjectId
    item: ItemId
    truth: Secret
    explanation: Secret
    explanation_token: str


@event("feedback.set")
class FeedbackSet:
    """What people in a project are told of reviews that found an answer wrong: notes (and verdicts on regions),
    corrections; and for how many days after it was told an error may be disputed."""

    project: ProjectId
    version: int
    review_notes: bool
    corrections: bool
    dispute_days: int
