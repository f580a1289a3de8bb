"""Flags of suspicion, and whose answers weigh nothing since when."""

from migrations.making import make

revision = "0036"
down_revision = "0035"

TABLES = ("flag", "answers_discounted")


def upgrade() -> None:
    """The tables, each behind its tenant's wall."""
    make(__file__, TABLES)
