"""Agreement: how far people who answered the same say the same, by the measure that fits the kind of answer.

Classes are compared by equality, numbers by their squared distance, everything else by 1 - how near one answer comes to
the other by the project's own scoring (of boxes: 1 - intersection over union, of the boxes that lie on each other).
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, count, islice
from typing import Any

from backend.statistics import alpha, boxes, registry
from backend.statistics.exact import canonical
from backend.statistics.kappa import Kappa, cohen, fleiss

Json = Any
PAIRS_TOLD = 20
DRAWN_PAIRS = 10_000
"""Of all pairs of answers, by which chance is judged, so many are looked at."""
STRIDES = (0.7548776662466927, 0.5698402909980532)
"""Steps that fill a square evenly, without dice: 1 / g and 1 / g ** 2 with g ** 3 = g + 1 (Roberts 2018)."""
LABELS_MAX = 50


@dataclass(frozen=True, slots=True)
class Given:
    """One answer: which task and who, and what was said (for classes their token)."""

    task: str
    annotator: str
    said: Json


@dataclass(frozen=True, slots=True)
class Pair:
    """Two annotators and how far they agree on the tasks that both answered."""

    first: str
    second: str
    kappa: Kappa


@dataclass(frozen=True, slots=True)
class Part:
    """Agreement in one class, label or field: `value` in 0..1, or an alpha, over so many `answers`."""

    name: str
    value: float | None
    answers: int


@dataclass(frozen=True, slots=True)
class Spread:
    """Least, mean and most."""

    least: int
    mean: float
    most: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """`measure` is nominal, interval, overlap or score; `alpha` is Krippendorff's, `pairwise` the mean likeness of two
    answers to one task in 0..1. Only classes have Fleiss' kappa, pairs with Cohen's, and agreement per class; `parts`
    are fields by their alpha, or labels by the mean likeness of what was drawn under them. `per_task` is how many
    different people answered each task."""

    measure: str
    tasks: int
    answers: int
    annotators: int
    per_task: Spread
    alpha: float | None
    pairwise: float | None
    fleiss: Kappa | None
    pairs: tuple[Pair, ...]
    parts: tuple[Part, ...]


def of_classes(given: Sequence[Given]) -> Agreement:
    """Of answers whose `said` is a token: equal or not."""
    units = _units(given)
    said = [[one.said for one in unit] for unit in units]
    counts = [Counter(unit) for unit in said if len(unit) > 1]
    alike = sum(n * (n - 1) for one in counts for n in one.values())
    all_pairs = sum(one.total() * (one.total() - 1) for one in counts)
    return Agreement(
        "nominal",
        *_sizes(given, units),
        alpha=alpha.nominal(said),
        pairwise=alike / all_pairs if all_pairs else None,
        fleiss=fleiss(said),
        pairs=_pairs(units),
        parts=_classes(counts),
    )


def of_kind(kind: str, options: Any, given: Sequence[Given]) -> Agreement:
    """Of answers of a kind of the registry."""
    units = _units(given)
    measure, found, like = _measured(kind, options, [[one.said for one in unit] for unit in units])
    parts = _fields(options, units) if kind == "fields" else _labels(units, like)
    told = [like(a.said, b.said) for unit in units for a, b in combinations(unit, 2)]
    return Agreement(
        measure,
        *_sizes(given, units),
        alpha=found,
        pairwise=math.fsum(told) / len(told) if told else None,
        fleiss=None,
        pairs=(),
        parts=parts,
    )


def _units(given: Sequence[Given]) -> list[list[Given]]:
    """By task and person, so that nothing depends on the order they come in."""
    found: dict[str, list[Given]] = defaultdict(list)
    for one in sorted(given, key=lambda one: (one.task, one.annotator)):
        found[one.task].append(one)
    return list(found.values())


def _sizes(given: Sequence[Given], units: Sequence[Sequence[Given]]) -> tuple[int, int, int, Spread]:
    people = [len({one.annotator for one in unit}) for unit in units]
    mean = sum(people) / len(people) if people else 0.0
    spread = Spread(min(people, default=0), mean, max(people, default=0))
    return len(units), len(given), len({one.annotator for one in given}), spread


# --- classes


def _pairs(units: Iterable[Sequence[Given]]) -> tuple[Pair, ...]:
    """Of the two who met most often, Cohen's kappa, and so on."""
    met: Counter[tuple[str, str]] = Counter()
    for unit in units:
        met.update(combinations([one.annotator for one in unit], 2))
    most = sorted(met, key=lambda pair: (-met[pair], pair))[:PAIRS_TOLD]
    both: dict[tuple[str, str], list[tuple[str, str]]] = {pair: [] for pair in most}
    for unit in units:
        for a, b in combinations(unit, 2):
            if (a.annotator, b.annotator) in both:
                both[a.annotator, b.annotator].append((a.said, b.said))
    told = ((pair, cohen(said)) for pair, said in both.items())
    return tuple(Pair(*pair, kappa) for pair, kappa in told if kappa is not None)


