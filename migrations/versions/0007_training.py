"""Courses in modules, attempts, guidelines in all their versions."""

from migrations.making import make

revision = "0007"
down_revision = "0006"

TABLES = ("enrolment", "guideline", "acknowledgement")


def upgrade() -> None:
    """The tables, each behind its tenant's wall."""
    make(__file__, TABLES)
