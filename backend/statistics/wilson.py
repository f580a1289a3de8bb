"""How far a counted share may be off, without a prior: Wilson's score interval."""

import math
from functools import lru_cache


def wilson(correct: float, total: float, confidence: float = 0.95) -> tuple[float, float]:
    """(low, high) around correct / total, in 0..1; (0, 1) without answers.

    Centre (p + z^2 / 2n) / (1 + z^2 / n), half-width z sqrt(p (1 - p) / n + z^2 / 4n^2) / (1 + z^2 / n) (Wilson 1927).
    ValueError unless 0 <= correct <= total and 0 < confidence < 1. Weighted counts may be fractions.
    """
    if not (math.isfinite(total) and 0.0 <= correct <= total):
        raise ValueError(f"expected 0 <= correct <= total, found correct {correct} of total {total}")
    z = normal_z(confidence)
    if total == 0.0:
        return 0.0, 1.0
    p, z2 = correct / total, z * z
    scale = 1.0 + z2 / total
    centre = (p + z2 / (2.0 * total)) / scale
    half = z * math.sqrt(p * (1.0 - p) / total + z2 / (4.0 * total * total)) / scale
    # At the ends the interval touches the end; the rounding of floats must not put it beyond.
    return (max(0.0, centre - half) if correct > 0.0 else 0.0), (
        min(1.0, centre + half) if correct < total else 1.0
    )


@lru_cache(maxsize=64)
def normal_z(confidence: float) -> float:
    """The z with P(|N(0, 1)| <= z) = confidence, between 0 and 1, else ValueError; 1.96 for .95. By bisection on erf:
    exact to the last bits, always the same."""
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"expected a confidence between 0 and 1, found {confidence}")
    low, high = 0.0, 10.0
    for _ in range(100):
        middle = (low + high) / 2.0
        low, high = (middle, high) if math.erf(middle / math.sqrt(2.0)) < confidence else (low, middle)
    return (low + high) / 2.0
