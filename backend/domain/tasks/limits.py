"""The hard limit of a lease: it follows from how long answers on its step took."""

from math import ceil

from backend.events.queue import QueueSettings

HARD_SECONDS_UNKNOWN = 8 * 3_600
"""While nothing is known of a step: a working day."""


def hard_seconds(settings: QueueSettings, p95: float | None) -> int:
    """After how many seconds a lease ends whatever its heartbeats say: `hard_factor` times the step's 95th percentile
    in seconds, but at least `hard_seconds_min`; eight hours while that percentile is not known."""
    if p95 is None:
        return max(settings.hard_seconds_min, HARD_SECONDS_UNKNOWN)
    return max(settings.hard_seconds_min, ceil(settings.hard_factor * p95))
