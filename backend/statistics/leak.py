"""Whether somebody knows the gold: markedly better there than on work of the same kind, reviewed blind."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Leak:
    """Shares right on gold and on blindly reviewed work (None where there was none), p, and whether it is told."""

    gold: float | None
    work: float | None
    p: float
    told: bool


def judge(gold_right: int, gold_total: int, work_right: int, work_total: int, p_max: float = 0.01) -> Leak:
    """The one-sided Fisher exact test of gold against blind review (quality.md 1b rule 7).

    Only *randomly* sampled and blind reviews belong in `work`: reviews chosen by risk are worse than the work and
    would accuse everybody. ValueError unless 0 <= right <= total.
    """
    for right, total in ((gold_right, gold_total), (work_right, work_total)):
        if not 0 <= right <= total:
            raise ValueError(f"expected 0 <= right <= total, found {right} of {total}")
    p = fisher_greater(gold_right, gold_total - gold_right, work_right, work_total - work_right)
    gold = gold_right / gold_total if gold_total else None
    work = work_right / work_total if work_total else None
    return Leak(gold, work, p, p < p_max)


def fisher_greater(a: int, b: int, c: int, d: int) -> float:
    """P(first cell >= a) in the table [[a, b], [c, d]] with all margins held, if rows do not matter; in 0..1.

    The hypergeometric tail (Fisher 1922): its first term through log-gamma, each next one from the last. Below the
    mean the other tail is summed and taken from 1: it is the one whose terms only fall.
    """
    if min(a, b, c, d) < 0:
        raise ValueError(f"expected four counts of 0 or more, found {a}, {b}, {c}, {d}")
    if a * d > b * c:
        return min(1.0, _tail(a, b, c, d))
    # P(first cell <= a - 1) is the same tail with the columns exchanged.
    return 1.0 if a == 0 or d == 0 else max(0.0, 1.0 - _tail(b + 1, a - 1, d - 1, c + 1))


def _tail(a: int, b: int, c: int, d: int) -> float:
    term = math.exp(_log_choose(a + b, a) + _log_choose(c + d, c) - _log_choose(a + b + c + d, a + c))
    total = term
    while b > 0 and c > 0 and term > 0.0:
        term *= b * c / ((a + 1) * (d + 1))
        total += term
        a, b, c, d = a + 1, b - 1, c - 1, d + 1
    return total


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
