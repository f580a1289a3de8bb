"""The result of several answers: naive Bayes with what is known of each person, shrunk to what is known of all.

For one item with true class c, a person's answer x has the likelihood

    P(x | c) = (s2 * q(c, x) + n(c, x)) / (s2 + n(c, .))        s2 = 2 per class
    q(c, x)  = p if x = c, else (1 - p) / (K - 1)               K classes
    p        = (s1 * m + k) / (s1 + n), held to 0.02..0.98      s1 = 8
    m        = (pool right + 3.5) / (pool answers + 5): without any evidence .7, so that the majority decides

with the person's own k right of n answers to gold and own confusion counts n(c, x). Classes are equally likely
beforehand. Sources: Dawid and Skene, Applied Statistics 28 (1979), whose M-step this is with known truth, as MAP
estimate under a Dirichlet prior; the prior's mean is the one-coin model of the same person, so sparse evidence
falls back to "how often right" and rich evidence to "which error". Answers to one item are not independent given its
truth, so the posterior p is softened to p ** T over their sum, with the T that audited tasks gave the project (1 until
there are enough of them; decision 0037).

Of more than a hundred classes, as a taxonomy has, those count by name that somebody answered, or that were true where
one of these people had given the answer they give now. All others are one together, `OTHERS`: as probable as they are
with nothing known of anybody's rows, summed, and softened as one (decision 0049).

Where the posterior names another class than most people did, that stands only if these people are anchored: five of
their answers on average were compared with a truth that somebody else told. Otherwise the majority stands, and the
aggregate says how improbable that is.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from backend.domain.checks import PPM
from backend.events.ids import AnnotatorId
from backend.statistics.majority import GOLD_MIN
from backend.statistics.majority import majority as voted
from backend.statistics.temperature import tempered

ACCURACY_STRENGTH = 8.0
ROW_STRENGTH_PER_CLASS = 2.0
ACCURACY_LOWEST, ACCURACY_HIGHEST = 0.02, 0.98
TIE = 1e-9
NAMED_MAX = 100
OTHERS = ""
"""All classes that are not named, in a posterior; no class has this name."""
RAW = 10**12
"""Finer than parts per million: what was held to be next to impossible, and true, says most about over-confidence."""


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
    """One person's answer: its class (None when it is not a category), its hash, what is known of the person, and how
    many answers of theirs were compared with a truth."""

    annotator: AnnotatorId
    answer_class: str | None
    answer_token: str
    counts: Evidence
    compared: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate:
    """Posterior in parts per million per class, the classes that stand (several: a tie, sorted) with the first one's
    posterior, and those that most people gave.

    Keys are answer classes; with `by_hash` they are answer hashes and the numbers are shares of the votes. `raw` is the
    posterior before it was softened, in parts of RAW, from which a temperature is fitted.
    """

    posterior: Mapping[str, int]
    top: tuple[str, ...]
    confidence_ppm: int
    majority: tuple[str, ...]
    raw: Mapping[str, int]
    by_hash: bool = False

    @property
    def overruled(self) -> bool:
        """What stands is not what most people gave; among classes tied for most, choosing one overrules nobody."""
        return not set(self.top) <= set(self.majority)


def aggregate(
    answers: Sequence[Judgment], pool: Pool, classes: Collection[str], temperature: float = 1.0
) -> Aggregate:
    """The posterior over the known classes and those answered; bit for bit the same in any order of the answers.

    `pool` is everybody's evidence in the skill. When an answer has no class, the majority of the hashes, a single one
    being as sure as its author usually is right. Ties are within 1e-9 of log posterior. `temperature` > 0. Raises
    ValueError without an answer.
    """
    if not answers or any(one.answer_class is None for one in answers):
        return _of_hashes(answers, pool)
    ordered = sorted(answers, key=lambda one: (one.annotator.bytes, one.answer_class or "", one.answer_token))
    known = sorted({one.answer_class or "" for one in ordered} | set(classes))
    # With one class known there is still the possibility that all are wrong: it gets a share, and no name.
    size = max(2, len(known))
    named = known if len(known) <= NAMED_MAX else _pointed_at(ordered, known)
    voices = [_Voice.of(one, pool, size) for one in ordered]
    scores = {truth: _log_likelihood(voices, truth) for truth in named}
    if len(known) == 1:
        scores[OTHERS] = _log_likelihood(voices, OTHERS)
    elif len(named) < len(known):
        scores[OTHERS] = _log_likelihood(voices, OTHERS) + math.log(len(known) - len(named))
    most = majority(ordered).top
    best = _leading(scores, named)
    stands = best if set(best) <= set(most) or anchored(ordered) else _leading(scores, most)
    told = named if len(known) == 1 else list(scores)
    posterior = _posterior(scores, told, temperature, PPM)
    return Aggregate(
        posterior=posterior,
        top=stands,
        confidence_ppm=posterior[stands[0]],
        majority=most,
        raw=_posterior(scores, told, 1.0, RAW),
    )


def majority(answers: Sequence[Judgment]) -> Aggregate:
    """Shares of the votes by class, or by hash when an answer has no class. Raises ValueError without an answer."""
    by_hash = any(one.answer_class is None for one in answers)
    found = voted([one.answer_token if by_hash else one.answer_class or "" for one in answers])
    shares = {key: round(PPM * votes / len(answers)) for key, votes in found.weights}
    return Aggregate(
        posterior=shares,
        top=found.top,
        confidence_ppm=shares[found.top[0]],
        majority=found.top,
        raw={},
        by_hash=by_hash,
    )


def anchored(answers: Sequence[Judgment]) -> bool:
    """Whether enough is known of who answered for a model to say otherwise than most of them. One answer alone is
    never replaced by what nobody said; how improbable it is, its confidence tells."""
    return len(answers) > 1 and sum(one.compared for one in answers) >= GOLD_MIN * len(answers)


def accuracy(counts: Pool, pool: Pool) -> float:
    """A person's share of right answers, shrunk to the pool's with strength 8, held to 0.02..0.98."""
    mean = (pool.correct + 3.5) / (pool.total + 5)
    shrunk = (ACCURACY_STRENGTH * mean + counts.correct) / (ACCURACY_STRENGTH + counts.total)
    return min(max(shrunk, ACCURACY_LOWEST), ACCURACY_HIGHEST)


def likelihood(counts: Evidence, pool: Pool, truth: str, answer: str, size: int) -> float:
    """P(answer | truth) of one person among `size` (2 or more) classes; see the formula at the top."""
    return _Voice.made(counts, pool, answer, size).says(truth)


def _of_hashes(answers: Sequence[Judgment], pool: Pool) -> Aggregate:
    found = majority(answers)
    if len(answers) > 1:
        return found
    return replace(found, confidence_ppm=round(PPM * accuracy(answers[0].counts, pool)))


def _leading(scores: Mapping[str, float], among: Sequence[str]) -> tuple[str, ...]:
    best = max(scores[truth] for truth in among)
    return tuple(truth for truth in among if best - scores[truth] <= TIE)


def _posterior(
    scores: Mapping[str, float], known: Sequence[str], temperature: float, parts: int
) -> dict[str, int]:
    most = max(scores.values())
    shares = tempered([math.exp(score - most) for score in scores.values()], temperature)
    by_class = dict(zip(scores, shares, strict=True))
    return {truth: round(parts * by_class[truth]) for truth in known}


@dataclass(frozen=True, slots=True)
class _Voice:
    """One person's answer among `size` classes: how often they are `right`, their errors, and how much is known of each
    true class (`rows`)."""

    answer: str
    size: int
    right: float
    confusion: Mapping[tuple[str, str], float]
    rows: Mapping[str, float]

    @classmethod
    def of(cls, one: Judgment, pool: Pool, size: int) -> "_Voice":
        return cls.made(one.counts, pool, one.answer_class or "", size)

    @classmethod
    def made(cls, counts: Evidence, pool: Pool, answer: str, size: int) -> "_Voice":
        rows: dict[str, float] = {}
        for (true, _), n in counts.confusion.items():
            rows[true] = rows.get(true, 0) + n
        return cls(answer, size, accuracy(counts, pool), counts.confusion, rows)

    def says(self, truth: str) -> float:
        """P(answer | truth)."""
        prior = self.right if self.answer == truth else (1.0 - self.right) / (self.size - 1)
        strength = ROW_STRENGTH_PER_CLASS * self.size
        seen = self.confusion.get((truth, self.answer), 0)
        return (strength * prior + seen) / (strength + self.rows.get(truth, 0))


def _pointed_at(answers: Sequence[Judgment], known: Sequence[str]) -> list[str]:
    """The classes that were answered, and those that were true where one of these people answered the same before."""
    said = {one.answer_class or "" for one in answers}
    for one in answers:
        said |= {
            true for (true, answer), n in one.counts.confusion.items() if n and answer == one.answer_class
        }
    return sorted(said.intersection(known))


def _log_likelihood(voices: Sequence[_Voice], truth: str) -> float:
    return math.fsum(math.log(one.says(truth)) for one in voices)
