"""When signs of a worn gold item take it out by themselves."""

from migrations.making import make

revision = "0053"
down_revision = "0052"

TABLES = ("gold_watch", "gold_gone")


def upgrade() -> None:
    """Two tables behind their tenants' walls; projections are folded anew, so that projects with gold are watched."""
    make(__file__, TABLES)
