"""A vote weighed by how often each voter is right.

    weight  w(a) = ln(a (K - 1) / (1 - a))       a: share of right answers, K: classes

The class with the largest sum is Bayes-optimal where errors are independent and spread evenly over the K - 1 wrong
classes and all classes are equally likely (Nitzan and Paroush, Int. Econ. Review 23, 1982, for K = 2). At a = 1 / K
an answer weighs nothing; below, it speaks against its class.
"""

import math
from collections.abc import Sequence

from backend.statistics.majority import Majority, leading

ACCURACY_LOWEST, ACCURACY_HIGHEST = 0.02, 0.98
"""Nobody is always right or always wrong: beyond, one voice would outvote any number."""


def weight(accuracy: float, classes: int) -> float:
    """w(a) with a held to .02 to .98, in nats. ValueError unless a is in 0..1 and there are 2 or more classes."""
    if not 0.0 <= accuracy <= 1.0 or classes < 2:
        raise ValueError(
            f"expected an accuracy in 0..1 and 2 or more classes, found {accuracy} and {classes}"
        )
    held = min(max(accuracy, ACCURACY_LOWEST), ACCURACY_HIGHEST)
    return math.log(held * (classes - 1) / (1.0 - held))


def weighted_majority(votes: Sequence[tuple[str, float]], classes: int) -> Majority:
    """The sums of the weights of (class answered, accuracy of who did), and the classes within 1e-9 of the most.

    Among the classes answered: where every voter is worse than chance, one nobody named may be likelier, see
    posterior(). Sums can be negative, so `share` of the result means nothing here. ValueError without a vote.
    """
    return leading(sorted((answer, weight(accuracy, classes)) for answer, accuracy in votes))


def posterior(votes: Sequence[tuple[str, float]], classes: Sequence[str]) -> dict[str, float]:
    """Class -> probability under the model of the weights, every class equally likely before; sums to 1.

    Without votes all are alike. ValueError for an answer that is not among the classes, or fewer than 2 of these.
    """
    strange = sorted({answer for answer, _ in votes} - set(classes))
    if strange:
        raise ValueError(f"expected answers among {tuple(classes)}, found {strange}")
    if len(classes) < 2:
        raise ValueError(f"expected 2 or more classes, found {tuple(classes)}")
    weighed = [(answer, weight(accuracy, len(classes))) for answer, accuracy in votes]
    scores = [math.fsum(w for answer, w in weighed if answer == one) for one in classes]
    most = max(scores)
    shares = [math.exp(score - most) for score in scores]
    whole = math.fsum(shares)
    return {one: share / whole for one, share in zip(classes, shares, strict=True)}
