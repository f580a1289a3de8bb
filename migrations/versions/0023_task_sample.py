"""Which tasks were drawn for a bulk act."""

from migrations.making import make

revision = "0023"
down_revision = "0022"

TABLES = ("task_sample",)


def upgrade() -> None:
    """The table behind its tenant's wall."""
    make(__file__, TABLES)
