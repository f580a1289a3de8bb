"""What holds for every review sample: an audit floor nobody can switch off, and what a drawn item counts for."""

AUDIT_FLOOR = 0.01
"""The smallest share of answers that is reviewed, whatever a project sets."""
WEIGHT_MAX = 5.0
"""An item drawn at a low rate speaks for many, but for no more than this many (else a single error would decide)."""


def audited(rate: float) -> float:
    """The rate, lifted to the audit floor. ValueError where it is no share in 0..1."""
    if not 0.0 <= rate <= 1.0:
        raise ValueError(f"expected a review rate in 0..1, found {rate}")
    return max(AUDIT_FLOOR, rate)


def weight(rate: float) -> float:
    """What a verdict on an item drawn at this rate weighs as evidence: 1 / rate, at most 5 (Horvitz and Thompson
    1952, truncated). ValueError where the rate is not in (0, 1]."""
    if not 0.0 < rate <= 1.0:
        raise ValueError(f"expected an inclusion probability above 0 and up to 1, found {rate}")
    return min(WEIGHT_MAX, 1.0 / rate)


def drawn(rate: float, draw: float) -> bool:
    """Whether an item with this draw, uniform in [0, 1), is reviewed at this rate."""
    return draw < rate
