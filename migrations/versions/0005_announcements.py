"""Announcements and their receipts."""

from migrations.making import make

revision = "0005"
down_revision = "0004"

TABLES = ("announcement", "announcement_person", "announcement_receipt")


def upgrade() -> None:
    """The tables, each behind its tenant's wall."""
    make(__file__, TABLES)
