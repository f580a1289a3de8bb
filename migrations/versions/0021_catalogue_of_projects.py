"""The catalogue's version counts what changes projects too: no table changes, but every projection is folded anew."""

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Nothing: a new revision is what makes projections fold anew."""
