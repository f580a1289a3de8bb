"""Vendors and teams: who employs people, who works together; and the compliance records of both sides."""

from datetime import datetime

from backend.events.base import Secret, event
from backend.events.ids import AnnotatorId, ComplianceId, TeamId, VendorId


@event("vendor.registered")
class VendorRegistered:
    """An outside provider with its own annotators; its name is ciphertext, unique by its blind index."""

    vendor: VendorId
    name: Secret
    name_index: bytes


@event("vendor.suspended")
class VendorSuspended:
    """All of the vendor's people stop, each with an event of their own in the same transaction."""

    vendor: VendorId
    reason: Secret


@event("vendor.reinstated")
class VendorReinstated:
    """The vendor's people may work again, except who was suspended for another reason."""

    vendor: VendorId
    reason: Secret


@event("team.created")
class TeamCreated:
    """A team, of a vendor or of the tenant's own staff; its name is ciphertext, unique by its blind index."""

    team: TeamId
    name: Secret
    name_index: bytes
    vendor: VendorId | None


@event("compliance.recorded")
class ComplianceRecorded:
    """Evidence that a vendor (and so all its people) or one person complies with a standard (iso27001, hipaa, ...)."""

    record: ComplianceId
    kind: str
    vendor: VendorId | None
    annotator: AnnotatorId | None
    evidence: Secret
    until: datetime | None


@event("compliance.ended")
class ComplianceEnded:
    """The record does not count any more: its time is over (no reason), or somebody withdrew it and said why."""

    record: ComplianceId
    kind: str
    vendor: VendorId | None
    annotator: AnnotatorId | None
    reason: Secret | None
