"""The standards that vendors are held to, what fell below them, and results by their class and confidence."""

from migrations.making import make

revision = "0044"
down_revision = "0043"

TABLES = ("vendor_floor", "vendor_crossing", "mislabel_draw")


def upgrade() -> None:
    """The tables, each behind its tenant's wall, and what results are looked up by; projections are folded anew."""
    make(__file__, TABLES)
