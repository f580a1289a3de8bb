"""People: invitation, standing, and the agreements they sign."""

from datetime import datetime

from backend.events.base import Secret, event
from backend.events.ids import AgreementId, AnnotatorId, KeyId


@event("annotator.invited")
class AnnotatorInvited:
    """A person was invited; name and e-mail are ciphertext, the e-mail's blind index makes it unique."""

    annotator: AnnotatorId
    name: Secret
    email: Secret
    email_index: bytes
    roles: tuple[str, ...]
    claim_key: KeyId
    claim_fingerprint: bytes
    claim_until: datetime


@event("annotator.claimed")
class AnnotatorClaimed:
    """The person exchanged the claim token for own credentials."""

    annotator: AnnotatorId


@event("annotator.suspended")
class AnnotatorSuspended:
    """No new work, open leases revoked in the same transaction."""

    annotator: AnnotatorId
    reason: Secret


@event("annotator.reinstated")
class AnnotatorReinstated:
    """The suspension ended."""

    annotator: AnnotatorId
    reason: Secret


@event("annotator.erased")
class AnnotatorErased:
    """The person's data key was destroyed: name, e-mail and typed signatures are unreadable from now on."""

    annotator: AnnotatorId
    reason: Secret


@event("agreement.published")
class AgreementPublished:
    """A version of an agreement (NDA); `sha256` is over the exact bytes of the text."""

    agreement: AgreementId
    version: int
    title: str
    sha256: str
    text: Secret


@event("agreement.signed")
class AgreementSigned:
    """A person signed these exact bytes; typed name and address are ciphertext."""

    agreement: AgreementId
    version: int
    sha256: str
    annotator: AnnotatorId
    typed_name: Secret
    address: Secret
    auth_method: str
