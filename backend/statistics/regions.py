"""Labelled things of an answer and of a truth: read, paired one to one by how alike they are, and counted."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from backend.statistics.matching import assign
from backend.statistics.score import Detail, Score, checked_share, f1_of_counts, scored

FAR = 1e9
"""No coordinate is further from 0: areas and squares stay finite."""
_A_PAIR = 1e-10
_A_CLASS = 1e-12
"""What settles ties alone: more pairs before fewer, then more of the same class; far below any real difference."""
THINGS_MAX = 2_000
"""Things of one answer; comparing takes the product of both numbers."""
Shape = TypeVar("Shape")


class Counting(Protocol):
    """What the options of every kind that counts hits have."""

    @property
    def target(self) -> str:
        """The measure that becomes the value."""

    @property
    def threshold(self) -> float:
        """The value of a pass."""

    @property
    def same_class(self) -> bool:
        """Whether a pair of two classes is no hit."""


@dataclass(frozen=True, slots=True)
class Thing(Generic[Shape]):
    """One labelled thing; `key` orders things by their shape, so that their order in the list means nothing."""

    label: str
    shape: Shape
    key: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """Place in the answer, place in the truth, how alike in 0..1, and whether their class is one."""

    answered: int
    true: int
    alike: float
    same_class: bool


def labelled(found: Any, kind: str) -> list[tuple[str, Any]]:
    """(label, shape) of each of a list of {"label": str, kind: shape}. ValueError names the first place that is not so,
    and more things than are compared."""
    if not isinstance(found, list | tuple) or len(found) > THINGS_MAX:
        raise ValueError(f"expected a list of at most {THINGS_MAX} {kind} things, found {found!r:.100}")
    for place, one in enumerate(found):
        if not isinstance(one, Mapping) or not isinstance(one.get("label"), str) or kind not in one:
            raise ValueError(
                f'expected {{"label": text, "{kind}": ...}} at place {place}, found {one!r:.100}'
            )
    return [(one["label"], one[kind]) for one in found]


def checked_counting(options: Counting, *measures: str) -> None:
    """ValueError unless the target is one of precision, recall, f1 and these measures, and the threshold is in 0..1."""
    known = ("f1", "precision", "recall", *measures)
    if options.target not in known:
        raise ValueError(f"expected a target of {', '.join(known)}, found {options.target!r}")
    checked_share("threshold", options.threshold)


def coordinates(found: Any, count: int, what: str) -> tuple[float, ...]:
    """So many coordinates as floats, finite and within 1e9 of 0. ValueError names `what`."""
    right = isinstance(found, list | tuple) and len(found) == count
    if not right or not all(_is_coordinate(one) for one in found):
        raise ValueError(f"expected {what}, {count} numbers within {FAR:.0e} of 0, found {found!r:.100}")
    # No -0.0: it would order otherwise than 0.
    return tuple(float(one) + 0.0 for one in found)


def paired(
    answered: Sequence[Thing[Shape]],
    true: Sequence[Thing[Shape]],
    alike: Callable[[Shape, Shape], float],
    *,
    least: float,
    same_class: bool = False,
    each: float = _A_PAIR,
) -> list[Pair]:
    """The pairing of greatest total likeness among pairs at least `least` and above 0 alike (0..1), by place.

    A pair below `least` takes nobody's partner away. With `same_class` things of one class find each other first and
    what is left is paired whatever its class; without, classes only settle ties. `each` is added to every pair: where
    it exceeds the number of things, more pairs go before closer ones.
    """
    checked_share("the least likeness", least)
    rows, columns = _ordered(answered), _ordered(true)
    likeness = [[alike(answered[r].shape, true[c].shape) for c in columns] for r in rows]
    same = [[answered[r].label == true[c].label for c in columns] for r in rows]
    taken: list[tuple[int, int]] = []
    for within_class in (True, False) if same_class else (False,):
        used_rows, used_columns = {i for i, _ in taken}, {j for _, j in taken}
        gain = [
            [
                one + each + _A_CLASS * (1.0 + each) * same[i][j]
                if one > 0.0
                and one >= least
                and (same[i][j] or not within_class)
                # What the first round paired stays paired.
                and i not in used_rows
                and j not in used_columns
                else 0.0
                for j, one in enumerate(row)
            ]
            for i, row in enumerate(likeness)
        ]
        taken += assign(gain)
    pairs = [Pair(rows[i], columns[j], likeness[i][j], same[i][j]) for i, j in taken]
    return sorted(pairs, key=lambda pair: pair.answered)


def hits_of(pairs: Sequence[Pair], same_class: bool) -> list[Pair]:
    """The pairs that count: all, or with `same_class` those of one class."""
    return [pair for pair in pairs if pair.same_class or not same_class]


def counted(
    pairs: Sequence[Pair], answered: int, true: int, options: Counting, more: Mapping[str, float | None]
) -> Score:
    """Precision, recall and F1 of the hits among so many answered and true things, the share of pairs of one class
    (None without any), and what `more` was measured; the value is the target among them.

    Empty against empty is 1; a further measure that is None (no hit) is worth 0 otherwise.
    """
    hits = len(hits_of(pairs, options.same_class))
    precision, recall, f1 = f1_of_counts(hits, answered, true)
    measured: dict[str, float | None] = {"precision": precision, "recall": recall, "f1": f1, **more}
    value = measured[options.target]
    if value is None:
        value = 1.0 if answered == true == 0 else 0.0
    agreeing = sum(pair.same_class for pair in pairs) / len(pairs) if pairs else None
    detail: Detail = {**measured, "class_agreement": agreeing}
    counts = {"hits": hits, "paired": len(pairs), "answered": answered, "true": true}
    return scored(value, options.threshold, {**detail, **counts})


def mean_alike(pairs: Sequence[Pair]) -> float | None:
    """The mean likeness in 0..1, whatever their order; None without pairs."""
    return min(1.0, math.fsum(pair.alike for pair in pairs) / len(pairs)) if pairs else None


def _ordered(things: Sequence[Thing[Shape]]) -> list[int]:
    return sorted(range(len(things)), key=lambda place: (things[place].key, things[place].label))


def _is_coordinate(found: Any) -> bool:
    return isinstance(found, int | float) and not isinstance(found, bool) and -FAR <= found <= FAR
