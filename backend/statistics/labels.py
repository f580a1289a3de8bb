"""Labels: a set of labels against the true set; a single label is a set of one."""

from dataclasses import dataclass
from typing import Any, Literal, get_args

from backend.statistics.exact import canonical
from backend.statistics.score import Score, checked_share, f1_of_counts, scored

KIND = "labels"
Measure = Literal["f1", "jaccard", "precision", "recall"]


@dataclass(frozen=True, slots=True)
class Options:
    """`measure` is what becomes the value; `threshold` in 0..1 (at 1: every label, and none too many)."""

    measure: Measure = "f1"
    threshold: float = 1.0

    def __post_init__(self) -> None:
        """Refuse a measure that is none, and a threshold outside 0..1."""
        checked_share("threshold", self.threshold)
        if self.measure not in get_args(Measure):
            raise ValueError(f"expected one of {', '.join(get_args(Measure))}, found {self.measure!r}")


def score(answer: Any, truth: Any, options: Options) -> Score:
    """Precision, recall, F1 and Jaccard of the answered set, each in 0..1; two empty sets agree fully (1).

    Lists are sets: order and repetition do not count. Members are compared by canonical JSON form; ValueError for
    what JSON cannot say.
    """
    answered, true = members(answer), members(truth)
    hits, either = len(answered & true), len(answered | true)
    precision, recall, f1 = f1_of_counts(hits, len(answered), len(true))
    measures = {
        "f1": f1,
        "jaccard": hits / either if either else 1.0,
        "precision": precision,
        "recall": recall,
    }
    detail = {**measures, "hits": hits, "answered": len(answered), "true": len(true)}
    return scored(measures[options.measure], options.threshold, detail)


def members(labels: Any) -> frozenset[str]:
    """The canonical forms of a list's members; anything but a list is a single label."""
    return frozenset(canonical(one) for one in (labels if isinstance(labels, list | tuple) else [labels]))
