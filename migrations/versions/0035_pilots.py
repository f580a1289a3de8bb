"""Projections are folded anew."""

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    """Nothing: a new revision is what makes projections fold anew."""
