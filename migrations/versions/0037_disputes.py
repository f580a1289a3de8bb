"""Projections are folded anew."""

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    """Nothing: a new revision is what makes projections fold anew."""
