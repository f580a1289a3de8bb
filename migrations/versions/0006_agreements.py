"""Every version of every agreement, and what each person did with it."""

from migrations.making import make

revision = "0006"
down_revision = "0005"

TABLES = ("agreement_version", "agreement_text", "signature")


def upgrade() -> None:
    """The tables, each behind its tenant's wall."""
    make(__file__, TABLES)
