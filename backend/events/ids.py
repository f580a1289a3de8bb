"""Typed identities, and how new ones are made from a clock and chance, or from a cause."""

import hashlib
from typing import NewType
from uuid import UUID

TenantId = NewType("TenantId", UUID)
PrincipalId = NewType("PrincipalId", UUID)
KeyId = NewType("KeyId", str)
AnnotatorId = NewType("AnnotatorId", UUID)
AgreementId = NewType("AgreementId", UUID)
CourseId = NewType("CourseId", UUID)
AttemptId = NewType("AttemptId", UUID)
SkillId = NewType("SkillId", UUID)
ProjectId = NewType("ProjectId", UUID)
LaneId = NewType("LaneId", UUID)
ItemId = NewType("ItemId", UUID)
TaskId = NewType("TaskId", UUID)
LeaseId = NewType("LeaseId", UUID)
GoldId = NewType("GoldId", UUID)
ReviewId = NewType("ReviewId", UUID)
EscalationId = NewType("EscalationId", UUID)
LateAnswerId = NewType("LateAnswerId", UUID)
VendorId = NewType("VendorId", UUID)
TeamId = NewType("TeamId", UUID)
ComplianceId = NewType("ComplianceId", UUID)
AnnouncementId = NewType("AnnouncementId", UUID)
ClarificationId = NewType("ClarificationId", UUID)
ReplyId = NewType("ReplyId", UUID)
RequestId = NewType("RequestId", UUID)
ItemGroupId = NewType("ItemGroupId", UUID)
ReworkId = NewType("ReworkId", UUID)
IntakeId = NewType("IntakeId", UUID)
StaffingId = NewType("StaffingId", UUID)
QuotaId = NewType("QuotaId", UUID)
BulkId = NewType("BulkId", UUID)
IterationId = NewType("IterationId", UUID)
DisputeId = NewType("DisputeId", UUID)
FlagId = NewType("FlagId", UUID)
PilotId = NewType("PilotId", UUID)
DeliveryId = NewType("DeliveryId", UUID)
PredictionId = NewType("PredictionId", UUID)
RoutinePeriodId = NewType("RoutinePeriodId", UUID)
DriftSignalId = NewType("DriftSignalId", UUID)
KeyCaseId = NewType("KeyCaseId", UUID)
TaxonomyId = NewType("TaxonomyId", UUID)
WebhookId = NewType("WebhookId", UUID)
StreamId = UUID

SYSTEM_TENANT = TenantId(UUID("00000000-0000-8000-8000-000000000001"))
SYSTEM_PRINCIPAL = PrincipalId(UUID("00000000-0000-8000-8000-000000000002"))


def uuid7(unix_ms: int, chance: bytes) -> UUID:
    """UUIDv7 (RFC 9562 5.7) from milliseconds since 1970 and 10 random bytes."""
    value = (unix_ms & ((1 << 48) - 1)) << 80 | int.from_bytes(chance[:10], "big")
    return _stamp(value, 7)


def uuid8(cause: UUID, *parts: str) -> UUID:
    """UUIDv8 that the same cause and parts always give: the cause's 48-bit time, then SHA-256.

    A second delivery of the cause therefore names the same stream, and the second append finds it taken.
    """
    digest = hashlib.sha256("\x1f".join((cause.hex, *parts)).encode()).digest()
    value = (cause.int >> 80) << 80 | int.from_bytes(digest[:10], "big")
    return _stamp(value, 8)


def uuid8_of(digest: bytes) -> UUID:
    """UUIDv8 of the first 16 bytes of a digest: says nothing of when."""
    return _stamp(int.from_bytes(digest[:16], "big"), 8)


def _stamp(value: int, version: int) -> UUID:
    value &= ~(0xF << 76) & ~(0x3 << 62)
    return UUID(int=value | version << 76 | 0x2 << 62)
