"""Projections are folded anew."""

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    """Nothing: a new revision is what makes projections fold anew."""
