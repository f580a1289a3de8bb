"""Work over HTTP as the worker sees it: pull, keep, submit or give back a lease."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from backend.api.fields import Anything, Body, Empty, Note, Said, Shown, whole
from backend.api.route import Route
from backend.usecases.tasks import assigning, escalating, holding, submitting
from backend.usecases.tasks import queue as use

PULL_MAX = 20


class Pull(Body):
    """How many leases at most, and of which project if not of any."""

    project: UUID | None = None
    max: whole(1, PULL_MAX) = Field(default=1, examples=[1])  # type: ignore[valid-type]


class Lease(Shown):
    """One slot of one task, held by one person. `task` and `item` are handles of this lease alone; nothing
    tells gold from work. `payload` is null unless the caller holds the lease."""

    id: UUID
    task: UUID
    item: UUID
    project: UUID
    stage: Literal["annotate", "expert", "review"]
    payload: Any
    guideline_version: int
    claimed_at: datetime
    expires_at: datetime
    state: str


class LeaseRead(Lease):
    """With the draft that the holder has begun on this item, if there is one."""

    draft: Any | None = None


class NoWork(Shown):
    """Why there is nothing, or no more: a code of the catalogue and what belongs to it."""

    model_config = ConfigDict(extra="allow")

    code: str
    count: int | None = None
    retry_after_s: float | None = None
    detail: str | None = None


class Pulled(Shown):
    """Leases; when there are none, `reasons` says why. `hints` only advise, such as `break_suggested`."""

    leases: list[Lease]
    reasons: list[NoWork]
    hints: list[NoWork]


class Beat(Shown):
    """The lease lives until then, unless the next heartbeat comes first."""

    lease: UUID
    expires_at: datetime


class LeaseDraft(Body):
    """What there is of the answer so far."""

    draft: Anything = Field(examples=[{"boxes": []}])


class DraftKept(Shown):
    """It waits for the same person and item, even when the lease is lost."""

    lease: UUID
    kept_at: datetime


class LeaseSubmit(Body):
    """The answer, and how long it took as the client measured it."""

    answer: Anything = Field(examples=["cat"])
    client_seconds: whole(0, 604_800) | None = None  # type: ignore[valid-type]


class LeaseSubmitted(Shown):
    """The answer counts; `reclaimed` says that the lease had ended and the slot was taken back."""

    lease: UUID
    status: Literal["submitted"]
    reclaimed: bool


class GiveBack(Body):
    """Why, if the person says."""

    reason: Said = ""


class LeaseEnded(Shown):
    """How the lease ended."""

    lease: UUID
    status: str


class LeaseEscalate(GiveBack):
    """Why an expert should look, and a note to them."""

    note: Note | None = None


class LeaseEscalated(LeaseEnded):
    """The escalation that was opened."""

    escalation: UUID | None


class LeaseAssign(Body):
    """To whom."""

    annotator: UUID


class LeaseAssigned(Shown):
    """The lease that the person now holds."""

    lease: UUID
    task: UUID
    annotator: UUID
    expires_at: datetime


class LateAnswer(Shown):
    """An answer that came too late to count, kept."""

    id: UUID
    lease: UUID
    annotator: UUID
    answer: Any
    kept_at: datetime


_LEASE = "/v1/leases/{lease}"

ROUTES = (
    Route(
        method="POST",
        path="/v1/leases/pull",
        usecase=use.lease_pull,
        says="Ask for work, as oneself.",
        body=Pull,
        answer=Pulled,
        key="required",
        again=use.pull_again,
    ),
    Route(
        method="POST",
        path=f"{_LEASE}/submit",
        usecase=submitting.lease_submit,
        says="Hand in the answer.",
        body=LeaseSubmit,
        answer=LeaseSubmitted,
    ),
    Route(
        method="POST",
        path=f"{_LEASE}/heartbeat",
        usecase=holding.lease_heartbeat,
        says="Say that the work goes on.",
        body=Empty,
        answer=Beat,
    ),
    Route(method="GET", path=_LEASE, usecase=use.lease_get, says="Read a lease.", answer=LeaseRead),
    Route(
        method="POST",
        path=f"{_LEASE}/draft",
        usecase=holding.lease_draft,
        says="Keep what there is of the answer so far.",
        body=LeaseDraft,
        answer=DraftKept,
    ),
    Route(
        method="POST",
        path=f"{_LEASE}/release",
        usecase=holding.lease_release,
        says="Give the lease back; the person may meet the item again.",
        body=GiveBack,
        answer=LeaseEnded,
    ),
    Route(
        method="POST",
        path=f"{_LEASE}/skip",
        usecase=holding.lease_skip,
        says="Decline the item; the person does not meet it again.",
        body=GiveBack,
        answer=LeaseEnded,
    ),
    Route(
        method="POST",
        path=f"{_LEASE}/escalate",
        usecase=escalating.lease_escalate,
        says="Say that an expert is needed.",
        body=LeaseEscalate,
        answer=LeaseEscalated,
    ),
    Route(
        method="POST",
        path="/v1/tasks/{task}/assign",
        usecase=assigning.lease_assign,
        says="Give a slot of a task to a person.",
        body=LeaseAssign,
        answer=LeaseAssigned,
        status=201,
        key="required",
    ),
    Route(
        method="GET",
        path="/v1/late-answers/{late_answer}",
        usecase=use.late_answer_get,
        says="Read an answer that came too late.",
        answer=LateAnswer,
    ),
)
