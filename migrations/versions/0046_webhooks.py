"""Webhooks, and the outbox from which they are served."""

from migrations.making import make

revision = "0046"
down_revision = "0045"

TABLES = ("webhook", "webhook_outbox", "webhook_delivery")


def upgrade() -> None:
    """The tables, each behind its tenant's wall; the scheduler's role sees what waits, and forgets what is over."""
    make(__file__, TABLES)
