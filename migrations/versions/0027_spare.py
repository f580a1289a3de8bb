"""Projections are folded anew."""

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Nothing: a new revision is what makes projections fold anew."""
