"""Rankings: in how many pairs an answered order agrees with the true one."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from math import sqrt
from typing import Any, Literal, get_args

from backend.statistics.exact import canonical
from backend.statistics.score import Score, checked_share, scored

KIND = "ranking"
Measure = Literal["pairs", "tau"]
Ranks = dict[str, float]


@dataclass(frozen=True, slots=True)
class Options:
    """`measure` is what becomes the value: accuracy over pairs, or (tau-b + 1) / 2. `threshold` in 0..1."""

    measure: Measure = "pairs"
    threshold: float = 0.8

    def __post_init__(self) -> None:
        """Refuse a measure that is none, and a threshold outside 0..1."""
        checked_share("threshold", self.threshold)
        if self.measure not in get_args(Measure):
            raise ValueError(f"expected one of {', '.join(get_args(Measure))}, found {self.measure!r}")


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of items: of `all`, those both sides order alike, those they order against each other, those tied in the
    answer and those tied in the truth."""

    all: int
    alike: int
    against: int
    tied_in_answer: int
    tied_in_truth: int


def score(answer: Any, truth: Any, options: Options) -> Score:
    """Pairwise accuracy or Kendall's tau-b brought to 0..1; without ties the two are the same.

    Both sides are a list from first to last (an inner list holds what is tied) or an object of item -> rank, least
    first. ValueError for other forms, for an item twice, and when the two do not rank the same items. Compares every
    pair: O(n^2) in the number of items, which the truth sets.
    """
    found = compared(ranks(answer), ranks(truth))
    tau, accuracy = tau_b(found), pairwise_accuracy(found)
    # Without an order on one side tau says nothing; the pairs still do.
    value = accuracy if options.measure == "pairs" or tau is None else (tau + 1.0) / 2.0
    detail = {"tau_b": tau, "pairwise_accuracy": accuracy, "pairs": found.all, "against": found.against}
    return scored(value, options.threshold, detail)


def tau_b(p: Pairs) -> float | None:
    """(alike - against) / sqrt((all - tied in answer) (all - tied in truth)), in -1..1 (Kendall 1945).

    None when one side orders nothing at all.
    """
    ordered = (p.all - p.tied_in_answer) * (p.all - p.tied_in_truth)
    return max(-1.0, min(1.0, (p.alike - p.against) / sqrt(ordered))) if ordered else None


def pairwise_accuracy(p: Pairs) -> float:
    """Of the pairs the truth orders, the share the answer orders alike, a tie counting half; 1 when it orders none."""
    judged = p.all - p.tied_in_truth
    return (p.alike + (judged - p.alike - p.against) / 2.0) / judged if judged else 1.0


def compared(answer: Ranks, truth: Ranks) -> Pairs:
    """Every pair once; ValueError when the two do not rank the same items."""
    if set(answer) != set(truth):
        raise ValueError(f"expected the {len(truth)} items of the truth, each once, found other items")
    signs = [
        (_sign(answer[left] - answer[right]), _sign(truth[left] - truth[right]))
        for left, right in combinations(sorted(truth), 2)
    ]
    return Pairs(
        all=len(signs),
        alike=sum(a * t == 1 for a, t in signs),
        against=sum(a * t == -1 for a, t in signs),
        tied_in_answer=sum(a == 0 for a, _ in signs),
        tied_in_truth=sum(t == 0 for _, t in signs),
    )


def ranks(given: Any) -> Ranks:
    """Canonical form of an item -> its rank, least first; forms and errors as `score`."""
    match given:
        case dict():
            return {canonical(item): _rank(rank) for item, rank in given.items()}
        case list() | tuple():
            groups = [one if isinstance(one, list | tuple) else [one] for one in given]
            named = [(canonical(item), place) for place, group in enumerate(groups) for item in group]
            _each_once(item for item, _ in named)
            return {item: float(place) for item, place in named}
        case _:
            raise ValueError(f"expected a list or an object of item -> rank, found {type(given).__name__}")


def _rank(found: Any) -> float:
    if isinstance(found, bool) or not isinstance(found, int | float) or not abs(found) <= 1e300:
        raise ValueError(f"expected a rank that is a number within 1e300, found {found!r:.50}")
    return float(found)


def _each_once(items: Iterable[str]) -> None:
    twice = sorted(item for item, times in Counter(items).items() if times > 1)
    if twice:
        raise ValueError(f"expected each item once, found {twice[0]} again")


def _sign(x: float) -> int:
    return (x > 0.0) - (x < 0.0)
