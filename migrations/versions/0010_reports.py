"""What the workforce reports read."""

from migrations.making import make

revision = "0010"
down_revision = "0009"

TABLES = ("milestone", "stay", "work_done", "ramp", "evidence_hour", "evidence_ten", "evidence_wrong")


def upgrade() -> None:
    """The tables, each behind its tenant's wall."""
    make(__file__, TABLES)
