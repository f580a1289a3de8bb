"""Fixed ids, times and ciphertexts that the domain's tests speak of."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from backend.events.base import Secret
from backend.events.ids import (
    AgreementId,
    AnnotatorId,
    AttemptId,
    CourseId,
    EscalationId,
    GoldId,
    ItemId,
    KeyId,
    LaneId,
    LateAnswerId,
    LeaseId,
    PrincipalId,
    ProjectId,
    ReviewId,
    SkillId,
    TaskId,
    TenantId,
)


def uid(n: int) -> UUID:
    """The n-th id of a test."""
    return UUID(int=(0x8 << 76) | (0x2 << 62) | n)


ADA, BEN, EVE = AnnotatorId(uid(1)), AnnotatorId(uid(2)), AnnotatorId(uid(3))
LEASE_A, LEASE_B = LeaseId(uid(11)), LeaseId(uid(12))
TASK_A, ITEM_A, LANE_A, PROJECT_A = TaskId(uid(21)), ItemId(uid(22)), LaneId(uid(23)), ProjectId(uid(24))
LANE_B, PROJECT_B = LaneId(uid(26)), ProjectId(uid(25))
GOLD_A, GOLD_B, SKILL_A, SKILL_B = GoldId(uid(31)), GoldId(uid(32)), SkillId(uid(33)), SkillId(uid(34))
LATE_1, LATE_2 = LateAnswerId(uid(41)), LateAnswerId(uid(42))
REVIEW_A, ESCALATION_A = ReviewId(uid(51)), EscalationId(uid(52))
AGREEMENT_A, COURSE_A = AgreementId(uid(61)), CourseId(uid(62))
ATTEMPT_1, ATTEMPT_2 = AttemptId(uid(63)), AttemptId(uid(64))
TENANT_A, TENANT_B = TenantId(uid(71)), TenantId(uid(72))
USER_A = PrincipalId(uid(73))
KEY_A = KeyId("mk_a")
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=5)
HIDDEN = Secret(b"ciphertext")
