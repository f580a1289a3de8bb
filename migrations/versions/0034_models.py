"""Models, how projects route their answers, and what each answered to which item."""

from migrations.making import make

revision = "0034"
down_revision = "0033"

TABLES = ("model", "model_routing", "prediction")


def upgrade() -> None:
    """The tables, each behind its tenant's wall."""
    make(__file__, TABLES)
