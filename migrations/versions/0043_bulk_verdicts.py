"""Verdicts on many reviews at once, and what is not counted because of it."""

from migrations.making import make

revision = "0043"
down_revision = "0042"


def upgrade() -> None:
    """Columns only."""
    make(__file__, ())
