"""Where a person stands: the phases from invitation to erasure, and what is on file in each of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import TypeAlias

from backend.events.base import Secret
from backend.events.ids import AnnotatorId, TeamId, VendorId

ORIGINS = ("staff", "vendor", "crowd")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """The newest result of a screening check; a passed one counts before `until` and until it was `expired`."""

    passed: bool
    evidence: Secret | None
    until: datetime | None
    expired: bool = False

    def counts(self, now: datetime) -> bool:
        """Whether the check is passed at this moment."""
        return self.passed and not self.expired and (self.until is None or now < self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Who employs the person, and the team they work in."""

    origin: str
    vendor: VendorId | None
    team: TeamId | None


STAFF = Place(origin="staff", vendor=None, team=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnFile:
    """What is known of a person in every phase. `approved`: the checks on whose strength they were approved, None when
    nobody has. The fingerprint of a used claim token is remembered, to know it again."""

    annotator: AnnotatorId
    claim_fingerprint: bytes = b""
    claim_until: datetime | None = None
    place: Place = STAFF
    checks: Mapping[str, Check] = field(default_factory=dict)
    approved: tuple[str, ...] | None = None

    def passed(self, now: datetime) -> tuple[str, ...]:
        """The checks that count at this moment, sorted."""
        return tuple(sorted(name for name, check in self.checks.items() if check.counts(now)))

    @property
    def failed(self) -> tuple[str, ...]:
        """The checks whose newest result is no pass, sorted."""
        return tuple(sorted(name for name, check in self.checks.items() if not check.passed))

    def with_check(self, name: str, check: Check) -> "OnFile":
        """The file with this result as the newest of its check."""
        return replace(self, checks=MappingProxyType({**self.checks, name: check}))


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody was invited under this id."""


@dataclass(frozen=True, slots=True)
class Invited:
    """Waiting for the person to claim the invitation."""

    file: OnFile


@dataclass(frozen=True, slots=True)
class Screened:
    """Invited and approved; waiting for the person to claim the invitation."""

    file: OnFile


@dataclass(frozen=True, slots=True)
class Onboarding:
    """Has own credentials; something is still asked before the first task."""

    file: OnFile


@dataclass(frozen=True, slots=True)
class Active:
    """May work."""

    file: OnFile


@dataclass(frozen=True, slots=True)
class Paused:
    """Gets no new work for a while; open-ended when `until` is None."""

    file: OnFile
    until: datetime | None


Standing: TypeAlias = Invited | Screened | Onboarding | Active | Paused


@dataclass(frozen=True, slots=True)
class Suspended:
    """Gets no new work until reinstated, and then stands as `before`. `vendor`: all of that vendor's people stopped."""

    before: Standing
    vendor: VendorId | None

    @property
    def file(self) -> OnFile:
        """What is on file."""
        return self.before.file


@dataclass(frozen=True, slots=True)
class Offboarded:
    """Has left: no work, no keys; may be invited again."""

    file: OnFile


@dataclass(frozen=True, slots=True)
class Erased:
    """The person's data can no longer be read; nothing follows."""

    annotator: AnnotatorId


Annotator: TypeAlias = Unknown | Standing | Suspended | Offboarded | Erased
CLAIMED = (Onboarding, Active, Paused)


def status_of(annotator: Annotator) -> str:
    """The word for it: unknown, invited, screened, onboarding, active, paused, suspended, offboarded or erased."""
    return type(annotator).__name__.lower()


def file_of(annotator: Annotator, who: AnnotatorId) -> OnFile:
    """What is on file, an empty file where there is none."""
    return OnFile(annotator=who) if isinstance(annotator, Unknown | Erased) else annotator.file


def with_file(annotator: Annotator, file: OnFile) -> Annotator:
    """The same phase with another file; who is unknown or erased has none."""
    if isinstance(annotator, Unknown | Erased):
        return annotator
    if isinstance(annotator, Suspended):
        return replace(annotator, before=replace(annotator.before, file=file))
    return replace(annotator, file=file)


def standing(status: str, file: OnFile) -> Standing:
    """The phase of that word; active for any other word."""
    phases: dict[str, type[Invited | Screened | Onboarding]] = {
        "invited": Invited,
        "screened": Screened,
        "onboarding": Onboarding,
    }
    return phases[status](file) if status in phases else Active(file)
