"""What experts and managers said of experts' answers."""

from migrations.making import make

revision = "0057"
down_revision = "0056"

TABLES = ("expert_words",)


def upgrade() -> None:
    """The table, behind its tenant's wall."""
    make(__file__, TABLES)
