"""How a project's work is handed out, staffing and quotas."""

from migrations.making import make

revision = "0017"
down_revision = "0016"

TABLES = ("queue_default", "staffing", "quota")


def upgrade() -> None:
    """The tables, each behind its tenant's wall."""
    make(__file__, TABLES)
