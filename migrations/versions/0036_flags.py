"""Projections are folded anew."""

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    """Nothing: a new revision is what makes projections fold anew."""
