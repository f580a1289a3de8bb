"""The temperature that makes claimed confidence keep its word, per project."""

from migrations.making import make

revision = "0032"
down_revision = "0031"

TABLES = ("calibration",)


def upgrade() -> None:
    """The table, behind its tenant's wall."""
    make(__file__, TABLES)
