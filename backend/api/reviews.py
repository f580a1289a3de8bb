"""Reviews over HTTP: pull an answer that was drawn, give the verdict."""

from typing import Any, Literal
from uuid import UUID

from backend.api.fields import Anything, Body, Note, Shown
from backend.api.leases import Lease, NoWork, Pull
from backend.api.route import Route
from backend.usecases.review import reviews as use
from backend.usecases.tasks import queue


class ReviewLease(Lease):
    """A lease with the answer to judge; whose it is stays unsaid."""

    answer: Any


class ReviewPulled(Shown):
    """Leases; when there are none, `reasons` says why."""

    leases: list[ReviewLease]
    reasons: list[NoWork]
    hints: list[NoWork]


class ReviewSubmit(Body):
    """The verdict; `correct` needs a correction and the others take none."""

    verdict: Literal["accept", "correct", "reject"]
    correction: Anything = None
    note: Note | None = None


class ReviewSubmitted(Shown):
    """The verdict as kept; as an answer of its own where reviewing is a step of a workflow, without a `review`."""

    lease: UUID
    review: UUID | None
    verdict: str


ROUTES = (
    Route(
        method="POST",
        path="/v1/reviews/pull",
        usecase=use.review_pull,
        says="Ask for answers to review, as oneself.",
        body=Pull,
        answer=ReviewPulled,
        key="required",
        again=queue.pull_again,
    ),
    Route(
        method="POST",
        path="/v1/reviews/{lease}/submit",
        usecase=use.review_submit,
        says="Give the verdict.",
        body=ReviewSubmit,
        answer=ReviewSubmitted,
    ),
)
