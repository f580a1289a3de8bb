"""Project targets: whether counted answers meet the accuracy, precision, recall or F1 that was agreed."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from backend.statistics.score import checked_share
from backend.statistics.wilson import wilson

Measure = Literal["accuracy", "precision", "recall", "f1"]
Outcome = Literal["met", "not_met", "unclear"]
Confusion = Mapping[tuple[str, str], float]
"""(true class, answered class) -> how many answers, at least 0; weighted answers may be fractions."""


@dataclass(frozen=True, slots=True)
class Target:
    """`measure` shall be at least `least` (0..1), judged by an interval of this confidence. Without a class, accuracy
    is that of all answers and the other measures are asked of each class there is."""

    measure: Measure
    least: float
    of_class: str | None = None
    confidence: float = 0.95

    def __post_init__(self) -> None:
        """Refuse a measure that is none, shares outside 0..1, and the accuracy of a class (its recall says that)."""
        if self.measure not in get_args(Measure):
            raise ValueError(f"expected one of {', '.join(get_args(Measure))}, found {self.measure!r}")
        checked_share("least", self.least)
        if not 0.0 < self.confidence < 1.0:
            raise ValueError(f"expected a confidence between 0 and 1, found {self.confidence}")
        if self.measure == "accuracy" and self.of_class is not None:
            raise ValueError(f"expected recall for one class, found accuracy of {self.of_class!r}")


@dataclass(frozen=True, slots=True)
class Measured:
    """The estimate in 0..1 (None without answers), its two-sided interval, and how many answers it rests on."""

    value: float | None
    low: float
    high: float
    count: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """`met` when the whole interval lies at or above the target, `not_met` when it lies below, else `unclear`."""

    target: Target
    measured: Measured
    outcome: Outcome


def met(targets: Sequence[Target], counts: Confusion) -> list[Verdict]:
    """One verdict for each target in the order given; a target of every class gives one for each, by name.

    No answers leave it unclear. ValueError for a count below 0 or not finite.
    """
    each = [one for target in targets for one in _by_class(target, counts)]
    return [
        Verdict(one, found, _outcome(one, found))
        for one in each
        for found in [measured(one.measure, counts, one.of_class, one.confidence)]
    ]


def measured(
    measure: Measure, counts: Confusion, of_class: str | None = None, confidence: float = 0.95
) -> Measured:
    """The measure with Wilson's interval; precision, recall and F1 need a class, accuracy takes none (ValueError).

    F1 = 2J / (1 + J) where J = tp / (tp + fp + fn) is a plain share, so the ends of J's interval are carried over: the
    "indirect" method of Lam, Gopal and Qian (arXiv 2309.14621).
    """
    if (measure == "accuracy") != (of_class is None):
        raise ValueError(f"expected a class for all but accuracy, found {measure} of {of_class!r}")
    hits, over, under = _tally(counts, of_class)
    match measure:
        case "precision":
            return _share(hits, hits + over, confidence)
        case "recall" | "accuracy":
            return _share(hits, hits + under, confidence)
        case "f1":
            return _f1(_share(hits, hits + over + under, confidence))


def _tally(counts: Confusion, of_class: str | None) -> tuple[float, float, float]:
    """Answers that hit the class (any class for None), that answered it wrongly, that missed it."""
    for pair, count in counts.items():
        if not 0.0 <= count < math.inf:
            raise ValueError(f"expected counts from 0, found {count} at {pair}")
    right = math.fsum(n for (t, a), n in counts.items() if t == a and of_class in (t, None))
    over = math.fsum(n for (t, a), n in counts.items() if t != a and of_class in (a, None))
    under = math.fsum(n for (t, a), n in counts.items() if t != a and of_class in (t, None))
    return right, over, under


def _share(hits: float, total: float, confidence: float) -> Measured:
    # Two sums of the same fractions may differ in the last bit.
    low, high = wilson(min(hits, total), total, confidence)
    return Measured(min(1.0, hits / total) if total else None, low, high, total)


def _f1(j: Measured) -> Measured:
    def carried(share: float) -> float:
        return 2.0 * share / (1.0 + share)

    value = None if j.value is None else carried(j.value)
    return Measured(value, carried(j.low), carried(j.high), j.count)


def _by_class(target: Target, counts: Confusion) -> Iterable[Target]:
    if target.measure == "accuracy" or target.of_class is not None:
        return [target]
    classes = sorted({name for pair, count in counts.items() if count for name in pair})
    return [Target(target.measure, target.least, name, target.confidence) for name in classes]


def _outcome(target: Target, found: Measured) -> Outcome:
    if found.value is None:
        return "unclear"
    if found.low >= target.least:
        return "met"
    return "not_met" if found.high < target.least else "unclear"
