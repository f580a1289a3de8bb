"""Confidence that keeps its word: one exponent, fitted on audited tasks, that softens over-confident posteriors.

    q[k] ~ p[k] ** T        T < 1 softens, T > 1 sharpens, the order of the classes stays

T minimises the mean of -ln q[truth] over audited tasks, a convex function of T (a log-linear model with one weight):
temperature scaling, Guo et al., ICML 2017, with T for their 1/T. Naive Bayes over answers needs it because errors on
one task are correlated through its difficulty.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from backend.statistics.beta import Beta

LOWEST, HIGHEST = 0.05, 2.0
AUDITED_MIN = 100
"""Fewer audited tasks than this fit T too loosely to steer by."""
_FLOOR = 1e-12
_CLOSE = 1e-6
_GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0


@dataclass(frozen=True, slots=True)
class Honesty:
    """Of `reached` tasks that claimed at least tau, `right` (0..1; 0 when none) were; the truth of that share lies in
    `low`..`high` with 95 %. `honest`: the claim is not refuted, high >= tau; `proved`: low >= tau."""

    tau: float
    reached: int
    right: float
    low: float
    high: float

    @property
    def honest(self) -> bool:
        """What was seen does not contradict the claim."""
        return self.high >= self.tau

    @property
    def proved(self) -> bool:
        """What was seen makes less than the claim improbable."""
        return self.reached > 0 and self.low >= self.tau


def tempered(shares: Sequence[float], temperature: float) -> tuple[float, ...]:
    """p ** T over their sum. `shares` are >= 0 with one above 0, T > 0, else ValueError."""
    if temperature <= 0 or not shares or min(shares) < 0 or max(shares) <= 0:
        raise ValueError(
            f"expected shares >= 0, one above 0, and T > 0, found {tuple(shares)} and {temperature}"
        )
    most = max(shares)
    weights = [(share / most) ** temperature for share in shares]
    whole = math.fsum(weights)
    return tuple(weight / whole for weight in weights)


def fit(posteriors: Sequence[Sequence[float]], truths: Sequence[int]) -> float:
    """T in .05..2 for audited tasks: one posterior each, and the place of its true class.

    A true class with no probability counts as 1e-12. ValueError without a task or for lengths that differ.
    """
    if not posteriors or len(posteriors) != len(truths):
        raise ValueError(f"expected as many truths as posteriors, found {len(truths)} and {len(posteriors)}")
    logs = [[math.log(max(share, _FLOOR)) for share in shares] for shares in posteriors]
    return _lowest(lambda t: _loss(logs, truths, t), LOWEST, HIGHEST)


def log_loss(posteriors: Sequence[Sequence[float]], truths: Sequence[int], temperature: float = 1.0) -> float:
    """The mean of -ln q[truth], in nats, floored as in fit()."""
    logs = [[math.log(max(share, _FLOOR)) for share in shares] for shares in posteriors]
    return _loss(logs, truths, temperature)


def calibration_error(confidences: Sequence[float], right: Sequence[bool], bins: int = 10) -> float:
    """Expected calibration error: the mean over tasks of |share right - mean confidence| of their bin, 0..1.

    Bins are of equal width over 0..1, the last includes 1 (Naeini et al., AAAI 2015). ValueError when empty.
    """
    if not confidences or len(confidences) != len(right):
        raise ValueError(
            f"expected as many outcomes as confidences, found {len(right)} and {len(confidences)}"
        )
    filled: dict[int, list[float]] = {}
    for confidence, was_right in zip(confidences, right, strict=True):
        filled.setdefault(min(int(confidence * bins), bins - 1), []).append(was_right - confidence)
    return math.fsum(abs(math.fsum(filled[at])) for at in sorted(filled)) / len(confidences)


def honest(tau: float, confidences: Sequence[float], right: Sequence[bool]) -> Honesty:
    """Whether those who claim at least `tau` are right that often; the interval is Jeffreys', 2.5 % to 97.5 %."""
    outcomes = [was for claimed, was in zip(confidences, right, strict=True) if claimed >= tau]
    hits, reached = sum(outcomes), len(outcomes)
    belief = Beta(0.5 + hits, 0.5 + reached - hits)
    low = belief.quantile(0.025) if hits else 0.0
    high = belief.quantile(0.975) if hits < reached else 1.0
    return Honesty(tau, reached, hits / reached if reached else 0.0, low, high)


def _loss(logs: Sequence[Sequence[float]], truths: Sequence[int], t: float) -> float:
    def one(row: Sequence[float], truth: int) -> float:
        most = max(row)
        return math.log(math.fsum(math.exp(t * (x - most)) for x in row)) - t * (row[truth] - most)

    return math.fsum(one(row, truth) for row, truth in zip(logs, truths, strict=True)) / len(logs)


def _lowest(of: Callable[[float], float], low: float, high: float) -> float:
    """Golden section search (Kiefer 1953) for the minimum of a convex function."""
    inner, outer = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_inner, at_outer = of(inner), of(outer)
    while high - low > _CLOSE:
        if at_inner <= at_outer:
            high, outer, at_outer = outer, inner, at_inner
            inner = high - _GOLDEN * (high - low)
            at_inner = of(inner)
        else:
            low, inner, at_inner = inner, outer, at_outer
            outer = low + _GOLDEN * (high - low)
            at_outer = of(outer)
    return (low + high) / 2.0
