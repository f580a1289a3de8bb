"""Agreements (NDA): versions of exact bytes, and what each person did with them."""

from dataclasses import dataclass
from datetime import datetime

from backend.events.base import Secret, added, event
from backend.events.ids import AgreementId, AnnotatorId, KeyId, PrincipalId


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementText:
    """The same version in another language; `sha256` (hex) is over the exact bytes, `text` is their ciphertext."""

    language: str
    sha256: str
    text: Secret


@event("agreement.published", version=2)
class AgreementPublished:
    """A version of an agreement; `sha256` is over the exact bytes of the text, `language` a BCP 47 tag.

    In force from `effective_at` (None: at once). When `material`, who signed an earlier version may work on until
    `resign_by` (None: until it is in force). `scope` is project (asked for by the projects that name it), tenant (by
    all) or data_class (by projects of that class). A signature holds for `valid_days`, for ever when None.
    """

    agreement: AgreementId
    version: int
    title: str
    sha256: str
    text: Secret
    language: str
    texts: tuple[AgreementText, ...]
    material: bool
    effective_at: datetime | None
    resign_by: datetime | None
    scope: str
    data_class: str | None
    valid_days: int | None
    countersigned: bool


added(
    "agreement.published",
    1,
    language="und",
    texts=[],
    material=True,
    effective_at=None,
    resign_by=None,
    scope="project",
    data_class=None,
    valid_days=None,
    countersigned=False,
)


@event("agreement.enforced")
class AgreementEnforced:
    """The time to sign this version again is over: who has not stops now."""

    agreement: AgreementId
    version: int


@event("agreement.presented")
class AgreementPresented:
    """These exact bytes were shown to the person, in this language."""

    agreement: AgreementId
    version: int
    sha256: str
    language: str
    annotator: AnnotatorId


@event("agreement.consented")
class AgreementConsented:
    """The person agreed to sign electronically; `consent_sha256` is over the words they agreed to."""

    agreement: AgreementId
    version: int
    annotator: AnnotatorId
    consent_sha256: str


@event("agreement.signed", version=2)
class AgreementSigned:
    """A person signed these exact bytes; typed name and address are ciphertext.

    `credential` is the key they were signed in with, since `authenticated_at`; `until` when the signature ends. It
    counts at once, unless the version `awaits_countersigning`.
    """

    agreement: AgreementId
    version: int
    sha256: str
    annotator: AnnotatorId
    typed_name: Secret
    address: Secret
    auth_method: str
    language: str
    credential: KeyId | None
    authenticated_at: datetime | None
    until: datetime | None
    awaits_countersigning: bool


added(
    "agreement.signed",
    1,
    language="und",
    credential=None,
    authenticated_at=None,
    until=None,
    awaits_countersigning=False,
)


@event("agreement.countersigned")
class AgreementCountersigned:
    """The other side signed too."""

    agreement: AgreementId
    version: int
    annotator: AnnotatorId
    countersigner: PrincipalId
    typed_name: Secret


@event("signature.revoked")
class SignatureRevoked:
    """The signature does not count any more; open leases were taken away in the same transaction."""

    agreement: AgreementId
    version: int
    annotator: AnnotatorId
    reason: Secret


@event("signature.expired")
class SignatureExpired:
    """The signature's time is over, or a newer version was not signed in time (`superseded_by`)."""

    agreement: AgreementId
    version: int
    annotator: AnnotatorId
    superseded_by: int | None
