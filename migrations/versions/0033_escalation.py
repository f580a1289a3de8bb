"""Projections are folded anew."""

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    """Nothing: a new revision is what makes projections fold anew."""
