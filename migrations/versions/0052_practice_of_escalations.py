"""Practice that comes from escalations: what courses teach of them, for which codes, and which items are known by it."""

from migrations.making import make

revision = "0052"
down_revision = "0051"

TABLES = ("course_taught", "taught_code", "taught_item")


def upgrade() -> None:
    """The tables, each behind its tenant's wall."""
    make(__file__, TABLES)
