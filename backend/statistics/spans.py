"""Spans: marked stretches of a text or a recording, by exact borders, by overlap and by length shared."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from typing import Any, Literal, get_args

from backend.statistics.score import Score, checked_share, f1_of_counts, f_measure, scored

KIND = "spans"
Measure = Literal["exact", "overlap", "length"]
Stretch = tuple[float, float]
ByLabel = dict[str, list[Stretch]]


@dataclass(frozen=True, slots=True)
class Options:
    """`measure` is the F1 that becomes the value: of exact spans, of spans that overlap, or of the length shared
    (characters or tokens, whichever the offsets count). `threshold` in 0..1."""

    measure: Measure = "exact"
    threshold: float = 0.8

    def __post_init__(self) -> None:
        """Refuse a measure that is none, and a threshold outside 0..1."""
        checked_share("threshold", self.threshold)
        if self.measure not in get_args(Measure):
            raise ValueError(f"expected one of {', '.join(get_args(Measure))}, found {self.measure!r}")


@dataclass(frozen=True, slots=True)
class Counts:
    """What spans are judged by; counts of many answers add up to those of the pool. Lengths in the offsets' unit,
    each stretch of one label counted once however often it is marked."""

    exact: int = 0
    answered: int = 0
    true: int = 0
    answered_overlapping: int = 0
    true_overlapped: int = 0
    length_shared: float = 0.0
    length_answered: float = 0.0
    length_true: float = 0.0


def score(answer: Any, truth: Any, options: Options) -> Score:
    """F1 of the chosen measure; all three measures with precision and recall in the detail.

    Both are lists of [start, end] or {"start", "end", "label"}, end not included; the same span twice is one.
    Spans agree only under the same label. Nothing marked where nothing is true gives 1. ValueError for other forms.
    """
    found = measures(counts(answer, truth))
    return scored(found[f"{options.measure}_f1"], options.threshold, found)


def counts(answer: Any, truth: Any) -> Counts:
    """Compare one answer with its truth, label by label; forms and errors as `score`."""
    answered, true = spans(answer), spans(truth)
    return pooled(
        _of_label(answered.get(label, []), true.get(label, [])) for label in sorted(set(answered) | set(true))
    )


def pooled(parts: Iterable[Counts]) -> Counts:
    """The sum: counts of a corpus, so that every span weighs the same (micro average)."""
    columns = zip(*map(astuple, parts), strict=True)
    totals: list[Any] = [sum(one) if isinstance(one[0], int) else math.fsum(one) for one in columns]
    return Counts(*totals)


def measures(c: Counts) -> dict[str, float]:
    """Precision, recall and F1 of each measure, in 0..1.

    Overlap precision: share of answered spans that touch a true one; recall: share of true spans touched (the
    lenient matching of TempEval-3, UzZaman et al. 2013).
    """
    found: dict[str, float] = {"answered": c.answered, "true": c.true, "hits": c.exact}
    _put(found, "exact", f1_of_counts(c.exact, c.answered, c.true))
    precision = c.answered_overlapping / c.answered if c.answered else float(not c.true)
    recall = c.true_overlapped / c.true if c.true else float(not c.answered)
    _put(found, "overlap", (precision, recall, f_measure(precision, recall)))
    shared = min(c.length_shared, c.length_answered, c.length_true)
    _put(found, "length", f1_of_counts(shared, c.length_answered, c.length_true))
    return found


def spans(given: Any) -> ByLabel:
    """Stretches by label (`""` for none), sorted and each once; ValueError for what is no list of spans."""
    if not isinstance(given, list | tuple):
        raise ValueError(f"expected a list of spans, found {type(given).__name__}")
    found: dict[str, set[Stretch]] = {}
    for one in given:
        label, stretch = _span(one)
        found.setdefault(label, set()).add(stretch)
    return {label: sorted(found[label]) for label in sorted(found)}


def _span(one: Any) -> tuple[str, Stretch]:
    match one:
        case {"start": start, "end": end}:
            label = one.get("label", "")
        case [start, end]:
            label = ""
        case _:
            raise ValueError('expected [start, end] or {"start", "end", "label"}, found another form of span')
    if not isinstance(label, str):
        raise ValueError(f"expected a label that is text, found {type(label).__name__}")
    for offset in (start, end):
        if isinstance(offset, bool) or not isinstance(offset, int | float) or not abs(offset) <= 1e15:
            raise ValueError("expected offsets that are finite numbers within 1e15, found another")
    if not start < end:
        raise ValueError(f"expected a span whose end lies behind its start, found {start}..{end}")
    return label, (float(start), float(end))


def _of_label(answered: Sequence[Stretch], true: Sequence[Stretch]) -> Counts:
    merged_answer, merged_truth = _merged(answered), _merged(true)
    return Counts(
        exact=len(set(answered) & set(true)),
        answered=len(answered),
        true=len(true),
        answered_overlapping=_touching(answered, merged_truth),
        true_overlapped=_touching(true, merged_answer),
        length_shared=_shared(merged_answer, merged_truth),
        length_answered=math.fsum(end - start for start, end in merged_answer),
        length_true=math.fsum(end - start for start, end in merged_truth),
    )


def _merged(stretches: Sequence[Stretch]) -> list[Stretch]:
    """Sorted stretches as disjoint ones that cover the same."""
    found: list[Stretch] = []
    for start, end in stretches:
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _touching(stretches: Sequence[Stretch], cover: Sequence[Stretch]) -> int:
    """How many of the sorted stretches overlap the disjoint, sorted cover: both are walked once."""
    count = place = 0
    for start, end in stretches:
        while place < len(cover) and cover[place][1] <= start:
            place += 1
        count += place < len(cover) and cover[place][0] < end
    return count


def _shared(left: Sequence[Stretch], right: Sequence[Stretch]) -> float:
    found, i, j = [], 0, 0
    while i < len(left) and j < len(right):
        found.append(max(0.0, min(left[i][1], right[j][1]) - max(left[i][0], right[j][0])))
        i, j = (i + 1, j) if left[i][1] <= right[j][1] else (i, j + 1)
    return math.fsum(found)


def _put(found: dict[str, float], name: str, three: tuple[float, float, float]) -> None:
    for what, one in zip(("precision", "recall", "f1"), three, strict=True):
        found[f"{name}_{what}"] = one
