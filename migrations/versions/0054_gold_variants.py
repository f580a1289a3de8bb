"""Gold made from gold."""

from migrations.making import make

revision = "0054"
down_revision = "0053"

TABLES = ()


def upgrade() -> None:
    """From which item gold was derived, and how; before this none was, so nothing is folded anew."""
    make(__file__, TABLES)
