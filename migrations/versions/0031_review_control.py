"""Why each review was drawn at its rate, the controller that finds it, the audit floor, and what is planted."""

from migrations.making import make

revision = "0031"
down_revision = "0030"

TABLES = (
    "audit_floor",
    "review_project",
    "review_skill",
    "review_class",
    "review_person",
    "review_stratum",
    "review_run",
    "review_lot",
    "review_awaited",
    "review_passed_over",
    "planted_subject",
    "planted",
)


def upgrade() -> None:
    """The columns and tables, each table behind its tenant's wall; projections are folded anew."""
    make(__file__, TABLES)
