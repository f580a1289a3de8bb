"""Iterations of a project, and which items belong to them."""

from migrations.making import make

revision = "0024"
down_revision = "0023"

TABLES = ("iteration", "iteration_item")


def upgrade() -> None:
    """The tables, each behind its tenant's wall."""
    make(__file__, TABLES)
