"""Taxonomies with their versions, and by which of them a project's answers are checked."""

from migrations.making import make

revision = "0047"
down_revision = "0046"

TABLES = ("taxonomy", "taxonomy_version")


def upgrade() -> None:
    """The tables, each behind its tenant's wall; a project's taxonomy stands in its row."""
    make(__file__, TABLES)
