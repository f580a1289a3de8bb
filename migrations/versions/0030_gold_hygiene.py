"""Gold that is drawn by its lot, retired, and promoted; who met it, and how it fared."""

from migrations.making import make

revision = "0030"
down_revision = "0029"

TABLES = ("gold_met", "gold_record")


def upgrade() -> None:
    """Two tables behind their tenants' walls, and columns on gold; projections are folded anew, so all gold gets them."""
    make(__file__, TABLES)