def _classes(counts: Sequence[Counter[str]]) -> tuple[Part, ...]:
    """Specific agreement: when one person says this class, how often another one does (Fleiss 1981)."""
    same: Counter[str] = Counter()
    others: Counter[str] = Counter()
    answers: Counter[str] = Counter()
    for one in counts:
        for name, n in one.items():
            same[name] += n * (n - 1)
            others[name] += n * (one.total() - 1)
            answers[name] += n
    return tuple(Part(name, same[name] / others[name], answers[name]) for name in sorted(answers))


# --- other kinds


Like = Callable[[Json, Json], float]


def _measured(kind: str, options: Any, units: Sequence[Sequence[Json]]) -> tuple[str, float | None, Like]:
    """The measure's name, alpha by it, and how alike two answers are."""
    like = _like(kind, options)
    if kind == "exact":
        return "nominal", alpha.nominal([[canonical(one) for one in unit] for unit in units]), like
    if kind == "numbers" and all(_is_number(one) for unit in units for one in unit):
        return "interval", alpha.interval(units), like
    values = sum(len(unit) for unit in units if len(unit) > 1)
    drawn = _drawn(values)
    found = alpha.custom(units, lambda a, b: 1.0 - like(a, b), drawn) if values > 1 else None
    return "overlap" if kind == "boxes" else "score", found, like


def _is_number(said: Json) -> bool:
    return isinstance(said, int | float) and not isinstance(said, bool) and abs(said) <= 1e150


def _like(kind: str, options: Any) -> Like:
    if kind == "boxes":
        return _overlap

    def like(one: Json, other: Json) -> float:
        return (_score(kind, options, one, other) + _score(kind, options, other, one)) / 2.0

    return like


def _score(kind: str, options: Any, one: Json, other: Json) -> float:
    try:
        return registry.compare(kind, one, other, options).value
    except ValueError:
        return float(canonical(one) == canonical(other))


def _overlap(one: Json, other: Json) -> float:
    """Twice the intersection over union of boxes that lie on each other, over the number of boxes of both."""
    try:
        found = boxes.pairs(one, other, boxes.Options(iou=0.0))
        count = len(one) + len(other)
    except ValueError:
        return float(canonical(one) == canonical(other))
    return 2.0 * math.fsum(pair.alike for pair in found) / count if count else 1.0


def _drawn(values: int) -> list[tuple[int, int]] | None:
    """Pairs of places for what chance gives, evenly spread over all of them; None where all are few enough."""
    if values * (values - 1) / 2 <= DRAWN_PAIRS:
        return None
    spread = ((int(values * (n * STRIDES[0] % 1.0)), int(values * (n * STRIDES[1] % 1.0))) for n in count(1))
    return list(islice(((one, other) for one, other in spread if one != other), DRAWN_PAIRS))


def _fields(options: Any, units: Sequence[Sequence[Given]]) -> tuple[Part, ...]:
    """Each field by itself, in its own measure."""
    found = []
    for name, how in options.fields.items():
        said = [
            [
                one.said[name]
                for one in unit
                if isinstance(one.said, Mapping) and one.said.get(name) is not None
            ]
            for unit in units
        ]
        found.append(Part(name, _measured(how.kind, how.options, said)[1], sum(map(len, said))))
    return tuple(found)


def _labels(units: Sequence[Sequence[Given]], like: Like) -> tuple[Part, ...]:
    """Where answers are lists of labelled things: how alike two people's things of one label are, wherever either of
    them has any."""
    parted = [[_by_label(one.said) for one in unit] for unit in units]
    names = Counter(name for unit in parted for one in unit for name in one)
    found = []
    for name, answers in sorted(names.most_common(LABELS_MAX)):
        told = [
            like(a.get(name, []), b.get(name, []))
            for unit in parted
            for a, b in combinations(unit, 2)
            if name in a or name in b
        ]
        found.append(Part(name, math.fsum(told) / len(told) if told else None, answers))
    return tuple(found)


def _by_label(said: Json) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = defaultdict(list)
    for one in said if isinstance(said, list) else []:
        if isinstance(one, Mapping) and isinstance(one.get("label"), str):
            found[one["label"]].append(one)
    return found
