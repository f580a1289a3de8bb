"""Telling two kinds of things apart by all that can be seen of them: features, two classifiers, and how well they do.

Boosted stumps and a logistic regression, both on features cut into bins, both cross-validated: what is judged was never
learned from. With nothing to find the area under the curve is one half; its upper bound says how much could be there.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

BINS = 32
FOLDS = 5
ROUNDS = 150
RATE = 0.1
STEPS = 300
RIDGE = 1e-2
SURE = 0.95
Numbers = NDArray[np.float64]
Binned = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Told:
    """The area under the ROC curve of scores that were not learned from, and the ends of its 95 % interval."""

    auc: float
    low: float
    high: float

    def shown(self) -> dict[str, float]:
        """Rounded, for a report."""
        return {"auc": round(self.auc, 4), "low": round(self.low, 4), "high": round(self.high, 4)}


def table(seen: Sequence[Mapping[str, Any]]) -> tuple[list[str], Numbers]:
    """Names and one row of numbers for each thing: numbers as they are, words by how often they come and as one column
    for each that is common, what is missing as -1."""
    names = sorted({name for one in seen for name in one})
    columns: list[tuple[str, list[float]]] = []
    for name in names:
        values = [one.get(name) for one in seen]
        if all(value is None or isinstance(value, int | float) for value in values):
            columns.append((name, [-1.0 if value is None else float(value) for value in values]))
            continue
        words = [str(value) for value in values]
        counts: dict[str, int] = {}
        for word in words:
            counts[word] = counts.get(word, 0) + 1
        columns.append((f"{name}:often", [float(counts[word]) for word in words]))
        common = sorted(counts, key=lambda word: -counts[word])[:8]
        if len(counts) > 1:
            columns += [(f"{name}={word[:40]}", [float(one == word) for one in words]) for word in common]
    return [name for name, _ in columns], np.array([values for _, values in columns]).T


def binned(numbers: Numbers) -> Binned:
    """Each column cut at its own quantiles into at most BINS bins."""
    cut = np.zeros(numbers.shape, dtype=np.int64)
    for place in range(numbers.shape[1]):
        edges = np.unique(np.quantile(numbers[:, place], np.linspace(0.0, 1.0, BINS + 1)[1:-1]))
        cut[:, place] = np.searchsorted(edges, numbers[:, place], side="right")
    return cut


def stumps(x: Binned, y: Numbers, unseen: Binned) -> Numbers:
    """Scores of the unseen by stumps boosted on the logistic loss: in each round the one cut of one column that takes
    most of what is left of it (Friedman, 2001, with Newton steps)."""
    score, scored = np.zeros(len(y)), np.zeros(len(unseen))
    columns = x.shape[1]
    flat = (x + np.arange(columns) * (BINS + 1)).ravel()
    size = columns * (BINS + 1)
    for _ in range(ROUNDS):
        p = 1.0 / (1.0 + np.exp(-score))
        first = np.bincount(flat, np.repeat(y - p, columns), size).reshape(columns, -1).cumsum(1)
        second = np.bincount(flat, np.repeat(p * (1.0 - p), columns), size).reshape(columns, -1).cumsum(1)
        all_first, all_second = first[:, -1:], second[:, -1:]
        gain = first**2 / (second + 1.0) + (all_first - first) ** 2 / (all_second - second + 1.0)
        column, cut = np.unravel_index(int(np.argmax(gain)), gain.shape)
        below = first[column, cut] / (second[column, cut] + 1.0)
        above = (all_first[column, 0] - first[column, cut]) / (
            all_second[column, 0] - second[column, cut] + 1.0
        )
        score += RATE * np.where(x[:, column] <= cut, below, above)
        scored += RATE * np.where(unseen[:, column] <= cut, below, above)
    return scored


def logistic(x: Numbers, y: Numbers, unseen: Numbers) -> Numbers:
    """Scores of the unseen by a ridge logistic regression on standardised columns and their squares."""
    both = np.vstack([x, unseen])
    mean, spread = both.mean(0), both.std(0)
    scaled = (both - mean) / np.where(spread > 0.0, spread, 1.0)
    wide = np.clip(np.hstack([scaled, scaled**2 - 1.0, np.ones((len(both), 1))]), -6.0, 6.0)
    mine, theirs = wide[: len(x)], wide[len(x) :]
    weights, pace = np.zeros(wide.shape[1]), 4.0 / max(1.0, float(np.linalg.norm(mine, 2)) ** 2 / len(mine))
    for _ in range(STEPS):
        p = 1.0 / (1.0 + np.exp(-(mine @ weights)))
        weights -= pace * (mine.T @ (p - y) / len(y) + RIDGE * weights)
    scored: Numbers = theirs @ weights
    return scored


def auc(score: Numbers, y: Numbers) -> Told:
    """The area under the curve, ties counted half, with the interval of DeLong, DeLong and Clarke-Pearson (1988)."""
    one, other = score[y > 0.5], score[y < 0.5]
    ranks = _ranks(np.concatenate([one, other]))
    n, m = len(one), len(other)
    above = (ranks[:n] - _ranks(one)) / m
    below = 1.0 - (ranks[n:] - _ranks(other)) / n
    area = float(above.mean())
    spread = math.sqrt(float(above.var(ddof=1)) / n + float(below.var(ddof=1)) / m)
    reach = NormalDist().inv_cdf(0.5 + SURE / 2.0) * spread
    return Told(area, area - reach, area + reach)


def _ranks(values: Numbers) -> Numbers:
    """Ranks from 1, ties at their mean."""
    _, back, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    found: Numbers = ((ends - counts + 1 + ends) / 2.0)[back]
    return found


def judge(
    seen: Sequence[Mapping[str, Any]], which: Sequence[bool], of: Sequence[int], seed: int
) -> dict[str, Told]:
    """How well each classifier tells things that are `which` from the others by what is seen of them. `of` says from
    whom each is: all of one are judged by a model that saw none of theirs. (Folds by chance would be unfair to it:
    where gold keeps a gap, more of it in what was learned from means less of it beside that.)"""
    _, numbers = table(seen)
    cut, y = binned(numbers), np.array(which, dtype=np.float64)
    people = np.unique(np.array(of))
    fold_of = dict(zip(people, np.random.default_rng(seed).permutation(len(people)) % FOLDS, strict=True))
    fold = np.array([fold_of[one] for one in of])
    scores = {"stumps": np.zeros(len(y)), "logistic": np.zeros(len(y))}
    for one in range(FOLDS):
        mine, theirs = fold != one, fold == one
        scores["stumps"][theirs] = stumps(cut[mine], y[mine], cut[theirs])
        scores["logistic"][theirs] = logistic(cut[mine] * 1.0, y[mine], cut[theirs] * 1.0)
    return {name: auc(score, y) for name, score in scores.items()}


def strongest(seen: Sequence[Mapping[str, Any]], which: Sequence[bool], n: int = 8) -> list[dict[str, Any]]:
    """The columns that tell most by themselves, by how far the area under their own curve is from one half."""
    names, numbers = table(seen)
    y = np.array(which, dtype=np.float64)
    told = [(name, auc(numbers[:, place], y)) for place, name in enumerate(names)]
    told.sort(key=lambda one: -abs(one[1].auc - 0.5))
    return [{"column": name, **one.shown()} for name, one in told[:n]]
