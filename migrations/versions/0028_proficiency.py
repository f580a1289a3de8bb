"""Evidence piece by piece, the fading state made of it, fitted priors, and why a skill was closed."""

from migrations.making import make

revision = "0028"
down_revision = "0027"

TABLES = (
    "evidence",
    "evidence_weight",
    "evidence_discount",
    "evidence_skill",
    "proficiency_state",
    "skill_prior",
    "skill_closing",
)


def upgrade() -> None:
    """The tables, each behind its tenant's wall; projections are folded anew."""
    make(__file__, TABLES)
