"""Whether models decide in a pilot, and what they answered there; projections are folded anew."""

from migrations.making import make

revision = "0045"
down_revision = "0044"


def upgrade() -> None:
    """Two columns of a table that is there."""
    make(__file__, ())
