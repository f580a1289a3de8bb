"""Plans to do work again."""

from migrations.making import make

revision = "0018"
down_revision = "0017"

TABLES = ("rework", "rework_item")


def upgrade() -> None:
    """The tables, each behind its tenant's wall."""
    make(__file__, TABLES)
