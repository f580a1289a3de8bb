"""Schedules, limits, activities and counted time."""

from migrations.making import make

revision = "0009"
down_revision = "0008"

TABLES = ("availability", "work_limit", "work_time", "presence", "work_pending")


def upgrade() -> None:
    """The tables, each behind its tenant's wall."""
    make(__file__, TABLES)
