"""Devices and networks that people were seen with, as keyed tokens, and what of today is no fact yet."""

from migrations.making import make

revision = "0049"
down_revision = "0048"

TABLES = ("sighting", "sighting_pending")


def upgrade() -> None:
    """The tables, each behind its tenant's wall; projections are folded anew."""
    make(__file__, TABLES)
