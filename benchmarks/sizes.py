"""How much of everything: the full run, the quick one, and the tiny one that the tests make."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Counts and seconds of one run. A round measures `seconds` after `warm_seconds` that do not count."""

    rounds: int
    seconds: float
    warm_seconds: float
    lanes: int
    people: int
    slots: int
    slots_reference: int
    # Payloads that are really sealed, per lane from its head on: more than any round takes from one lane.
    sealed_per_lane: int
    claimers: int
    claimers_beside: tuple[int, ...]
    appenders: int
    # Events that a log has grown by before appending to it is measured once more.
    log_events: int
    http_people: int
    http_items: int
    rebuild_items: int
    snapshot_seconds: float
    snapshot_last_seconds: float
    snapshot_people: int
    snapshot_slots: int
    # What the reference finds at its start; pgbench may take so many rows a second at most.
    reference_rows: int


FULL = Sizes(
    rounds=3,
    seconds=10,
    warm_seconds=3,
    lanes=2_000,
    people=2_000,
    slots=10_000_000,
    slots_reference=1_000_000,
    sealed_per_lane=500,
    claimers=64,
    claimers_beside=(8, 256),
    appenders=64,
    log_events=10_000_000,
    http_people=64,
    http_items=60_000,
    rebuild_items=15_000,
    snapshot_seconds=60,
    snapshot_last_seconds=15,
    snapshot_people=200,
    snapshot_slots=600_000,
    reference_rows=400_000,
)
QUICK = Sizes(
    rounds=3,
    seconds=3,
    warm_seconds=1,
    lanes=2_000,
    people=2_000,
    slots=2_000_000,
    slots_reference=200_000,
    sealed_per_lane=250,
    claimers=64,
    claimers_beside=(8, 256),
    appenders=64,
    log_events=1_000_000,
    http_people=64,
    http_items=12_000,
    rebuild_items=2_000,
    snapshot_seconds=12,
    snapshot_last_seconds=3,
    snapshot_people=200,
    snapshot_slots=150_000,
    reference_rows=200_000,
)
TINY = Sizes(
    rounds=1,
    seconds=0.5,
    warm_seconds=0.2,
    lanes=20,
    people=24,
    slots=4_000,
    slots_reference=2_000,
    sealed_per_lane=200,
    claimers=8,
    claimers_beside=(2,),
    appenders=8,
    log_events=5_000,
    http_people=4,
    http_items=400,
    rebuild_items=60,
    snapshot_seconds=1,
    snapshot_last_seconds=0.5,
    snapshot_people=24,
    snapshot_slots=4_000,
    reference_rows=20_000,
)
