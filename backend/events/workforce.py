"""People: from invitation over screening and onboarding to work, and out again."""

from datetime import datetime

from backend.events.base import Secret, added, event
from backend.events.ids import AgreementId, AnnotatorId, CourseId, KeyId, SkillId, TeamId, VendorId


@event("annotator.invited", version=2)
class AnnotatorInvited:
    """A person was invited; name and e-mail are ciphertext, the e-mail's blind index makes it unique.

    `origin` is staff, vendor or crowd; the vendor is who employs them, the team where they work.
    """

    annotator: AnnotatorId
    name: Secret
    email: Secret
    email_index: bytes
    roles: tuple[str, ...]
    claim_key: KeyId
    claim_fingerprint: bytes
    claim_until: datetime
    origin: str
    vendor: VendorId | None
    team: TeamId | None


added("annotator.invited", 1, origin="staff", vendor=None, team=None)


@event("annotator.reinvited")
class AnnotatorReinvited:
    """A new claim token: the old one was lost or too old, or the person comes back after leaving."""

    annotator: AnnotatorId
    claim_key: KeyId
    claim_fingerprint: bytes
    claim_until: datetime


@event("annotator.check_recorded")
class CheckRecorded:
    """A screening check (identity, background, clearance, ...) with its evidence; who recorded it answers for it."""

    annotator: AnnotatorId
    check: str
    passed: bool
    evidence: Secret
    until: datetime | None


@event("annotator.check_expired")
class CheckExpired:
    """A passed check is too old to count."""

    annotator: AnnotatorId
    check: str


@event("annotator.screened")
class AnnotatorScreened:
    """Approved on the strength of these passed checks."""

    annotator: AnnotatorId
    checks: tuple[str, ...]
    reason: Secret | None


@event("annotator.claimed", version=2)
class AnnotatorClaimed:
    """The person exchanged the claim token for own credentials; `active`: nothing else was asked, work may begin."""

    annotator: AnnotatorId
    active: bool


added("annotator.claimed", 1, active=True)


@event("annotator.activated")
class AnnotatorActivated:
    """Onboarding is complete; `met` are the conditions that were asked, each with what met it."""

    annotator: AnnotatorId
    met: tuple[str, ...]
    reason: Secret | None


@event("annotator.paused")
class AnnotatorPaused:
    """No new work for a while; `until` is open-ended when None."""

    annotator: AnnotatorId
    reason: Secret
    until: datetime | None


@event("annotator.resumed")
class AnnotatorResumed:
    """The pause is over: its time came, or somebody ended it and said why."""

    annotator: AnnotatorId
    reason: Secret | None


@event("annotator.suspended", version=3)
class AnnotatorSuspended:
    """No new work, open leases revoked in the same transaction; `vendor` when all of a vendor's people stop.

    By rule: `code` is below_floor or drift, in this `skill`; the numbers are in skill.closed or drift.alarmed with the
    same `basis_index`. The person may read the reason, so it holds none of them.
    """

    annotator: AnnotatorId
    reason: Secret
    vendor: VendorId | None
    code: str | None = None
    skill: SkillId | None = None
    basis_index: int | None = None


added("annotator.suspended", 1, vendor=None)
added("annotator.suspended", 2, code=None, skill=None, basis_index=None)


@event("annotator.reinstated", version=2)
class AnnotatorReinstated:
    """The suspension ended; `status` is where the person stands again: invited, screened, onboarding or active."""

    annotator: AnnotatorId
    reason: Secret
    status: str


added("annotator.reinstated", 1, status="active")


@event("annotator.offboarded")
class AnnotatorOffboarded:
    """The person left: no work, no keys; what they did stays theirs."""

    annotator: AnnotatorId
    reason: Secret


@event("annotator.erased")
class AnnotatorErased:
    """The person's data key was destroyed: name, e-mail and typed signatures are unreadable from now on."""

    annotator: AnnotatorId
    reason: Secret


@event("annotator.moved")
class AnnotatorMoved:
    """The person works for this vendor and in this team from now on."""

    annotator: AnnotatorId
    origin: str
    vendor: VendorId | None
    team: TeamId | None


@event("onboarding.updated")
class OnboardingUpdated:
    """What the tenant asks of everybody before the first task: checks, an approval, agreements, courses."""

    version: int
    checks: tuple[str, ...]
    approval: bool
    agreements: tuple[AgreementId, ...]
    courses: tuple[CourseId, ...]
