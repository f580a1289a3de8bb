"""What the tenant's own people cost in a project; ended leases found by when they ended."""

from migrations.making import make

revision = "0056"
down_revision = "0055"

TABLES = ("staff_rate",)


def upgrade() -> None:
    """The table behind its tenant's wall, and an index that grows with the table's blocks; projections are folded
    anew."""
    make(__file__, TABLES)
