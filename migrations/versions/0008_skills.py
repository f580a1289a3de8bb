"""Skills held and closed; evidence counted by source."""

from migrations.making import make

revision = "0008"
down_revision = "0007"

TABLES: tuple[str, ...] = ("skill_held", "skill_closing", "confusion", "proficiency_shown")


def upgrade() -> None:
    """The tables, each behind its tenant's wall."""
    make(__file__, TABLES)
