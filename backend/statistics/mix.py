"""Whether somebody's mix of classes is not the pool's, or is no longer their own: a sign, not a fault."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

_HALF = 0.5
_STEPS_MAX = 10_000
_CLOSE = 1e-15
_TINY = 1e-300


@dataclass(frozen=True, slots=True)
class Rule:
    """Told when p < `p_max` and the divergence is at least `divergence_min` (nats), from `answers_min` answers on;
    classes with fewer than `expected_min` expected answers are judged together (Cochran's rule)."""

    p_max: float = 0.001
    divergence_min: float = 0.05
    answers_min: int = 20
    expected_min: float = 5.0


DEFAULTS = Rule()


@dataclass(frozen=True, slots=True)
class Drift:
    """KL divergence in nats (0 or more), the statistic (G, or Woolf's Q) with its degrees of freedom, p in 0..1, the
    class whose share differs most and by how much (theirs less the reference's, -1..1)."""

    divergence: float
    statistic: float
    freedom: int
    p: float
    most: int
    difference: float
    told: bool


def against_pool(own: Sequence[float], others: Sequence[float], rule: Rule = DEFAULTS) -> Drift:
    """One person's answers by class against those of the others on like work: aligned counts, the person's left out.

    Compared with the pool and not with an even mix: on skewed data honest people answer unevenly (quality.md 1e).
    A G-test of the 2 x K table with Williams's correction (Sokal and Rohlf, Biometry, 17.4), so that a small pool's
    own chance counts too. ValueError when the counts do not fit or there are none.
    """
    _check(own, others)
    return _drift(own, others, _g(*_pooled(own, others, rule.expected_min)), rule)


def over_time(
    before: Sequence[float],
    after: Sequence[float],
    pool_before: Sequence[float],
    pool_after: Sequence[float],
    rule: Rule = DEFAULTS,
) -> Drift:
    """One person's recent answers by class against their own earlier ones, moved as the pool's mix has moved.

    When the work changes everybody's mix changes with it; only what the pool's movement leaves unexplained is drift.
    Four aligned counts; the pool's without the person. p is Woolf's test that every class grew by the same factor
    more than the pool's (Annals of Human Genetics 19, 1955, with Haldane's half answer in each cell): it knows the
    chance in all four counts. The divergence is from the earlier mix moved as the pool's moved.
    """
    _check(before, after)
    _check(pool_before, pool_after)
    _check(before, pool_before)
    cells = list(zip(before, after, pool_before, pool_after, strict=True))
    logs = [math.log((a + _HALF) * (old + _HALF) / ((b + _HALF) * (new + _HALF))) for b, a, old, new in cells]
    weights = [1.0 / sum(1.0 / (count + _HALF) for count in cell) for cell in cells]
    middle = math.fsum(w * x for w, x in zip(weights, logs, strict=True)) / math.fsum(weights)
    q = math.fsum(w * (x - middle) ** 2 for w, x in zip(weights, logs, strict=True))
    moved = [(b + _HALF) * (new + _HALF) / (old + _HALF) for b, _, old, new in cells]
    scale = sum(before) / sum(moved)
    return _drift(after, [scale * count for count in moved], (q, len(cells) - 1), rule)


def divergence(own: Sequence[float], others: Sequence[float]) -> float:
    """KL(own || others) in nats of two counts by class; half an answer is added to each of the others' classes."""
    shares, reference = _shares(own, 0.0), _shares(others, _HALF)
    terms = (p * math.log(p / q) for p, q in zip(shares, reference, strict=True) if p > 0.0)
    return max(0.0, math.fsum(terms))


def _drift(own: Sequence[float], others: Sequence[float], test: tuple[float, int], rule: Rule) -> Drift:
    g, freedom = test
    p = chi_square_above(g, freedom) if freedom else 1.0
    apart = divergence(own, others)
    gaps = [a - b for a, b in zip(_shares(own, 0.0), _shares(others, 0.0), strict=True)]
    most = max(range(len(gaps)), key=lambda place: (abs(gaps[place]), -place))
    told = p < rule.p_max and apart >= rule.divergence_min and sum(own) >= rule.answers_min
    return Drift(apart, g, freedom, p, most, gaps[most], told)


def _pooled(
    own: Sequence[float], others: Sequence[float], expected_min: float
) -> tuple[list[float], list[float]]:
    """The classes with enough expected in both rows, rarest first put together until there is enough."""
    total, share = sum(own) + sum(others), min(sum(own), sum(others))
    columns = sorted(zip(own, others, strict=True), key=lambda column: (sum(column), column))
    kept: list[tuple[float, float]] = []
    rest = (0.0, 0.0)
    for column in columns:
        if sum(column) * share / total >= expected_min and sum(rest) == 0.0:
            kept.append(column)
            continue
        rest = (rest[0] + column[0], rest[1] + column[1])
        if sum(rest) * share / total >= expected_min:
            kept.append(rest)
            rest = (0.0, 0.0)
    if sum(rest) > 0.0:
        last = kept.pop() if kept else (0.0, 0.0)
        kept.append((last[0] + rest[0], last[1] + rest[1]))
    return [column[0] for column in kept], [column[1] for column in kept]


def _g(own: Sequence[float], others: Sequence[float]) -> tuple[float, int]:
    """The G statistic of a 2 x K table with Williams's correction, and its K - 1 degrees of freedom."""
    rows, columns = (sum(own), sum(others)), [a + b for a, b in zip(own, others, strict=True)]
    total, freedom = sum(columns), len(columns) - 1
    if freedom < 1:
        return 0.0, 0
    g = 2.0 * math.fsum(
        seen * math.log(seen * total / (row * column))
        for row, cells in zip(rows, (own, others), strict=True)
        for seen, column in zip(cells, columns, strict=True)
        if seen > 0.0
    )
    spread = (total * sum(1.0 / row for row in rows) - 1.0) * (total * sum(1.0 / c for c in columns) - 1.0)
    return max(0.0, g / (1.0 + spread / (6.0 * total * freedom))), freedom


def chi_square_above(x: float, freedom: int) -> float:
    """P(chi-square with `freedom` >= 1 degrees > x): Q(freedom/2, x/2), by its series or continued fraction (DLMF
    8.7.1, 8.9.2)."""
    a, x = freedom / 2.0, x / 2.0
    if x <= 0.0:
        return 1.0
    front = math.exp(a * math.log(x) - x - math.lgamma(a))
    if x < a + 1.0:
        term = total = 1.0 / a
        for n in range(1, _STEPS_MAX):
            term *= x / (a + n)
            total += term
            if term < total * _CLOSE:
                break
        return max(0.0, 1.0 - front * total)
    return front * _fraction(a, x)


def _fraction(a: float, x: float) -> float:
    b = x + 1.0 - a
    c, d = 1.0 / _TINY, 1.0 / b
    value = d
    for n in range(1, _STEPS_MAX):
        step = -n * (n - a)
        b += 2.0
        d = 1.0 / (step * d + b)
        c = b + step / c
        value *= c * d
        if abs(c * d - 1.0) < _CLOSE:
            break
    return value


def _shares(counts: Sequence[float], more: float) -> list[float]:
    total = sum(counts) + more * len(counts)
    return [(count + more) / total for count in counts]


def _check(first: Sequence[float], second: Sequence[float]) -> None:
    if len(first) != len(second) or not first:
        raise ValueError(f"expected counts of the same classes, found {len(first)} and {len(second)}")
    if min(*first, *second) < 0.0 or sum(first) <= 0.0 or sum(second) <= 0.0:
        raise ValueError(
            "expected counts of 0 or more and at least one answer on either side, found none or less"
        )
