"""Escalations with deadlines, codes and two experts; what people flag as ambiguous; verdicts of regions."""

from migrations.making import make

revision = "0033"
down_revision = "0032"

TABLES = ("escalation_setting", "region_verdict")


def upgrade() -> None:
    """New tables behind their tenant's wall; the others keep theirs and are folded anew."""
    make(__file__, TABLES)
