"""Double reviews of what experts settled alone."""

from migrations.making import make

revision = "0039"
down_revision = "0038"

TABLES = ("double_review",)


def upgrade() -> None:
    """The table, behind its tenant's wall."""
    make(__file__, TABLES)
