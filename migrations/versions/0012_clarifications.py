"""Clarifications and the replies to them."""

from migrations.making import make

revision = "0012"
down_revision = "0011"

TABLES = ("clarification", "clarification_reply")


def upgrade() -> None:
    """The tables, each behind its tenant's wall."""
    make(__file__, TABLES)
