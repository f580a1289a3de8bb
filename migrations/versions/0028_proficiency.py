"""Projections are folded anew."""

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Nothing: a new revision is what makes projections fold anew."""
