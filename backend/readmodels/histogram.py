"""A histogram of durations whose quantiles are within five percent, however long the durations are."""

from collections.abc import Mapping
from math import ceil, log

ERROR = 0.05
"""How far a quantile of the histogram may lie beside the true one, as a share of it."""
GAMMA = (1 + ERROR) / (1 - ERROR)
"""The ratio of a bucket's upper end to its lower (DDSketch: Masson, Rim, Lee, PVLDB 12, 2019, section 2.1)."""
SECONDS_MAX = 7 * 86_400
"""What took longer counts as this long."""
ANSWERS_MIN = 20
"""Below so many answers nothing is known."""
PERCENT = 95


def bucket_of(seconds: float) -> int:
    """The bucket of a duration in seconds: (GAMMA^(n-1), GAMMA^n], 0 up to one second."""
    return max(0, ceil(log(min(max(seconds, 1.0), SECONDS_MAX)) / log(GAMMA)))


def seconds_of(bucket: int) -> float:
    """The duration in seconds that is at most ERROR of any in the bucket beside it."""
    return float(2 * GAMMA**bucket / (GAMMA + 1)) if bucket > 0 else 1.0


def quantile(histogram: Mapping[int, int], percent: int = PERCENT) -> float | None:
    """The lowest duration in seconds that `percent` of the counted ones do not exceed, within ERROR; None below
    ANSWERS_MIN. `histogram` is bucket -> how many."""
    total = sum(histogram.values())
    if total < ANSWERS_MIN:
        return None
    below, wanted = 0, -(-total * percent // 100)
    for bucket in sorted(histogram):
        below += histogram[bucket]
        if below >= wanted:
            return seconds_of(bucket)
    raise AssertionError("a histogram's counts are not negative")
