"""Keys of gold that were found wrong, and what was scored against them."""

from migrations.making import make

revision = "0051"
down_revision = "0050"

TABLES = ("score_rekeyed",)


def upgrade() -> None:
    """What answers count since then, behind its tenant's wall; what evidence, disputes, planted answers and gold know of
    it; projections are folded anew."""
    make(__file__, TABLES)
