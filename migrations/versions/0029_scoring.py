"""How a project's answers are compared, what is asked of them, and what each answer with a known truth came to."""

from migrations.making import make

revision = "0029"
down_revision = "0028"

TABLES = ("judged",)


def upgrade() -> None:
    """Columns on a table that keeps its wall, and a table behind its own."""
    make(__file__, TABLES)
