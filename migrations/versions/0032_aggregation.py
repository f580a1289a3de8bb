"""Projections are folded anew."""

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    """Nothing: a new revision is what makes projections fold anew."""
