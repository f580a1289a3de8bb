"""Routines with their judged periods, and drift signals."""

from migrations.making import make

revision = "0041"
down_revision = "0040"

TABLES = ("routine", "routine_period", "drift_signal", "drift_rule")


def upgrade() -> None:
    """The tables, each behind its tenant's wall."""
    make(__file__, TABLES)
