"""Workflows by version."""

from migrations.making import make

revision = "0016"
down_revision = "0015"

TABLES: tuple[str, ...] = ("workflow",)


def upgrade() -> None:
    """The tables, each behind its tenant's wall."""
    make(__file__, TABLES)
