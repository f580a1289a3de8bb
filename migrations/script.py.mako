"""${message}."""

from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Forward only: facts are never taken back."""
    ${upgrades if upgrades else "op.execute('SELECT 1')"}
