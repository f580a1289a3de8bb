"""What projects ask to be learnt anew, and which course is for who falls in a skill."""

from migrations.making import make

revision = "0042"
down_revision = "0041"

TABLES = ("recertification", "recertified_skill", "retraining_rule", "retraining")


def upgrade() -> None:
    """The tables, each behind its tenant's wall."""
    make(__file__, TABLES)
