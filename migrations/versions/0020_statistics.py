"""The planner learns the queue's tables; a migration of its own, because it needs tables that are committed."""

from migrations.making import teach

revision = "0020"
down_revision = "0019"

TABLES: tuple[str, ...] = (
    "lane",
    "lane_ring",
    "item",
    "task",
    "open_slot",
    "held_slot",
    "worked",
    "lease",
    "lease_ended",
    "step_result",
    "intake_line",
    "intake_progress",
    "item_tag",
    "rework_item",
    "rework",
    "queue_default",
    "staffing",
    "quota",
    "handling",
    "laid_aside",
    "workflow",
)


def upgrade() -> None:
    """Samples in, ANALYZE, samples out."""
    teach(TABLES)
