"""Streamed imports and what became of each of their lines."""

from migrations.making import make

revision = "0015"
down_revision = "0014"

TABLES: tuple[str, ...] = ("intake", "item_tag", "intake_progress", "intake_line")


def upgrade() -> None:
    """The tables, each behind its tenant's wall."""
    make(__file__, TABLES)
