"""People over HTTP: invite, claim, read, suspend, reinstate, erase; and the agreements they sign."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from backend.api.fields import (
    Body,
    ClaimToken,
    Email,
    LongText,
    Name,
    Page,
    Reason,
    Sha256,
    Shown,
    Version,
    whole,
)
from backend.api.route import Route
from backend.usecases import agreements, delegation
from backend.usecases import workforce as use

Role = Literal["annotator", "reviewer", "expert"]
Status = Literal["invited", "active", "suspended", "erased"]


class AnnotatorInvite(Body):
    """Who is invited, as what."""

    name: Name = Field(examples=["Ada Example"])
    email: Email = Field(examples=["ada@example.org"])
    roles: tuple[Role, ...] = Field(default=("annotator",), min_length=1, max_length=3)


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
    """The person's own key, shown once."""

    annotator: UUID
    key: str | None
    key_id: str
    expires_at: datetime


class Annotator(Shown):
    """A person; name and e-mail are null once erased. `tokens`: what they have signed, learned and may do."""

    id: UUID
    status: Status
    reason: str | None
    roles: list[str]
    name: str | None
    email: str | None
    tokens: list[str]
    invited_at: datetime


class AnnotatorPage(Shown):
    """People by id."""

    data: list[Annotator]
    next_cursor: str | None


class AnnotatorQuery(Page):
    """Which people."""

    status: Status | None = None


class Because(Body):
    """Why."""

    reason: Reason = Field(examples=["left the company"])


class AnnotatorStanding(Shown):
    """Where the person stands now; `leases_revoked` counts the leases that were taken away with it."""

    id: UUID
    status: Status
    leases_revoked: int | None = None


class AnnotatorTokenCreate(Body):
    """For how long, and in which project if not in all."""

    project: UUID | None = None
    minutes: whole(1, 60) = 15  # type: ignore[valid-type]


class AnnotatorToken(Shown):
    """A bearer token for one person; whatever it does is recorded under both."""

    token: str
    expires_at: datetime


class AgreementPublish(Body):
    """An agreement's text, or with `agreement` its next version."""

    title: Name
    text: LongText
    agreement: UUID | None = None


class AgreementPublished(Shown):
    """`sha256` is over the exact UTF-8 bytes of the text."""

    id: UUID
    version: int
    sha256: str


class Agreement(AgreementPublished):
    """The version in force."""

    title: str
    text: str


class AgreementSign(Body):
    """The exact bytes that the person read, and their name as they typed it."""

    version: Version
    sha256: Sha256
    typed_name: Name


class AgreementSigned(Shown):
    """What was signed."""

    agreement: UUID
    version: int
    sha256: str


_PERSON = "/v1/annotators/{annotator}"
_AGREEMENT = "/v1/agreements/{agreement}"

ROUTES = (
    Route(
        method="POST",
        path="/v1/annotators",
        usecase=use.annotator_invite,
        says="Invite a person.",
        body=AnnotatorInvite,
        answer=AnnotatorInvited,
        status=201,
        key="required",
    ),
    Route(
        method="GET",
        path="/v1/annotators",
        usecase=use.annotator_list,
        says="List people.",
        query=AnnotatorQuery,
        answer=AnnotatorPage,
    ),
    Route(
        method="POST",
        path="/v1/annotators/claim",
        usecase=use.annotator_claim,
        says="Exchange a claim token for an own API key.",
        body=AnnotatorClaim,
        answer=AnnotatorClaimed,
        auth="claim",
    ),
    Route(method="GET", path=_PERSON, usecase=use.annotator_get, says="Read a person.", answer=Annotator),
    Route(
        method="POST",
        path=f"{_PERSON}/suspend",
        usecase=use.annotator_suspend,
        says="Stop a person's work; open leases are revoked.",
        body=Because,
        answer=AnnotatorStanding,
    ),
    Route(
        method="POST",
        path=f"{_PERSON}/reinstate",
        usecase=use.annotator_reinstate,
        says="End a suspension.",
        body=Because,
        answer=AnnotatorStanding,
    ),
    Route(
        method="POST",
        path=f"{_PERSON}/erase",
        usecase=use.annotator_erase,
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
    Route(
        method="POST",
        path="/v1/agreements",
        usecase=agreements.agreement_publish,
        says="Publish an agreement, or its next version.",
        body=AgreementPublish,
        answer=AgreementPublished,
        status=201,
        key="required",
    ),
    Route(
        method="GET",
        path=_AGREEMENT,
        usecase=agreements.agreement_get,
        says="Read the version in force.",
        answer=Agreement,
    ),
    Route(
        method="POST",
        path=f"{_AGREEMENT}/sign",
        usecase=agreements.agreement_sign,
        says="Sign exactly these bytes, as oneself.",
        body=AgreementSign,
        answer=AgreementSigned,
    ),
)
