"""What may be asked of a person's lifecycle: the commands, each with what the use case tells the rule."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from backend.events.base import Secret
from backend.events.ids import AnnotatorId, KeyId, SkillId, TeamId, VendorId


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite:
    """Invite a person; name and e-mail are ciphertext already."""

    annotator: AnnotatorId
    name: Secret
    email: Secret
    email_index: bytes
    roles: tuple[str, ...]
    claim_key: KeyId
    claim_fingerprint: bytes
    claim_until: datetime
    origin: str = "staff"
    vendor: VendorId | None = None
    team: TeamId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reinvite:
    """A new claim token instead of one that was lost or is too old, or for somebody who comes back."""

    claim_key: KeyId
    claim_fingerprint: bytes
    claim_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCheck:
    """Record the result of a screening check; a passed one counts until `until`."""

    check: str
    passed: bool
    evidence: Secret
    until: datetime | None
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireCheck:
    """A passed check's time is over."""

    check: str
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """Approve the person, for whom the tenant asks for these `checks`."""

    checks: tuple[str, ...]
    reason: Secret | None
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The person shows the claim token, as its fingerprint; `active`: nothing more is asked before the first task."""

    fingerprint: bytes
    active: bool
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Activate:
    """End the onboarding: `met` of what was asked, `missing` of it."""

    met: tuple[str, ...]
    missing: tuple[str, ...]
    reason: Secret | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Stop new work until a moment, or until somebody ends the pause."""

    reason: Secret
    until: datetime | None
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """End the pause; without a reason its time is over."""

    reason: Secret | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Because:
    """The rule: below_floor or drift, in a skill, on the evidence below this index."""

    code: str
    skill: SkillId
    basis_index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspend:
    """Stop new work; `vendor` when all of that vendor's people stop, `because` when a rule says so."""

    reason: Secret
    vendor: VendorId | None = None
    because: Because | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reinstate:
    """End the suspension; with a `vendor` only the one that came with that vendor's."""

    reason: Secret
    vendor: VendorId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offboard:
    """The person leaves."""

    reason: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Erase:
    """Destroy the person's data key (the use case does) and record it."""

    reason: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """The person works for this vendor and in this team from now on."""

    origin: str
    vendor: VendorId | None
    team: TeamId | None


Command: TypeAlias = (
    Invite
    | Reinvite
    | RecordCheck
    | ExpireCheck
    | Screen
    | Claim
    | Activate
    | Pause
    | Resume
    | Suspend
    | Reinstate
    | Offboard
    | Erase
    | Move
)
