"""Lanes by step, class and need, with rings; slots that are held; generations; what every step came to."""

from migrations.making import make

revision = "0014"
down_revision = "0013"

TABLES = (
    "lane_ring",
    "lane_catalogue",
    "open_slot",
    "held_slot",
    "worked",
    "lease",
    "lease_ended",
    "step_result",
)


def upgrade() -> None:
    """The tables, each behind its tenant's wall; they are filled when the projections are folded anew."""
    make(__file__, TABLES)
