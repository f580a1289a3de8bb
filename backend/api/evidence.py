"""Evidence over HTTP: the whole chain of one person and one agreement, as JSON or as a page to keep and print."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from backend.api.agreements import State
from backend.api.fields import Body, Shown
from backend.api.route import Route
from backend.usecases.agreements import evidence


class EvidenceQuery(Body):
    """Whose evidence (one's own when left out), as what."""

    annotator: UUID | None = None
    format: Literal["json", "html"] = "json"


class EventPlace(Shown):
    """Where the event is: its stream and version, and its index in the tenant's log once it has one."""

    stream: UUID
    version: int
    index: int | None


class EvidenceLink(Shown):
    """One thing that happened, with what is known of it; personal fields are null once erased."""

    what: Literal[
        "published",
        "enforced",
        "presented",
        "consented",
        "signed",
        "countersigned",
        "revoked",
        "expired",
        "superseded",
    ]
    at: datetime
    by: dict[str, Any]
    event: EventPlace
    event_sha256: str
    request: UUID | None
    version: int
    title: str | None = None
    language: str | None = None
    sha256: str | None = None
    material: bool | None = None
    effective_at: datetime | None = None
    resign_by: datetime | None = None
    valid_days: int | None = None
    countersigned: bool | None = None
    consent_sha256: str | None = None
    typed_name: str | None = None
    address: str | None = None
    auth_method: str | None = None
    credential: str | None = None
    authenticated_at: datetime | None = None
    until: datetime | None = None
    awaits_countersigning: bool | None = None
    countersigner: UUID | None = None
    reason: str | None = None
    superseded_by: int | None = None


class EvidenceText(Shown):
    """The exact bytes (UTF-8 of `text`) that were shown or signed; `intact`: they have the hash that was signed."""

    version: int
    language: str
    sha256: str
    bytes: int
    intact: bool
    text: str


class EvidenceSignature(Shown):
    """How the person's signature under a version stands."""

    version: int
    state: State | Literal["superseded"]
    sha256: str
    language: str
    signed_at: datetime
    until: datetime | None
    ended_at: datetime | None
    superseded_by: int | None


class Proof(Shown):
    """What all this proves, and what it does not."""

    anchor: str
    says: str


class AgreementEvidence(Shown):
    """The whole chain of one person and one agreement, oldest first."""

    agreement: UUID
    title: str
    annotator: UUID
    erased: bool
    made_at: datetime
    signatures: list[EvidenceSignature]
    chain: list[EvidenceLink]
    texts: list[EvidenceText]
    proof: Proof


ROUTES = (
    Route(
        method="GET",
        path="/v1/agreements/{agreement}/evidence",
        usecase=evidence.agreement_evidence,
        says="Export what a person did with an agreement, as JSON or as a certificate.",
        query=EvidenceQuery,
        answer=AgreementEvidence,
        media=("text/html",),
    ),
)
