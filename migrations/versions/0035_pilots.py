"""Pilots that production waits for, and deliveries that are held back when they fall short."""

from migrations.making import make

revision = "0035"
down_revision = "0034"

TABLES = ("pilot", "delivery", "delivery_item")


def upgrade() -> None:
    """The tables, each behind its tenant's wall."""
    make(__file__, TABLES)
