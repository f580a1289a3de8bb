"""Vendors, teams, compliance records and what the tenant asks before the first task."""

from migrations.making import make

revision = "0004"
down_revision = "0003"

TABLES = ("vendor", "team", "compliance", "onboarding")


def upgrade() -> None:
    """The tables, each behind its tenant's wall."""
    make(__file__, TABLES)
