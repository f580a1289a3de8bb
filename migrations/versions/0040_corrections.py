"""What a correction needs to reach everything: verdicts as they count now, and what a rule judged before."""

from migrations.making import make

revision = "0040"
down_revision = "0039"

TABLES = ("review_found",)


def upgrade() -> None:
    """The table behind its tenant's wall, and the columns; projections are folded anew."""
    make(__file__, TABLES)
