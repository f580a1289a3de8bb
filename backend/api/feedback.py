"""Feedback over HTTP: what people are told of their errors, what a project tells, and gold that is disclosed."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from backend.api.disputes import RegionTold
from backend.api.fields import Body, Flag, Note, Shown, whole
from backend.api.gold import Why
from backend.api.route import Route
from backend.api.training import Retraining
from backend.usecases.gold import disclosing
from backend.usecases.proficiency import feedback as use
from backend.usecases.projects import feedback as settings


class FeedbackGiven(Body):
    """What people in the project are told of reviews that found an answer wrong, beside that it is: `review_notes` with
    what was said of regions, `corrections`. Errors may be disputed for so many whole days (UTC)."""

    review_notes: Flag
    corrections: Flag
    dispute_days: whole(1, settings.DISPUTE_DAYS_MAX) = settings.DISPUTE_DAYS  # type: ignore[valid-type]


class ProjectFeedback(Shown):
    """What holds in the project; version 1: nothing was said. It is also the ETag."""

    project: UUID
    version: int
    review_notes: bool
    corrections: bool
    dispute_days: int


class ReviewSaid(Shown):
    """What the reviewer said, as far as the project tells it."""

    correction: Any
    note: str | None
    regions: list[RegionTold]


class ToldError(Shown):
    """An own answer that was wrong, with the day on which that was told and the moment until which it may be disputed.
    `review` is null for most: of some errors nothing more is told than that they are."""

    lease: UUID
    project: UUID
    skill: UUID
    at: datetime
    answer: Any
    told_on: date
    disputable_until: datetime
    dispute: UUID | None
    review: ReviewSaid | None


class DisclosedGold(Shown):
    """Gold that the person answered, in work (with its `lease`) or in an exam, and that is asked no more: the own
    answer, the truth, and why. `correct` is null where it counts no more."""

    gold: UUID
    project: UUID
    lease: UUID | None
    at: datetime
    answer: Any
    correct: bool | None
    truth: Any
    explanation: str | None
    disclosed_at: datetime
    disputable_until: datetime | None
    dispute: UUID | None


class Mistake(Shown):
    """A wrong answer in practice, or in a quiz that was passed since, with what is right."""

    course: UUID
    version: int
    module: str | None
    at: datetime
    question: str
    prompt: Any
    answer: Any
    truth: Any
    explanation: str | None


class TakenBack(Shown):
    """An error that was told and is none any more: it counts as right, or not at all."""

    lease: UUID
    project: UUID
    skill: UUID
    at: datetime
    told_on: date
    counts: Literal["right", "not_at_all"]


class AskedExpert(Shown):
    """An item for which the person asked for an expert; `lease` and `escalation` as they were told then. `answered`:
    this is what stands (`answer` where the project tells corrections), and why, in the words of an expert or a manager
    (`explanation` where it tells review notes). Of some nothing is told but that it was asked."""

    lease: UUID
    project: UUID
    at: datetime
    escalation: UUID
    state: Literal["asked", "answered"]
    answer: Any
    explanation: str | None


class Feedback(Shown):
    """The newest errors (200 at most of each kind); those of work come ten pieces of evidence at a time. What was told
    and turned out to be none is `taken_back`; `asked`: what came back of calls for an expert."""

    annotator: UUID
    errors: list[ToldError]
    disclosed: list[DisclosedGold]
    training: list[Mistake]
    retraining: list[Retraining]
    taken_back: list[TakenBack]
    asked: list[AskedExpert]


class GoldDisclose(Body):
    """Why the truth is the truth, for those who answered the item."""

    explanation: Note


class GoldTold(Shown):
    """Gold that is asked no more, why it was retired, and that is told to who answered it."""

    gold: UUID
    why: Why


_OF_PROJECT = "/v1/projects/{project}/feedback"

ROUTES = (
    Route(
        method="GET",
        path="/v1/annotators/{annotator}/feedback",
        usecase=use.feedback_get,
        says="Read what a person is told of their errors in work and training.",
        answer=Feedback,
    ),
    Route(
        method="GET",
        path=_OF_PROJECT,
        usecase=settings.project_feedback_get,
        says="Read what people in a project are told of reviews.",
        answer=ProjectFeedback,
        etag=True,
    ),
    Route(
        method="PUT",
        path=_OF_PROJECT,
        usecase=settings.project_feedback_update,
        says="Change what people in a project are told of reviews.",
        body=FeedbackGiven,
        answer=ProjectFeedback,
        if_match=True,
        etag=True,
    ),
    Route(
        method="POST",
        path="/v1/gold/{gold}/disclose",
        usecase=disclosing.gold_disclose,
        says="Ask a gold item no more and tell its truth to who answered it.",
        body=GoldDisclose,
        answer=GoldTold,
    ),
)
