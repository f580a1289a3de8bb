"""How much error goes out after sampled review: an unbiased estimate with an interval, and what reviewers overlook."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from backend.statistics.beta import Beta


@dataclass(frozen=True, slots=True)
class Reviewed:
    """One reviewed answer: the rate it was drawn at, and whether the review found (and mended) an error."""

    rate: float
    error: bool


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Share of `items` that goes out wrong, with its interval; all three in 0..1. `errors` were found and mended."""

    value: float
    low: float
    high: float
    items: int
    reviews: int
    errors: int


def outgoing_error(
    reviews: Iterable[Reviewed],
    items: int,
    detection: float = 1.0,
    z: float = 1.96,
    rate_min: float | None = None,
) -> Outgoing:
    """The Horvitz-Thompson estimate of the errors left, over all `items`, and a two-sided interval (z: 1.96 is 95 %).

    An error found at rate f by a reviewer who finds a share `detection` stands for 1 / (f detection) errors, of which
    it alone was mended: weight 1 / (f detection) - 1. The interval is that of a weighted sum of Poisson counts (Fay
    and Feuer 1997), whose upper end stays above 0 where no error was found; there it needs the largest weight a
    further error could have, that of `rate_min` (default: the lowest rate among the reviews). The reviewer's own
    interval is not in it: pass the detection's lower bound for a careful upper end. Nothing reviewed: 0..1.
    ValueError where items < reviews, or a rate or the detection is not in (0, 1].
    """
    given = list(reviews)
    rates = [one.rate for one in given]
    lowest = min(rates, default=1.0) if rate_min is None else rate_min
    _checked([*rates, lowest, detection], len(given), items)
    weights = [1.0 / (one.rate * detection) - 1.0 for one in given if one.error]
    found = len(weights)
    if not given:
        return Outgoing(0.0, 0.0, 1.0 if items else 0.0, items, 0, 0)
    largest = 1.0 / (lowest * detection) - 1.0
    total = math.fsum(weights)
    variance = math.fsum(weight * (weight + 1.0) for weight in weights)
    # The cube is an approximation: where it breaks down the ends meet the estimate, and never pass it.
    low = min(total, _gamma_quantile(total, variance, -z))
    high = max(total, _gamma_quantile(total + largest, variance + largest * (largest + 1.0), z))
    value, low, high = (min(1.0, part / items) for part in (total, low, high))
    return Outgoing(value, low, high, items, len(given), found)


def detection_of(found: int, planted: int) -> Beta:
    """What is believed of a reviewer's detection rate after `found` of `planted` errors, from a uniform start.

    ValueError where found is not in 0..planted."""
    if not 0 <= found <= planted:
        raise ValueError(f"expected found errors in 0..{planted}, found {found}")
    return Beta(1.0, 1.0).updated(found, planted)


def aoq(incoming: float, rate: float, detection: float = 1.0) -> float:
    """The average outgoing error at a fixed review rate: p (1 - f delta)."""
    return incoming * (1.0 - rate * detection)


def _checked(shares: list[float], reviews: int, items: int) -> None:
    wrong = [share for share in shares if not 0.0 < share <= 1.0]
    if wrong:
        raise ValueError(f"expected rates and detection above 0 and up to 1, found {wrong[0]}")
    if items < reviews:
        raise ValueError(f"expected at least as many items as reviews, found {items} and {reviews}")


def _gamma_quantile(mean: float, variance: float, z: float) -> float:
    """Of the gamma distribution with this mean and variance, by Wilson and Hilferty's cube (1931)."""
    if mean <= 0.0 or variance <= 0.0:
        return 0.0
    spread = variance / (9.0 * mean * mean)
    return float(mean * max(0.0, 1.0 - spread + z * math.sqrt(spread)) ** 3)
