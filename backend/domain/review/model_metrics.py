"""How good a model is at each class: precision, recall, accuracy or average precision of what people judged blindly."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from backend.domain.checks import PPM
from backend.events.models import MetricRule
from backend.statistics import average_precision as ap
from backend.statistics.wilson import wilson

KINDS = ("precision", "recall", "accuracy", "average_precision", "map")
OF_AREA = ("average_precision", "map")


@dataclass(frozen=True, slots=True)
class Judged:
    """An answer held against the truth: class -> how sure each thing of it was and whether it is right, at each
    likeness asked for; and class -> how many there are."""

    found: Mapping[str, Sequence[tuple[float, tuple[bool, ...]]]]
    true: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One answer of a model: its classes, with what it is counted together (its class; empty where it is none), where
    its confidence lies (the bin's number), whether it reached its threshold (`stood`), and what a blind truth says of
    it, if there is one."""

    classes: tuple[str, ...]
    stratum: str
    bin: int
    stood: bool
    confidence_ppm: int = 0
    judged: Judged | None = None
    correct: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A class's metric with its 95 % interval (None: nothing to measure it by), resting on `n` answers, worth
    `effective` of the same weight (Kish)."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    effective: float = 0.0


@dataclass(slots=True)
class _Sums:
    """Of one class, weighed: things found, right and true; answers with nothing wrong about the class; and answers
    that speak of it."""

    found: float = 0.0
    right: float = 0.0
    true: float = 0.0
    faults: float = 0.0
    things: list[tuple[float, float, tuple[bool, ...]]] = field(default_factory=list)
    spoken: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))


def weights(answers: Sequence[Answered]) -> list[float]:
    """For how many answers each stands, 0 where it was not judged.

    Counted together is what has the same `stratum`, lies in the same bin of confidence and reached its threshold or did
    not: of those that did only audits are judged. What has no judged answer is spoken for by the nearest bin below,
    else above; else by those across the threshold; else by nobody.
    """
    cells: dict[str, dict[tuple[bool, int], list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for one in answers:
        cell = cells[one.stratum][one.stood, one.bin]
        cell[0] += 1
        cell[1] += one.judged is not None
    load: dict[tuple[str, bool, int], float] = defaultdict(float)
    for stratum, of in cells.items():
        for (stood, place), (items, judged) in of.items():
            speaker = (stood, place) if judged else _speaker(of, stood, place)
            if speaker is not None:
                load[stratum, *speaker] += items
    return [
        0.0
        if one.judged is None
        else load[one.stratum, one.stood, one.bin] / cells[one.stratum][one.stood, one.bin][1]
        for one in answers
    ]


def _speaker(
    of: Mapping[tuple[bool, int], Sequence[int]], stood: bool, place: int
) -> tuple[bool, int] | None:
    judged = [one for one, (_, n) in of.items() if n]
    return min(judged, key=lambda one: (one[0] != stood, one[1] > place, abs(one[1] - place)), default=None)


def measure(kind: str, answers: Sequence[Answered], confidence: float = 0.95) -> dict[str, Measured]:
    """Class -> its metric, of the classes that a judged answer or its truth has.

    `precision`: the share of what was found that is right. `recall`: the share of what there is that was found.
    `accuracy`: the share of answers with nothing wrong about the class, none too many and none missing.
    `average_precision`: the area under precision by recall, at the first likeness. `map`: COCO's mean over all of them.
    Everything is weighed by `weights`. ValueError for another kind.
    """
    if kind not in KINDS:
        raise ValueError(f"expected one of {', '.join(KINDS)}, found {kind!r}")
    sums: dict[str, _Sums] = defaultdict(_Sums)
    everything: list[float] = []
    for one, weight in zip(answers, weights(answers), strict=True):
        if one.judged is not None:
            everything.append(weight)
            for token in {*one.judged.found, *one.judged.true}:
                _add(sums[token], one.judged, token, weight)
    return {token: _measured(kind, of, everything, confidence) for token, of in sums.items()}


def _add(of: _Sums, judged: Judged, token: str, weight: float) -> None:
    things, true = judged.found.get(token, ()), judged.true.get(token, 0)
    right = sum(rights[0] for _, rights in things)
    of.found += weight * len(things)
    of.right += weight * right
    of.true += weight * true
    of.faults += weight * (right < max(len(things), true))
    of.things += [(sure, weight, rights) for sure, rights in things]
    for name, there in (("found", bool(things)), ("true", bool(true)), ("any", True)):
        if there:
            of.spoken[name].append(weight)


def _measured(kind: str, of: _Sums, everything: Sequence[float], confidence: float) -> Measured:
    match kind:
        case "precision":
            spoken, share = of.spoken["found"], _share(of.right, of.found)
        case "accuracy":
            spoken, total = of.spoken["any"], math.fsum(everything)
            share = _share(total - of.faults, total)
        case "recall":
            spoken, share = of.spoken["true"], _share(of.right, of.true)
        case _:
            spoken, share = of.spoken["true"], _area(kind, of)
    effective = kish(everything if kind == "accuracy" else spoken)
    if share is None or not effective:
        return Measured(n=len(spoken), effective=effective)
    if kind in OF_AREA:
        low, high = ap.interval(share, effective, confidence)
    else:
        low, high = wilson(min(effective, share * effective), effective, confidence)
    return Measured(value=share, low=low, high=high, n=len(spoken), effective=effective)


def _share(part: float, of: float) -> float | None:
    return min(1.0, max(0.0, part / of)) if of else None


def _area(kind: str, of: _Sums) -> float | None:
    """At the first likeness every point of the curve, as for classes there are few; at COCO's its 101."""
    if not of.true:
        return None
    if not of.things:
        return 0.0
    levels = len(of.things[0][2])
    areas = []
    for level in range(levels if kind == "map" else 1):
        found = [ap.Found(sure, rights[level], weight) for sure, weight, rights in of.things]
        areas.append(ap.coco(found, of.true) if levels > 1 else ap.all_points(found, of.true))
    return math.fsum(areas) / len(areas)


def kish(weighed: Iterable[float]) -> float:
    """How many pieces of the same weight these are worth: (sum of w)^2 / sum of w^2 (Kish 1965); 0 for none."""
    told = list(weighed)
    squares = math.fsum(one * one for one in told)
    return math.fsum(told) ** 2 / squares if squares else 0.0


def side(rule: MetricRule, found: Measured | None) -> str:
    """machine or people: what is not known well enough is people's."""
    if found is None or found.n < rule.n_min:
        return "people"
    told = found.low if rule.sure else found.value
    return "machine" if told is not None and told * PPM >= rule.at_least_ppm else "people"
