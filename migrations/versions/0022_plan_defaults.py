"""The quality plan that projects follow where they say nothing, and what each of them says itself."""

from migrations.making import make

revision = "0022"
down_revision = "0021"

TABLES = ("plan_default",)


def upgrade() -> None:
    """The column and the table behind its tenant's wall; a new revision folds every projection anew."""
    make(__file__, TABLES)
