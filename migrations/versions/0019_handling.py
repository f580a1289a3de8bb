"""How long work takes."""

from migrations.making import make

revision = "0019"
down_revision = "0018"

TABLES: tuple[str, ...] = ()


def upgrade() -> None:
    """The tables, each behind its tenant's wall."""
    make(__file__, TABLES)
