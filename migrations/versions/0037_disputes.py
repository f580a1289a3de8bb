"""Disputes, gold that was disclosed, and what projects tell their people of reviews."""

from migrations.making import make

revision = "0037"
down_revision = "0036"

TABLES = ("dispute", "gold_disclosed", "feedback_setting")


def upgrade() -> None:
    """The tables, each behind its tenant's wall."""
    make(__file__, TABLES)
