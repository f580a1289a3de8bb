"""A project's settings tried out in a project of their own; and which share a pilot was to be."""

from migrations.making import make

revision = "0055"
down_revision = "0054"

TABLES = ("trial", "copied_item")


def upgrade() -> None:
    """The tables, each behind its tenant's wall; pilots know their share, projects whether they are over."""
    make(__file__, TABLES)
