"""Who saw which other labels; what a model's class came to by a metric that is measured here."""

from migrations.making import make

revision = "0048"
down_revision = "0047"

TABLES = ("labels_shown", "model_class")


def upgrade() -> None:
    """The tables, each behind its tenant's wall, and what routing and leases say of labels; projections are folded
    anew."""
    make(__file__, TABLES)
