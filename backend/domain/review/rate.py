"""The adaptive review rate: everything at first, ever less as a person's error is proven low, never nothing."""

from backend.domain.checks import PPM

FIRST_IN_FULL = 10
FLOOR_PPM = 50_000


def adaptive_rate(reviewed: int, error_high: float, target_ppm: int) -> int:
    """The share of a person's answers to review, in parts per million.

    `reviewed` answers of theirs were reviewed so far: the first ten in full. Then f = 1 - L / p, with L the target for
    errors that go out and p = `error_high` (0..1) the 95 % quantile of their error: when errors found are mended, the
    outgoing error p (1 - f) is at most L (average outgoing quality of a plan with a fixed fraction: Dodge 1943).
    Never below 5 %, so that a fall in quality is seen.
    """
    if reviewed < FIRST_IN_FULL:
        return PPM
    if error_high * PPM <= target_ppm:
        return FLOOR_PPM
    return max(FLOOR_PPM, min(PPM, round(PPM - target_ppm / error_high)))
