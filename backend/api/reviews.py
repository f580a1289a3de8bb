"""Reviews over HTTP: pull an answer that was drawn, give the verdict."""

from typing import Annotated, Any, Literal, NotRequired
from uuid import UUID

from pydantic import Field, StringConstraints
from typing_extensions import TypedDict

from backend.api.fields import Anything, Body, Note, Shown, strictly
from backend.api.leases import Code, Lease, NoWork, Pull
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


Verdict = Literal["accept", "correct", "reject"]


@strictly
class RegionGiven(TypedDict):
    """What is said of one region or field: `at` is its place in the answer that the lease shows, as a JSON pointer
    (`/0` is the first of a list), and `code` a word of the project's for what is wrong with it."""

    at: Annotated[str, StringConstraints(min_length=1, max_length=1_100)]
    verdict: Verdict
    code: NotRequired[Code]


class ReviewSubmit(Body):
    """The verdict; `correct` needs a correction and the others take none. `regions` say the same of parts of the answer
    and change nothing of what the verdict means."""

    verdict: Verdict
    correction: Anything = None
    note: Note | None = None
    regions: Annotated[tuple[RegionGiven, ...], Field(max_length=500)] = ()


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
