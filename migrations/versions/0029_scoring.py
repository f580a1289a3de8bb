"""Projections are folded anew."""

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    """Nothing: a new revision is what makes projections fold anew."""
