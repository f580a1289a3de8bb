"""Projections are folded anew."""

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    """Nothing: a new revision is what makes projections fold anew."""
