"""Rights with a source and an end; lanes that ask for one of several things, or for the absence of one; drafts."""

from migrations.making import make

revision = "0003"
down_revision = "0002"

TABLES = ("holding", "draft")


def upgrade() -> None:
    """The tables, each behind its tenant's wall."""
    make(__file__, TABLES)
