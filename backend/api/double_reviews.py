"""Double reviews over HTTP: what experts settled alone and was answered again by another."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from backend.api.fields import Page, Shown
from backend.api.route import Route
from backend.usecases.insight import double_reviews

State = Literal["passed", "waiting", "differed", "closed"]
"""Passed: drawn, not to be looked at. Waiting: for a second expert. Differed: for a third one."""
Outcome = Literal["agreed", "first", "second", "third"]


class DoubleReviewQuery(Page):
    """Those in this state; left out, all."""

    state: State | None = None


class DoubleReviewer(Shown):
    """An expert, and the lease under which they answered."""

    annotator: UUID
    lease: UUID


class DoubleReviewShown(Shown):
    """What an expert settled alone (`id` is the escalation's): the draw of their word, who answered in which order, and
    whose word stands: both agreed, or a third sided with the first or the second, or said something else. `corrected`:
    the item's result was changed by it."""

    id: UUID
    item: UUID
    task: UUID
    state: State
    period: int
    rate: float
    draw: str
    sampled: bool
    drawn_at: datetime
    experts: list[DoubleReviewer]
    outcome: Outcome | None
    corrected: bool | None
    closed_at: datetime | None


class DoubleReviewCounts(Shown):
    """How many words were drawn and sampled, how they came out, and in how many experts differ still."""

    drawn: int
    sampled: int
    agreed: int
    first: int
    second: int
    third: int
    corrected: int
    differed: int


class Confirmed(Shown):
    """Of `n` first words that were compared the share that stood, with its 95 % interval."""

    value: float
    low: float
    high: float
    n: int


class DoubleReviewPage(Shown):
    """Double reviews of a project, by id; `confirmed` is null before anything was compared."""

    project: UUID
    counts: DoubleReviewCounts
    confirmed: Confirmed | None
    data: list[DoubleReviewShown]
    next_cursor: str | None


ROUTES = (
    Route(
        method="GET",
        path="/v1/projects/{project}/double-reviews",
        usecase=double_reviews.double_review_list,
        says="List which words of experts were drawn for a second look, and what it came to.",
        query=DoubleReviewQuery,
        answer=DoubleReviewPage,
    ),
)
