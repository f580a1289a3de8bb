"""Work over HTTP as the worker sees it: pull, keep, submit or give back a lease."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints

from backend.api.fields import Anything, Body, Empty, Flag, Note, Said, Shown, Stage, whole
from backend.api.route import Route
from backend.usecases.review import explaining
from backend.usecases.review.expert_words import WORDS_MAX
from backend.usecases.tasks import escalating, giving_back, handing, holding, late, submitting
from backend.usecases.tasks import queue as use

PULL_MAX = 20
Open = Literal["held", "started", "paused"]
"""Held: not opened yet; paused: put aside with what there is."""
Code = Annotated[str, StringConstraints(pattern=r"^([a-z][a-z0-9_.-]{0,49})?$")]
"""A reason of the project's catalogue, or nothing."""
ExpertWords = Annotated[str, StringConstraints(min_length=1, max_length=WORDS_MAX, pattern=r"\S")]
"""Why an expert's answer is right."""


class Pull(Body):
    """How many leases at most, and of which project if not of any."""

    project: UUID | None = None
    max: whole(1, PULL_MAX) = Field(default=1, examples=[1])  # type: ignore[valid-type]


class StepSaid(Shown):
    """What an earlier step of the workflow came to: an answer, or of a review the verdict and its note."""

    step: str
    answer: Any
    verdict: str | None
    note: str | None


class Lease(Shown):
    """One slot of one task, held by one person. `task` and `item` are handles of this lease alone; nothing
    tells gold from work. `payload` is null unless the caller holds the lease.

    `state` is held (not opened yet: by `start_by`, or it goes back), started, paused, or how it ended. It ends at
    `expires_at` without a sign of life, and at `hard_until` with all of them. `assigned`: given by name. `group` is one
    handle for what belongs together. `tool` and `answer_schema` are what the step says of how it is done, and `shown`
    what it lets see of earlier steps.
    """

    id: UUID
    task: UUID
    item: UUID
    project: UUID
    stage: Stage
    step: str
    payload: Any
    tool: dict[str, Any] | None
    answer_schema: dict[str, Any] | None
    shown: list[StepSaid]
    guideline_version: int
    priority: int
    assigned: bool
    claimed_at: datetime
    start_by: datetime | None
    expires_at: datetime
    hard_until: datetime | None
    group: UUID | None
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
    """The lease lives until `expires_at`, unless the next heartbeat comes first; paused, unless it is resumed first.
    Nothing prolongs it beyond `hard_until`."""

    lease: UUID
    state: Open
    expires_at: datetime
    hard_until: datetime | None


class LeasePause(Body):
    """What there is of the answer so far, if it is not kept yet."""

    draft: Anything = Field(default=None, examples=[{"boxes": []}])


class LeaseDraft(Body):
    """What there is of the answer so far."""

    draft: Anything = Field(examples=[{"boxes": []}])


class DraftKept(Shown):
    """It waits for the same person and item, even when the lease is lost."""

    lease: UUID
    kept_at: datetime


class LeaseSubmit(Body):
    """The answer, and how long it took as the client measured it. `unsure`: the case is ambiguous; the answer counts
    all the same, and where enough of them say so an expert looks. `explanation`: why it is right, of an expert's
    answer alone."""

    answer: Anything = Field(examples=["cat"])
    client_seconds: whole(0, 604_800) | None = None  # type: ignore[valid-type]
    unsure: Flag = False
    explanation: ExpertWords | None = None


class LeaseSubmitted(Shown):
    """The answer counts; `reclaimed` says that the lease had ended and the slot was taken back."""

    lease: UUID
    status: Literal["submitted"]
    reclaimed: bool


class GiveBack(Body):
    """Why, as a code of the project's catalogue and in the person's words, if they say."""

    code: Code = Field(default="", examples=["unclear"])
    reason: Said = ""


class LeaseEnded(Shown):
    """How the lease ended."""

    lease: UUID
    status: str


class LeaseEscalate(Body):
    """Why an expert should look, as a code of the project's (`escalation_reasons_get`) and in the person's words, if
    they say; and a note to the expert."""

    code: Code = Field(default="", examples=["ambiguous"])
    reason: Said = ""
    note: Note | None = None


class LeaseEscalated(LeaseEnded):
    """The escalation that was opened."""

    escalation: UUID | None


class LeaseExplain(Body):
    """Why the own answer is right, in place of what was said before."""

    words: ExpertWords = Field(examples=["Both birds are in focus, so section 3 applies."])


class LeaseExplained(Shown):
    """The words are kept with the answer."""

    lease: UUID
    status: Literal["explained"]


class LeaseDelegate(Body):
    """To which colleague, why, and whether with the draft."""

    annotator: UUID
    keep_draft: Flag = True
    reason: Said = ""


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
        together=use.lease_pull_together,
    ),
    Route(
        method="POST",
        path=f"{_LEASE}/submit",
        usecase=submitting.lease_submit,
        says="Hand in the answer.",
        together=submitting.lease_submit_together,
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
    Route(
        method="POST",
        path=f"{_LEASE}/start",
        usecase=holding.lease_start,
        says="Open what was prefetched or assigned.",
        body=Empty,
        answer=Beat,
    ),
    Route(
        method="POST",
        path=f"{_LEASE}/pause",
        usecase=holding.lease_pause,
        says="Put a lease aside, with what there is of the answer.",
        body=LeasePause,
        answer=Beat,
    ),
    Route(
        method="POST",
        path=f"{_LEASE}/resume",
        usecase=holding.lease_resume,
        says="Take up again what was put aside.",
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
        usecase=giving_back.lease_release,
        says="Give the lease back; the person may meet the item again.",
        body=GiveBack,
        answer=LeaseEnded,
    ),
    Route(
        method="POST",
        path=f"{_LEASE}/skip",
        usecase=giving_back.lease_skip,
        says="Decline the item; whether the person meets it again is up to the reason.",
        body=GiveBack,
        answer=LeaseEnded,
    ),
    Route(
        method="POST",
        path=f"{_LEASE}/delegate",
        usecase=handing.lease_delegate,
        says="Hand the lease to a colleague.",
        body=LeaseDelegate,
        answer=LeaseEnded,
        key="required",
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
        path=f"{_LEASE}/explain",
        usecase=explaining.lease_explain,
        says="Say why an expert's own answer is right, after it was handed in.",
        body=LeaseExplain,
        answer=LeaseExplained,
    ),
    Route(
        method="GET",
        path="/v1/late-answers/{late_answer}",
        usecase=late.late_answer_get,
        says="Read an answer that came too late.",
        answer=LateAnswer,
    ),
)
