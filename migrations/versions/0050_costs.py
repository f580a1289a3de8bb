"""What a rule stops in a skill; what vendors cost, and how their score is weighed."""

from migrations.making import make

revision = "0050"
down_revision = "0049"

TABLES = ("vendor_rate", "vendor_score_weight")


def upgrade() -> None:
    """The tables, each behind its tenant's wall; skills close as before."""
    make(__file__, TABLES)
