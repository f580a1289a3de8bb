"""Projections are folded anew."""

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    """Nothing: a new revision is what makes projections fold anew."""
