"""Disputes over HTTP: an error is looked at again by somebody independent, and its author reads what came of it."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from backend.api.cursor import moment
from backend.api.fields import Anything, Body, Empty, Flag, Note, Page, Reason, Shown
from backend.api.reviews import Verdict
from backend.api.route import Route
from backend.usecases.review import dispute_deciding as deciding
from backend.usecases.review import disputing as use

State = Literal["open", "taken", "resolved"]
Outcome = Literal["upheld", "reversed", "void"]
Source = Literal["gold", "review"]


class DisputeOpen(Body):
    """One's own lease whose answer one's feedback shows as an error, and why it is none."""

    lease: UUID
    reason: Reason


class DisputeOpened(Shown):
    """Somebody independent will look at it."""

    id: UUID
    lease: UUID
    state: State
    opened_at: datetime


class DisputeShown(Shown):
    """A dispute. `reason` is its author's, `words` are the resolver's to the author, both null in lists of managers.
    The author is told none of the fields from `annotator` to `resolved_by`."""

    id: UUID
    state: State
    lease: UUID
    project: UUID
    opened_at: datetime
    resolved_at: datetime | None
    outcome: Outcome | None
    annotator: UUID | None
    item: UUID | None
    source: Source | None
    gold: UUID | None
    review: UUID | None
    holder: UUID | None
    until: datetime | None
    resolved_by: UUID | None
    reason: str | None
    words: str | None


class DisputeSummary(Shown):
    """How many disputes stand where, the share that was reversed of those decided, and the median of the seconds that
    took; null where none was."""

    open: int
    taken: int
    upheld: int
    reversed: int
    void: int
    reversed_share: float | None
    seconds_median: float | None


class DisputePage(Shown):
    """Disputes, newest first; the summary is of all of them in the project or by the person asked for."""

    data: list[DisputeShown]
    next_cursor: str | None
    summary: DisputeSummary


class DisputeQuery(Page):
    """Which disputes; `annotator`: whose, which anybody but managers is themselves."""

    state: State | None = None
    outcome: Outcome | None = None
    project: UUID | None = None
    annotator: UUID | None = None


class RegionTold(Shown):
    """What a reviewer said of a region."""

    at: str
    verdict: Verdict
    code: str


class DisputeCase(Shown):
    """What is to be decided until then: the answer of somebody unnamed, judged by gold (`truth` is its key) or in a
    review (`truth` is the correction, null where there is none). `guideline_version` is the one it was given under."""

    id: UUID
    project: UUID
    source: Source
    until: datetime | None
    guideline_version: int
    payload: Any
    answer: Any
    truth: Any
    verdict: Verdict | None
    regions: list[RegionTold]
    note: str | None
    reason: str | None


class Dispute(DisputeShown):
    """A dispute; to who looks at it with its case."""

    case: DisputeCase | None


class DisputesPull(Body):
    """Of this project alone, where one is named."""

    project: UUID | None = None


class NoDispute(Shown):
    """Why there is none: `not_qualified` for so many, or `no_disputes` (so many wait for somebody else)."""

    code: str
    count: int


class DisputesPulled(Shown):
    """At most one, to be decided in two hours; the same again until it is."""

    disputes: list[DisputeCase]
    reasons: list[NoDispute]


class DisputeReturned(Shown):
    """It waits for somebody else."""

    id: UUID


class DisputeResolve(Body):
    """What it comes to, in words to the author. `truth` (not with upheld) is what is right instead; `gold_wrong`: the
    key of the gold item is wrong."""

    outcome: Outcome
    reason: Note = Field(min_length=1, pattern=r"\S")
    truth: Anything = None
    gold_wrong: Flag = False


class DisputeResolved(Shown):
    """What was decided, and what followed: whether gold was retired, and whether the item has a new result."""

    id: UUID
    state: State
    outcome: Outcome
    gold_retired: bool
    result_changed: bool


_ALL = "/v1/disputes"
_ONE = f"{_ALL}/{{dispute}}"

ROUTES = (
    Route(
        method="POST",
        path=_ALL,
        usecase=use.dispute_open,
        says="Dispute an error that one's own feedback shows.",
        body=DisputeOpen,
        answer=DisputeOpened,
        status=201,
        key="required",
    ),
    Route(
        method="GET",
        path=_ALL,
        usecase=use.dispute_list,
        says="List disputes: one's own, or all, with what they came to.",
        query=DisputeQuery,
        answer=DisputePage,
        cursor=moment,
    ),
    Route(
        method="POST",
        path=f"{_ALL}/pull",
        usecase=deciding.disputes_pull,
        says="Take the oldest dispute that one may decide, with its case.",
        body=DisputesPull,
        answer=DisputesPulled,
        key="required",
        again=deciding.pull_again,
    ),
    Route(
        method="GET",
        path=_ONE,
        usecase=use.dispute_get,
        says="Read a dispute and what came of it.",
        answer=Dispute,
    ),
    Route(
        method="POST",
        path=f"{_ONE}/give-back",
        usecase=deciding.dispute_give_back,
        says="Leave a dispute to somebody else.",
        body=Empty,
        answer=DisputeReturned,
    ),
    Route(
        method="POST",
        path=f"{_ONE}/resolve",
        usecase=deciding.dispute_resolve,
        says="Decide a dispute, as somebody who had no part in it.",
        body=DisputeResolve,
        answer=DisputeResolved,
    ),
)
