"""Reviews that wait, over HTTP: what is in the holding tank, and one verdict on many of it."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints
from typing_extensions import TypedDict

from backend.api.fields import Body, Flag, Moment, Note, Page, Shown, Word, strictly, whole
from backend.api.route import Route
from backend.usecases.review import bulk_deciding, waiting

ClassToken = Annotated[str, StringConstraints(min_length=1, max_length=100)]
BulkWord = Literal["approve", "reject"]


class WaitingQuery(Page):
    """Which answers; of all that is said all is true. `answered_from` is the first moment that is meant, `answered_to`
    the first that is not. `answer_class` is a keyed token, as the list shows it. `review_step`: only what waits in this
    review step of a workflow; what is said of answers is said of any of those that are judged there."""

    annotator: UUID | None = None
    answer_class: ClassToken | None = None
    step: Word | None = None
    unsure: bool | None = None
    vendor: UUID | None = None
    answered_from: Moment | None = None
    answered_to: Moment | None = None
    review_step: Word | None = None


class WaitingReview(Shown):
    """What waits for review and is in nobody's hands: an answer that was drawn, or what the `step` of a workflow came
    to, which waits in its `review_step` as this `task` (null of drawn answers). Whose it is (`lease`, `annotator`,
    `vendor`, `answer_class`) is null where it rests on several answers, or on none by a person; `unsure`: an author
    found the case ambiguous."""

    lease: UUID | None
    task: UUID | None
    annotator: UUID | None
    vendor: UUID | None
    answer_class: str | None
    step: str
    review_step: str | None
    unsure: bool
    answered_at: datetime
    age_seconds: int


class WaitingPage(Shown):
    """What waits, the oldest work first."""

    data: list[WaitingReview]
    next_cursor: str | None


@strictly
class BulkSelection(TypedDict, total=False):
    """Either `leases` of answers and `tasks` of review steps, or a filter as the list takes it, of which the first
    `most` are decided. A filter passes over what this person had a part in, and what somebody is claiming."""

    leases: Annotated[list[UUID], Field(min_length=1, max_length=1_000)]
    tasks: Annotated[list[UUID], Field(min_length=1, max_length=1_000)]
    annotator: UUID
    answer_class: ClassToken
    step: Word
    unsure: Flag
    vendor: UUID
    answered_from: Moment
    answered_to: Moment
    review_step: Word
    most: whole(1, 1_000)  # type: ignore[valid-type]


class ReviewsBulk(Body):
    """The verdict on all of them. One that may not be decided refuses them all, unless `skip_refused`; `dry_run` shows
    what would be decided and changes nothing."""

    verdict: BulkWord
    note: Note | None = None
    selection: BulkSelection
    dry_run: Flag = False
    skip_refused: Flag = False


class BulkRefused(Shown):
    """One that may not be decided (the answer's lease, or the task of a review step), and why."""

    lease: UUID | None
    task: UUID | None
    code: str
    expected: str
    found: str
    mend: str


class BulkLook(Shown):
    """One of them as its review would show it; whose it is stays unsaid."""

    lease: UUID | None
    task: UUID | None
    payload: Any
    answer: Any


class ReviewsDecided(Shown):
    """How many were selected and decided (in a dry run: would be), and which not; `bulk` names the act in the facts of
    each (null where nothing was done). `first`: in a dry run the first of them; it is not repeated for the same key."""

    dry_run: bool
    bulk: UUID | None
    verdict: BulkWord
    selected: int
    decided: int
    refused: list[BulkRefused]
    first: list[BulkLook]


_REVIEWS = "/v1/projects/{project}/reviews"

ROUTES = (
    Route(
        method="GET",
        path=f"{_REVIEWS}/waiting",
        usecase=waiting.reviews_waiting,
        says="List what waits for review, drawn or in the steps of workflows.",
        query=WaitingQuery,
        answer=WaitingPage,
    ),
    Route(
        method="POST",
        path=f"{_REVIEWS}/bulk",
        usecase=bulk_deciding.reviews_bulk,
        says="Approve or reject many reviews at once, all or none of them.",
        body=ReviewsBulk,
        answer=ReviewsDecided,
        key="required",
    ),
)
