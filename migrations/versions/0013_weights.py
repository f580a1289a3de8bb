"""What evidence of each source weighs, per skill."""

from migrations.making import make

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Columns on a table that keeps its wall; what was true for all skills until now is the default."""
    make(__file__, ())
