"""What is shown of a skill: quantiles of its share, and a score that always saying the same class cannot raise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backend.statistics.beta import Beta

JEFFREYS = Beta(0.5, 0.5)


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Mean, the 5 % quantile (unlocks) and the 20 % quantile (routes), shares in 0..1."""

    mean: float
    q05: float
    q20: float


def quantiles(belief: Beta) -> Quantiles:
    """Rounded to 1e-9, as scores are stored."""
    return Quantiles(*(round(x, 9) for x in (belief.mean, belief.quantile(0.05), belief.quantile(0.20))))


@dataclass(frozen=True, slots=True)
class ClassRecall:
    """Of the answers whose truth was this class (`total`, a weight), how many said so; `recall` is None without any;
    `low`..`high` holds it at the confidence asked."""

    name: str
    right: float
    total: float
    recall: float | None
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Balanced:
    """The chance-corrected mean recall in -1/(K-1)..1 (0: knows nothing; 1: knows all), its interval, its classes."""

    value: float
    low: float
    high: float
    classes: tuple[ClassRecall, ...]


def informedness(recalls: Sequence[float]) -> float:
    """(mean recall - 1/K) / (1 - 1/K) of K >= 2 recalls in 0..1; for two classes sensitivity + specificity - 1
    (Youden 1950; Powers 2011). ValueError for fewer classes or other recalls."""
    if len(recalls) < 2:
        raise ValueError(f"expected recalls of at least 2 classes, found {len(recalls)}")
    if not all(0.0 <= recall <= 1.0 for recall in recalls):
        raise ValueError(f"expected recalls in 0..1, found {list(recalls)}")
    return _corrected(sum(recalls) / len(recalls), len(recalls))


def balanced(
    recalls: Mapping[str, tuple[float, float]],
    classes: Sequence[str] = (),
    confidence: float = 0.95,
    prior: Beta = JEFFREYS,
) -> Balanced:
    """The balanced score of class -> (right, total), as `Confusion.recalls` gives them, with intervals.

    classes: further names of the task's classes. A class without evidence counts as guessed (recall 1/K), so that
    nobody gains by never having been asked. A class's interval has the equal-tailed quantiles of prior + evidence; the
    score's has those of the Beta with the mean and variance of the mean of these independent recalls, widened to hold
    the value where it lies at the end of the scale. ValueError for fewer than 2 classes, 0 <= right <= total
    violated, or a confidence outside 0..1.
    """
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"expected a confidence between 0 and 1, found {confidence}")
    names = sorted({*recalls, *classes})
    counts = [_checked(name, *recalls.get(name, (0.0, 0.0))) for name in names]
    k = len(names)
    value = informedness([right / total if total > 0.0 else 1.0 / k for right, total in counts])
    beliefs = [prior.updated(right, total) for right, total in counts]
    low, high = _tails(_mean_of(beliefs), confidence)
    return Balanced(
        value,
        min(value, _corrected(low, k)),
        max(value, _corrected(high, k)),
        tuple(
            ClassRecall(name, *count, count[0] / count[1] if count[1] else None, *_tails(belief, confidence))
            for name, count, belief in zip(names, counts, beliefs, strict=True)
        ),
    )


def _checked(name: str, right: float, total: float) -> tuple[float, float]:
    if not 0.0 <= right <= total:
        raise ValueError(f"expected 0 <= right <= total of class {name!r}, found {right} of {total}")
    return right, total


def _corrected(mean_recall: float, k: int) -> float:
    return (mean_recall - 1.0 / k) / (1.0 - 1.0 / k)


def _mean_of(beliefs: Sequence[Beta]) -> Beta:
    """The Beta with the first two moments of the mean of independent shares."""
    mean = sum(one.mean for one in beliefs) / len(beliefs)
    spread = sum(one.mean * (1.0 - one.mean) / (one.a + one.b + 1.0) for one in beliefs) / len(beliefs) ** 2
    strength = mean * (1.0 - mean) / spread - 1.0
    return Beta(mean * strength, (1.0 - mean) * strength)


def _tails(belief: Beta, confidence: float) -> tuple[float, float]:
    tail = (1.0 - confidence) / 2.0
    return belief.quantile(tail), belief.quantile(1.0 - tail)
