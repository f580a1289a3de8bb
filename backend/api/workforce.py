"""People over HTTP: from invitation over screening and onboarding to work, and out again."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from backend.api.fields import (
    Anything,
    Body,
    ClaimToken,
    Email,
    Empty,
    Flag,
    Moment,
    Name,
    Page,
    Reason,
    Shown,
    Word,
    whole,
)
from backend.api.route import Route
from backend.usecases.access import delegation
from backend.usecases.workforce import inviting, people, screening, standing

Role = Literal["annotator", "reviewer", "expert"]
Status = Literal["invited", "screened", "onboarding", "active", "paused", "suspended", "offboarded", "erased"]
Origin = Literal["staff", "vendor", "crowd"]


class AnnotatorInvite(Body):
    """Who is invited, as what; by whom they are employed and in which team they work.

    Without an origin it is `vendor` with a vendor (or a vendor's team), otherwise `staff`. The manager of a vendor
    invites into that vendor, whatever is asked.
    """

    name: Name = Field(examples=["Ada Example"])
    email: Email = Field(examples=["ada@example.org"])
    roles: tuple[Role, ...] = Field(default=("annotator",), min_length=1, max_length=3)
    origin: Origin | None = None
    vendor: UUID | None = None
    team: UUID | None = None


class AnnotatorInvited(Shown):
    """The claim token goes to the person, who alone exchanges it."""

    id: UUID
    status: Status
    claim_token: str | None
    claim_until: datetime


class AnnotatorClaim(Body):
    """The token of the invitation."""

    claim_token: ClaimToken = Field(examples=["mstr_claim_..."])


class AnnotatorClaimed(Shown):
    """The person's own key, shown once; `missing` is what is asked before the first task."""

    annotator: UUID
    key: str | None
    key_id: str
    expires_at: datetime
    status: Status
    missing: list[str]


class Annotator(Shown):
    """A person; name and e-mail are null once erased. `tokens`: what they have signed, learned and may do.

    `reason` says why they are paused, suspended or offboarded. The times are those of the newest invitation.
    """

    id: UUID
    status: Status
    reason: str | None
    roles: list[str]
    name: str | None
    email: str | None
    tokens: list[str]
    origin: Origin
    vendor: UUID | None
    team: UUID | None
    paused_until: datetime | None
    status_since: datetime | None
    invited_at: datetime
    screened_at: datetime | None
    claimed_at: datetime | None
    activated_at: datetime | None
    ended_at: datetime | None


class AnnotatorPage(Shown):
    """People by id."""

    data: list[Annotator]
    next_cursor: str | None


class AnnotatorQuery(Page):
    """Which people."""

    status: Status | None = None
    vendor: UUID | None = None
    team: UUID | None = None


class Because(Body):
    """Why."""

    reason: Reason = Field(examples=["left the company"])


class PerhapsBecause(Body):
    """Why, if there is something to say."""

    reason: Reason | None = None


class AnnotatorPause(Because):
    """Why, and until when; open-ended without."""

    until: Moment | None = None


class CheckRecord(Body):
    """The result of a check, its evidence (any JSON value, or text) and until when it counts."""

    kind: Word = Field(examples=["identity"])
    passed: Flag
    evidence: Anything = Field(examples=[{"document": "passport", "seen_by": "HR"}])
    until: Moment | None = None


class AnnotatorMove(Body):
    """For whom and in which team from now on; with nothing, the tenant's own staff without a team."""

    origin: Origin | None = None
    vendor: UUID | None = None
    team: UUID | None = None


class AnnotatorStanding(Shown):
    """Where the person stands now; `leases_revoked` counts the leases that were taken away with it, `missing` is what
    an onboarding person still needs."""

    id: UUID
    status: Status
    leases_revoked: int | None = None
    missing: list[str] | None = None


class By(Shown):
    """Who did it: kind is annotator, user, service or system."""

    kind: str
    id: UUID
    behalf_of: UUID | None


class Step(Shown):
    """One step: the event's name, when and by whom, what it says, and where the person stood after it."""

    type: str
    at: datetime
    by: By
    status: Status
    reason: str | None
    evidence: Any | None
    details: dict[str, Any]


class AnnotatorHistory(Shown):
    """Every step, oldest first; evidence is shown to managers and auditors, not to the person."""

    annotator: UUID
    steps: list[Step]


class AnnotatorTokenCreate(Body):
    """For how long, and in which project if not in all."""

    project: UUID | None = None
    minutes: whole(1, 60) = 15  # type: ignore[valid-type]


class AnnotatorToken(Shown):
    """A bearer token for one person; whatever it does is recorded under both."""

    token: str
    expires_at: datetime


_PERSON = "/v1/annotators/{annotator}"

ROUTES = (
    Route(
        method="POST",
        path="/v1/annotators",
        usecase=inviting.annotator_invite,
        says="Invite a person.",
        body=AnnotatorInvite,
        answer=AnnotatorInvited,
        status=201,
        key="required",
    ),
    Route(
        method="GET",
        path="/v1/annotators",
        usecase=people.annotator_list,
        says="List people.",
        query=AnnotatorQuery,
        answer=AnnotatorPage,
    ),
    Route(
        method="POST",
        path="/v1/annotators/claim",
        usecase=inviting.annotator_claim,
        says="Exchange a claim token for an own API key.",
        body=AnnotatorClaim,
        answer=AnnotatorClaimed,
        auth="claim",
    ),
    Route(method="GET", path=_PERSON, usecase=people.annotator_get, says="Read a person.", answer=Annotator),
    Route(
        method="GET",
        path=f"{_PERSON}/history",
        usecase=people.annotator_history,
        says="Read every step of a person's standing, with reasons and evidence.",
        answer=AnnotatorHistory,
    ),
    Route(
        method="POST",
        path=f"{_PERSON}/reinvite",
        usecase=inviting.annotator_reinvite,
        says="Issue a new claim token; older ones stop working.",
        body=Empty,
        answer=AnnotatorInvited,
        status=201,
        key="required",
    ),
    Route(
        method="POST",
        path=f"{_PERSON}/checks",
        usecase=screening.annotator_check_record,
        says="Record the result of a screening check with its evidence.",
        body=CheckRecord,
        answer=AnnotatorStanding,
    ),
    Route(
        method="POST",
        path=f"{_PERSON}/screen",
        usecase=screening.annotator_screen,
        says="Approve a person on the strength of passed checks.",
        body=PerhapsBecause,
        answer=AnnotatorStanding,
    ),
    Route(
        method="POST",
        path=f"{_PERSON}/activate",
        usecase=screening.annotator_activate,
        says="End a person's onboarding; refused with what is missing.",
        body=PerhapsBecause,
        answer=AnnotatorStanding,
    ),
    Route(
        method="POST",
        path=f"{_PERSON}/pause",
        usecase=standing.annotator_pause,
        says="Stop a person's work for a while; open leases go back.",
        body=AnnotatorPause,
        answer=AnnotatorStanding,
    ),
    Route(
        method="POST",
        path=f"{_PERSON}/resume",
        usecase=standing.annotator_resume,
        says="End a pause.",
        body=PerhapsBecause,
        answer=AnnotatorStanding,
    ),
    Route(
        method="POST",
        path=f"{_PERSON}/suspend",
        usecase=standing.annotator_suspend,
        says="Stop a person's work; open leases are revoked.",
        body=Because,
        answer=AnnotatorStanding,
    ),
    Route(
        method="POST",
        path=f"{_PERSON}/reinstate",
        usecase=standing.annotator_reinstate,
        says="End a suspension.",
        body=Because,
        answer=AnnotatorStanding,
    ),
    Route(
        method="POST",
        path=f"{_PERSON}/offboard",
        usecase=standing.annotator_offboard,
        says="Let a person go: leases and credentials are revoked.",
        body=Because,
        answer=AnnotatorStanding,
    ),
    Route(
        method="POST",
        path=f"{_PERSON}/move",
        usecase=standing.annotator_move,
        says="Say for which vendor and in which team a person works.",
        body=AnnotatorMove,
        answer=AnnotatorStanding,
    ),
    Route(
        method="POST",
        path=f"{_PERSON}/erase",
        usecase=standing.annotator_erase,
        says="Make a person's data unreadable for ever.",
        body=Because,
        answer=AnnotatorStanding,
    ),
    Route(
        method="POST",
        path=f"{_PERSON}/tokens",
        usecase=delegation.annotator_token_create,
        says="Let this key act for a person for a short while.",
        body=AnnotatorTokenCreate,
        answer=AnnotatorToken,
        status=201,
    ),
)
