"""How long work takes."""

from migrations.making import make

revision = "0019"
down_revision = "0018"

TABLES = ("handling", "laid_aside")


def upgrade() -> None:
    """The tables, each behind its tenant's wall."""
    make(__file__, TABLES)
