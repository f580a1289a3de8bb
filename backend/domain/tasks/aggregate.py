"""The result of several answers: naive Bayes with what is known of each person, shrunk to what is known of all.

For one item with true class c, a person's answer x has the likelihood

    P(x | c) = (s2 * q(c, x) + n(c, x)) / (s2 + n(c, .))        s2 = 2 per class
    q(c, x)  = p if x = c, else (1 - p) / (K - 1)               K classes
    p        = (s1 * m + k) / (s1 + n), held to 0.02..0.98      s1 = 8
    m        = (pool right + 3.5) / (pool answers + 5): without any evidence .7, so that the majority decides

with the person's own k right of n answers to gold and own confusion counts n(c, x). Classes are equally likely
beforehand. Sources: Dawid and Skene, Applied Statistics 28 (1979), whose M-step this is with known truth, as MAP
estimate under a Dirichlet prior; the prior's mean is the one-coin model of the same person, so sparse evidence
falls back to "how often right" and rich evidence to "which error". The posterior is over-confident, as naive Bayes
is: answers to one item are not independent given its truth.
"""

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from backend.domain.checks import PPM
from backend.events.ids import AnnotatorId

ACCURACY_STRENGTH = 8.0
ROW_STRENGTH_PER_CLASS = 2.0
ACCURACY_LOWEST, ACCURACY_HIGHEST = 0.02, 0.98
TIE = 1e-9


class Pool(Protocol):
    """How often answers were right."""

    @property
    def correct(self) -> float:
        """Right answers, weighted."""

    @property
    def total(self) -> float:
        """All answers compared with a truth, weighted."""


class Evidence(Pool, Protocol):
    """How often one person was right, and which errors they made."""

    @property
    def confusion(self) -> Mapping[tuple[str, str], float]:
        """(truth class, answer class) -> how often, weighted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgment:
    """One person's answer: its class (None when it is not a category), its hash, and what is known of the person."""

    annotator: AnnotatorId
    answer_class: str | None
    answer_token: str
    counts: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate:
    """Posterior in parts per million per class, the classes tied for the maximum (sorted), and the top's posterior.

    Keys are answer classes; with `by_hash` they are answer hashes and the numbers are shares of the votes.
    """

    posterior: Mapping[str, int]
    top: tuple[str, ...]
    confidence_ppm: int
    by_hash: bool = False


def aggregate(answers: Sequence[Judgment], pool: Pool, classes: Collection[str]) -> Aggregate:
    """The posterior over the known classes and those answered; bit for bit the same in any order of the answers.

    `pool` is everybody's evidence in the skill. When an answer has no class, the majority of the hashes.
    Ties are within 1e-9 of log posterior. Raises ValueError without an answer.
    """
    if not answers or any(one.answer_class is None for one in answers):
        return majority(answers)
    ordered = sorted(answers, key=lambda one: (one.annotator.bytes, one.answer_class or "", one.answer_token))
    known = sorted({one.answer_class or "" for one in ordered} | set(classes))
    # With one class known there is still the possibility that all are wrong: it gets a share, and no name.
    unnamed = [""] if len(known) == 1 else []
    size = len(known) + len(unnamed)
    scores = {truth: _log_likelihood(ordered, pool, truth, size) for truth in (*known, *unnamed)}
    most = max(scores[truth] for truth in known)
    weights = {truth: math.exp(min(score - most, 700.0)) for truth, score in scores.items()}
    whole = math.fsum(weights.values())
    posterior = {truth: round(PPM * weights[truth] / whole) for truth in known}
    top = tuple(truth for truth in known if most - scores[truth] <= TIE)
    return Aggregate(posterior=posterior, top=top, confidence_ppm=posterior[top[0]])


def majority(answers: Sequence[Judgment]) -> Aggregate:
    """Shares of the votes by class, or by hash when an answer has no class. Raises ValueError without an answer."""
    if not answers:
        raise ValueError("expected at least one answer to aggregate, found none")
    by_hash = any(one.answer_class is None for one in answers)
    votes = Counter(one.answer_token if by_hash else one.answer_class or "" for one in answers)
    most = max(votes.values())
    shares = {key: round(PPM * votes[key] / len(answers)) for key in sorted(votes)}
    top = tuple(key for key in shares if votes[key] == most)
    return Aggregate(posterior=shares, top=top, confidence_ppm=shares[top[0]], by_hash=by_hash)


def accuracy(counts: Pool, pool: Pool) -> float:
    """A person's share of right answers, shrunk to the pool's with strength 8, held to 0.02..0.98."""
    mean = (pool.correct + 3.5) / (pool.total + 5)
    shrunk = (ACCURACY_STRENGTH * mean + counts.correct) / (ACCURACY_STRENGTH + counts.total)
    return min(max(shrunk, ACCURACY_LOWEST), ACCURACY_HIGHEST)


def likelihood(counts: Evidence, pool: Pool, truth: str, answer: str, size: int) -> float:
    """P(answer | truth) of one person among `size` (2 or more) classes; see the formula at the top."""
    right = accuracy(counts, pool)
    prior = right if answer == truth else (1.0 - right) / (size - 1)
    strength = ROW_STRENGTH_PER_CLASS * size
    row = sum(n for (true, _), n in counts.confusion.items() if true == truth)
    return (strength * prior + counts.confusion.get((truth, answer), 0)) / (strength + row)


def _log_likelihood(answers: Sequence[Judgment], pool: Pool, truth: str, size: int) -> float:
    return math.fsum(
        math.log(likelihood(one.counts, pool, truth, one.answer_class or "", size)) for one in answers
    )
