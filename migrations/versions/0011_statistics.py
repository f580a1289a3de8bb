"""The planner learns the new tables; a migration of its own, because it needs tables that are committed."""

from migrations.making import teach

revision = "0011"
down_revision = "0010"

TABLES: tuple[str, ...] = (
    "holding",
    "draft",
    "availability",
    "work_limit",
    "work_time",
    "presence",
    "work_pending",
    "announcement_person",
    "announcement_receipt",
    "enrolment",
    "guideline",
    "acknowledgement",
    "milestone",
    "stay",
    "work_done",
    "ramp",
    "evidence_hour",
    "evidence_ten",
    "evidence_wrong",
    "skill_held",
    "skill_closing",
    "confusion",
    "proficiency_shown",
    "agreement_version",
    "agreement_text",
    "signature",
    "compliance",
)


def upgrade() -> None:
    """Samples in, ANALYZE, samples out."""
    teach(TABLES)
