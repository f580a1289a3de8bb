"""Whether somebody's answers depend on the truth at all: the spammer score, and when to set the answers aside."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.statistics.beta import Beta

Table = Sequence[Sequence[float]] | NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rule:
    """When answers are set aside: score below `score_max` from at least `answers_min` answers, and the upper
    quantile of the skill below the pool's lower one (quality.md 4.2)."""

    score_max: float = 0.1
    answers_min: int = 20
    skill_quantile: float = 0.95
    pool_quantile: float = 0.25


DEFAULTS = Rule()


@dataclass(frozen=True, slots=True)
class Suspicion:
    """The evidence for a human's decision: `score` None where fewer than two true classes were met; all in 0..1."""

    score: float | None
    answers: float
    skill_upper: float
    pool_lower: float
    set_aside: bool


def spammer_score(confusion: Table) -> float | None:
    """How far answers depend on the truth: 0 = not at all, 1 = perfectly (or perfectly wrong).

    `confusion`: K x K (or K x answers) counts or shares, none negative, rows the true class, columns the answer. Rows
    without evidence are left out; with fewer than two rows left nothing can be said: None. S = 1/(K(K-1)) *
    sum_{c<c'} sum_k (M_ck - M_c'k)^2 over the rows' shares M; for two classes that is (sensitivity + specificity
    - 1)^2 (Raykar and Yu, NIPS 2011; JMLR 13, 2012).
    """
    counts = _checked(confusion)
    counts = counts[counts.sum(axis=1) > 0.0]
    if len(counts) < 2:
        return None
    return min(1.0, _between_rows(counts / counts.sum(axis=1, keepdims=True)))


def score_beyond_chance(counts: Table) -> float | None:
    """The spammer score less what chance alone adds to it from so few answers, held to 0..1.

    `counts` as above, but true counts. Each row's share has the sampling variance M(1 - M)/(n - 1) (unbiased), and
    every pair of rows adds both of theirs: with five classes and four answers each, one who answers blindly scores
    about .2 before it is taken off and 0 after. Rows with a single answer are left out: their variance is unknown.
    """
    table = _checked(counts)
    table = table[table.sum(axis=1) > 1.0]
    rows = len(table)
    if rows < 2:
        return None
    totals = table.sum(axis=1, keepdims=True)
    shares = table / totals
    noise = float((shares * (1.0 - shares) / (totals - 1.0)).sum()) / rows
    return min(1.0, max(0.0, _between_rows(shares) - noise))


def suspicion(
    counts: Table, skill: Beta, pool: Beta, rule: Rule = DEFAULTS, *, beyond_chance: bool = False
) -> Suspicion:
    """The rule applied to one annotator: counts as above, what is believed of the skill, and of the pool's skills.

    `beyond_chance` judges the score less chance's part. The pool's Beta must describe how annotators differ (the
    empirical-Bayes prior), not how well their mean is known.
    """
    score = score_beyond_chance(counts) if beyond_chance else spammer_score(counts)
    answers = float(_checked(counts).sum())
    upper, lower = skill.quantile(rule.skill_quantile), pool.quantile(rule.pool_quantile)
    blind = score is not None and score < rule.score_max and answers >= rule.answers_min
    return Suspicion(score, answers, upper, lower, blind and upper < lower)


def _between_rows(shares: NDArray[np.float64]) -> float:
    # The sum over pairs of squared differences is K times the squared distance from the mean row.
    rows = len(shares)
    return float(((shares - shares.mean(axis=0)) ** 2).sum()) / (rows - 1)


def _checked(confusion: Table) -> NDArray[np.float64]:
    table = np.asarray(confusion, dtype=np.float64)
    if table.ndim != 2 or not np.all(np.isfinite(table)) or bool((table < 0.0).any()):
        raise ValueError(f"expected a table of counts or shares, none negative; found shape {table.shape}")
    return table
