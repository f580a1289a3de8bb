"""Projections are folded anew."""

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    """Nothing: a new revision is what makes projections fold anew."""
