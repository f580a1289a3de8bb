"""Shares of answers that hang together by who gave them: an estimate that goes by people, and whether two differ."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from backend.statistics.beta import Beta, beta_quantile, incomplete_beta

PEOPLE_LEAST = 1.5
"""Effective people below which there is no variance between people to speak of."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """One person's answers: the weight of the right ones, of all, and the sum of all squared weights."""

    right: float = 0.0
    total: float = 0.0
    squares: float = 0.0

    def __add__(self, other: "Cluster") -> "Cluster":
        return Cluster(self.right + other.right, self.total + other.total, self.squares + other.squares)


@dataclass(frozen=True, slots=True)
class Clustered:
    """A share (None of nothing), what it is worth in answers drawn alike from independent people, how many people count
    in it (Kish 1965), and its variance."""

    value: float | None
    worth: float
    people: float
    variance: float

    @property
    def belief(self) -> Beta:
        """Jeffreys' posterior at that worth; Beta(1/2, 1/2) of nothing."""
        right = (self.value or 0.0) * self.worth
        return Beta(0.5 + right, 0.5 + self.worth - right)

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """The middle `confidence` of the belief, with the end that nothing was seen against kept at 0 or 1."""
        tail, belief = (1.0 - confidence) / 2.0, self.belief
        low = 0.0 if not self.value else belief.quantile(tail)
        return low, 1.0 if self.value in (None, 1.0) else belief.quantile(1.0 - tail)


def of_people(answers: Iterable[tuple[object, bool, float, int]]) -> dict[object, Cluster]:
    """Person -> cluster, of (person, right or not, inclusion probability, how many alike); each answer weighs 1 /
    probability (Horvitz and Thompson 1952). ValueError for a probability outside (0, 1]."""
    found: dict[object, Cluster] = {}
    for who, right, rate, n in answers:
        if not 0.0 < rate <= 1.0:
            raise ValueError(f"expected a probability in (0, 1], found {rate}")
        one = Cluster(n / rate if right else 0.0, n / rate, n / rate**2)
        found[who] = found.get(who, Cluster()) + one
    return found


def clustered(people: Iterable[Cluster]) -> Clustered:
    """The share of right answers of these people, each with their own errors.

    The variance is that of a ratio between people by Taylor's series, m / (m - 1) sum (right_i - p total_i)^2 / W^2
    (Cochran, Sampling Techniques, 1977, 6.3 and 9A), at least that of as many independent answers (Kish's effective
    size). The worth is p (1 - p) / variance, times (t of the answers / t of the people)^2 at 97.5 %: few people say
    little of their variance (Korn and Graubard, Survey Methodology 24:193-201, 1998). One person is worth nothing.
    """
    known = [one for one in people if one.total > 0.0]
    total, answers = math.fsum(c.total for c in known), _answers(known)
    if not known:
        return Clustered(None, 0.0, 0.0, 0.0)
    p, counted = min(1.0, math.fsum(c.right for c in known) / total), _people(known)
    variance = _variance(known, p, total, answers)
    if counted < PEOPLE_LEAST:
        return Clustered(p, 0.0, counted, variance)
    worth = answers if variance <= 0.0 else min(answers, p * (1.0 - p) / variance)
    shrink = (t_quantile(0.975, max(answers, counted) - 1.0) / t_quantile(0.975, counted - 1.0)) ** 2
    return Clustered(p, worth * min(1.0, shrink), counted, variance)


def differing(some: Mapping[object, Cluster], rest: Mapping[object, Cluster]) -> tuple[float, float]:
    """(difference of the two shares, two-sided p that there is none); people may be in both.

    Linearised over people, who vary in both at once: z_i = (right_i - p total_i) / W in the one minus the same in the
    other, variance m / (m - 1) sum z_i^2 (Cochran 1977, 9A; Rao and Scott, Biometrics 48:577-585, 1992), at least the
    pooled one of two proportions at Kish's sizes. Student's t, degrees of freedom by Welch (1947) from the effective
    people of both. Of fewer than PEOPLE_LEAST people in either nothing is told: p = 1.
    """
    one, other = clustered(some.values()), clustered(rest.values())
    if one.value is None or other.value is None:
        return 0.0, 1.0
    between = one.value - other.value
    if min(one.people, other.people) < PEOPLE_LEAST:
        return between, 1.0
    totals = [math.fsum(c.total for c in side.values()) for side in (some, rest)]
    right = math.fsum(c.right for side in (some, rest) for c in side.values())
    pooled, m = right / math.fsum(totals), len({*some, *rest})
    sizes = [_answers(list(side.values())) for side in (some, rest)]
    told = math.fsum(
        (_residual(some.get(who), one.value, totals[0]) - _residual(rest.get(who), other.value, totals[1]))
        ** 2
        for who in {*some, *rest}
    )
    variance = max(m / (m - 1) * told, pooled * (1.0 - pooled) * (1.0 / sizes[0] + 1.0 / sizes[1]))
    if variance <= 0.0:
        return between, 1.0
    return between, t_beyond(between / math.sqrt(variance), _freedom(one, other, pooled, sizes))


def holm(probabilities: Sequence[float]) -> list[float]:
    """The p of each test, adjusted for having made all of them, in their order: the i-th smallest times (m - i + 1), no
    smaller than one before it (Holm, Scand. J. Statist. 6:65-70, 1979)."""
    m, largest = len(probabilities), 0.0
    adjusted = [1.0] * m
    for i, place in enumerate(sorted(range(m), key=lambda one: probabilities[one])):
        largest = max(largest, min(1.0, (m - i) * probabilities[place]))
        adjusted[place] = largest
    return adjusted


def t_quantile(q: float, freedom: float) -> float:
    """The t with P(T <= t) = q of Student's distribution; q in (.5, 1), freedom above 0."""
    x = beta_quantile(freedom / 2.0, 0.5, 2.0 * (1.0 - q))
    return math.sqrt(freedom * (1.0 - x) / x) if x > 0.0 else math.inf


def t_beyond(t: float, freedom: float) -> float:
    """P(|T| >= |t|) of Student's distribution (Abramowitz and Stegun 26.7.1)."""
    return incomplete_beta(freedom / 2.0, 0.5, freedom / (freedom + t * t))


def _answers(known: Sequence[Cluster]) -> float:
    total, squares = math.fsum(c.total for c in known), math.fsum(c.squares for c in known)
    return total * total / squares if squares else 0.0


def _people(known: Sequence[Cluster]) -> float:
    total = math.fsum(c.total for c in known)
    return total * total / math.fsum(c.total**2 for c in known)


def _variance(known: Sequence[Cluster], p: float, total: float, answers: float) -> float:
    independent = p * (1.0 - p) / answers
    m = len(known)
    if m < 2:
        return independent
    between = m / (m - 1) * math.fsum((c.right - p * c.total) ** 2 for c in known) / total**2
    return max(between, independent)


def _residual(cluster: Cluster | None, p: float, total: float) -> float:
    return 0.0 if cluster is None else (cluster.right - p * cluster.total) / total


def _freedom(one: Clustered, other: Clustered, pooled: float, sizes: Sequence[float]) -> float:
    """By what each side adds to the variance; a side without errors adds what it would have with everybody's."""
    parts = [
        (max(side.variance, pooled * (1.0 - pooled) / size), side.people - 1.0)
        for side, size in zip((one, other), sizes, strict=True)
    ]
    return float(sum(v for v, _ in parts) ** 2 / sum(v * v / people for v, people in parts))
