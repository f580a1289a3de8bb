"""Agreements over HTTP: published, looked at beforehand, read, signed to the byte, countersigned, revoked."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints
from typing_extensions import TypedDict

from backend.api.fields import (
    Body,
    Flag,
    LongText,
    Moment,
    Name,
    Page,
    Reason,
    Sha256,
    Shown,
    Version,
    Word,
    strictly,
    whole,
)
from backend.api.route import Route
from backend.usecases.agreements import agreements, previewing, signing

Language = Annotated[
    str, StringConstraints(min_length=2, max_length=35, pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")
]
"""A BCP 47 tag; `und` where nobody said."""
Scope = Literal["project", "tenant", "data_class"]
AskedVersion = Annotated[int, Field(ge=1, le=2_147_483_647)]
State = Literal["awaiting", "counts", "replaced", "revoked", "expired"]


@strictly
class GivenText(TypedDict):
    """The same version in another language."""

    language: Language
    text: LongText


class AgreementPublish(Body):
    """An agreement's text, or with `agreement` its next version.

    Who signed an earlier version may work on until `resign_by` (if left out: until it is in force, at once), unless the
    new one is not `material`. What is left out of scope, data_class, valid_days (0: for ever) and countersigned stays
    as in the version before.
    """

    title: Name
    text: LongText
    agreement: UUID | None = None
    language: Language = "und"
    texts: tuple[GivenText, ...] = Field(default=(), max_length=50)
    material: Flag = True
    effective_at: Moment | None = None
    resign_by: Moment | None = None
    scope: Scope | None = None
    data_class: Word | None = None
    valid_days: whole(0, 36_500) | None = None  # type: ignore[valid-type]
    countersigned: Flag | None = None


class AgreementTerms(Shown):
    """A version. `sha256` is over the exact UTF-8 bytes of the text; `over`: nobody can put off signing it any more."""

    version: int
    title: str
    language: str
    sha256: str
    published_at: datetime
    material: bool
    effective_at: datetime
    deadline: datetime
    resign_by: datetime | None
    scope: Scope
    data_class: str | None
    valid_days: int | None
    countersigned: bool
    over: bool


class AgreementPublished(AgreementTerms):
    """The newest version."""

    id: UUID


class Stopping(Shown):
    """Somebody who would stop, with what they have open in the projects that ask for the agreement."""

    annotator: UUID
    status: str
    signed: int | None
    open_leases: int
    drafts: int


class ProjectNamed(Shown):
    """A project."""

    id: UUID
    name: str


class AgreementPreview(Shown):
    """What publishing would do: who stops at `deadline` (null: nobody has to sign); at most 1,000 are named."""

    id: UUID | None
    version: int
    sha256: str
    changes: bool
    material: bool
    deadline: datetime | None
    people_count: int
    open_leases: int
    drafts: int
    lane_count: int
    people: list[Stopping]
    projects: list[ProjectNamed]


class AgreementQuery(Body):
    """Which version, in which language; the one in force, in its own, when left out."""

    version: AskedVersion | None = None
    language: Language | None = None


class Agreement(AgreementPublished):
    """One version with the text that is signed."""

    languages: list[str]
    text: str
    in_force: bool


class TextHash(Shown):
    """A language and the hash of its exact bytes."""

    language: str
    sha256: str


class AgreementVersion(AgreementTerms):
    """A version with all its languages."""

    texts: list[TextHash]
    in_force: bool


class AgreementVersions(Shown):
    """Every version, newest first."""

    id: UUID
    data: list[AgreementVersion]


class OwnSignature(Shown):
    """What the person who asks has signed."""

    version: int
    state: State
    signed_at: datetime
    until: datetime | None


class AgreementListed(AgreementPublished):
    """The version in force; `newest` is the last published, `asked` the one that work asks for now."""

    newest: int
    asked: int
    mine: OwnSignature | None


class AgreementPage(Shown):
    """Agreements by id."""

    data: list[AgreementListed]
    next_cursor: str | None


class AgreementPresent(Body):
    """What is to be shown."""

    version: Version
    language: Language | None = None


class AgreementPresented(Shown):
    """The exact text; that it was shown is recorded."""

    agreement: UUID
    version: int
    language: str
    sha256: str
    title: str
    text: str


class AgreementConsent(Body):
    """The words in which the person agrees to sign electronically, or their SHA-256."""

    version: Version
    words: LongText | None = Field(default=None, examples=["I agree to sign this electronically."])
    sha256: Sha256 | None = None


class AgreementConsented(Shown):
    """What was agreed to."""

    agreement: UUID
    version: int
    consent_sha256: str


class AgreementSign(Body):
    """The exact bytes that the person read, and their name as they typed it."""

    version: Version
    sha256: Sha256
    typed_name: Name


class AgreementSigned(Shown):
    """What was signed and until when it holds; one that awaits countersigning counts for nothing yet."""

    agreement: UUID
    version: int
    sha256: str
    until: datetime | None
    awaits_countersigning: bool


class AgreementCountersign(Body):
    """Whose signature is countersigned, under which version, and the name as typed."""

    annotator: UUID
    version: Version
    typed_name: Name


class AgreementCountersigned(Shown):
    """What was countersigned."""

    agreement: UUID
    annotator: UUID
    version: int


class SignatureRevoke(Body):
    """Whose signature ends, and why."""

    annotator: UUID
    reason: Reason


class SignatureRevoked(Shown):
    """Which versions were signed, and how many leases were taken away with them; drafts stay."""

    agreement: UUID
    annotator: UUID
    versions: list[int]
    leases_revoked: int


_AGREEMENT = "/v1/agreements/{agreement}"

ROUTES = (
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
        path="/v1/agreements",
        usecase=agreements.agreement_list,
        says="List agreements.",
        query=Page,
        answer=AgreementPage,
    ),
    Route(
        method="POST",
        path="/v1/agreements/preview",
        usecase=previewing.agreement_preview,
        says="See who would stop when, without publishing.",
        body=AgreementPublish,
        answer=AgreementPreview,
    ),
    Route(
        method="GET",
        path=_AGREEMENT,
        usecase=agreements.agreement_get,
        says="Read a version: the one in force unless asked otherwise.",
        query=AgreementQuery,
        answer=Agreement,
    ),
    Route(
        method="GET",
        path=f"{_AGREEMENT}/versions",
        usecase=agreements.agreement_versions,
        says="List an agreement's versions.",
        answer=AgreementVersions,
    ),
    Route(
        method="POST",
        path=f"{_AGREEMENT}/present",
        usecase=signing.agreement_present,
        says="Be shown the exact text, and have it recorded.",
        body=AgreementPresent,
        answer=AgreementPresented,
    ),
    Route(
        method="POST",
        path=f"{_AGREEMENT}/consent",
        usecase=signing.agreement_consent,
        says="Agree to sign electronically.",
        body=AgreementConsent,
        answer=AgreementConsented,
    ),
    Route(
        method="POST",
        path=f"{_AGREEMENT}/sign",
        usecase=signing.agreement_sign,
        says="Sign exactly these bytes, as oneself.",
        body=AgreementSign,
        answer=AgreementSigned,
    ),
    Route(
        method="POST",
        path=f"{_AGREEMENT}/countersign",
        usecase=signing.agreement_countersign,
        says="Sign for the other side.",
        body=AgreementCountersign,
        answer=AgreementCountersigned,
    ),
    Route(
        method="POST",
        path=f"{_AGREEMENT}/revoke",
        usecase=signing.signature_revoke,
        says="Let a person's signature count no more; their leases that need it are revoked.",
        body=SignatureRevoke,
        answer=SignatureRevoked,
    ),
)
