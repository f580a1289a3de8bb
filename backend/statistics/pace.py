"""Too fast against the item's own median, or too even to be a person's: timing as evidence, never as a verdict."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

_TO_DEVIATION = 1.4826
"""A normal distribution's standard deviation over its median absolute deviation."""
_SHORTEST_SECONDS = 0.001


@dataclass(frozen=True, slots=True)
class Timing:
    """How long (seconds, 0 or more) an annotator took for one answer to an item."""

    annotator: str
    item: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Rule:
    """Fast: under `fast_ratio` of the median of at least `others_min` other answers to the item; too fast: more than
    `fast_share_max` of at least `answers_min` compared answers (quality.md 1e). Too even: the spread of log-times
    under `even_ratio` of the pool's median spread, among at least `people_min` people."""

    fast_ratio: float = 0.25
    fast_share_max: float = 0.20
    answers_min: int = 20
    others_min: int = 3
    even_ratio: float = 0.25
    people_min: int = 5


DEFAULTS = Rule()


@dataclass(frozen=True, slots=True)
class Pace:
    """One annotator's evidence: `fast_at` are the places of the fast answers in the input, `spread` is in log-seconds
    (.7 = a factor of two either way), None where there is too little to say."""

    annotator: str
    answers: int
    compared: int
    fast_at: tuple[int, ...]
    fast_share: float | None
    too_fast: bool
    spread: float | None
    pool_spread: float | None
    too_even: bool


def judge(timings: Sequence[Timing], rule: Rule = DEFAULTS) -> list[Pace]:
    """Everybody's pace, in the order of their names. ValueError when a time is negative or not finite.

    Comparing with the item's own median cancels its length; the annotator's own answer is not part of that median.
    Speed alone says little (measured on five sets): let another signal agree before anybody acts on it.
    """
    for one in timings:
        if not 0.0 <= one.seconds < math.inf:
            raise ValueError(f"expected seconds of 0 or more, found {one.seconds} by {one.annotator}")
    mine: dict[str, list[int]] = defaultdict(list)
    for place, one in enumerate(timings):
        mine[one.annotator].append(place)
    medians = _medians_of_others(timings, rule.others_min)
    spreads = {
        name: _spread([math.log(max(timings[place].seconds, _SHORTEST_SECONDS)) for place in places])
        for name, places in mine.items()
        if len(places) >= rule.answers_min
    }
    usual = _median(sorted(spreads.values())) if len(spreads) >= rule.people_min else None
    return [
        _pace(name, mine[name], timings, medians, (spreads.get(name), usual), rule) for name in sorted(mine)
    ]


def _pace(
    name: str,
    places: list[int],
    timings: Sequence[Timing],
    medians: dict[int, float],
    spreads: tuple[float | None, float | None],
    rule: Rule,
) -> Pace:
    compared = [place for place in places if place in medians]
    fast = tuple(p for p in compared if timings[p].seconds < rule.fast_ratio * medians[p])
    share = len(fast) / len(compared) if compared else None
    enough = len(compared) >= rule.answers_min
    spread, usual = spreads
    even = spread is not None and usual is not None and spread < rule.even_ratio * usual
    too_fast = enough and share is not None and share > rule.fast_share_max
    return Pace(name, len(places), len(compared), fast, share, too_fast, spread, usual, even)


def _medians_of_others(timings: Sequence[Timing], others_min: int) -> dict[int, float]:
    """Place of an answer -> median seconds of the others' answers to the item; absent where there are too few."""
    on: dict[str, list[int]] = defaultdict(list)
    for place, one in enumerate(timings):
        on[one.item].append(place)
    found: dict[int, float] = {}
    for places in on.values():
        ranked = sorted(places, key=lambda place: timings[place].seconds)
        seconds = [timings[place].seconds for place in ranked]
        if len(ranked) == len({timings[place].annotator for place in ranked}):
            if len(ranked) > others_min:
                found.update({place: _median_without(seconds, rank) for rank, place in enumerate(ranked)})
            continue
        for place in places:
            others = [timings[p].seconds for p in ranked if timings[p].annotator != timings[place].annotator]
            if len(others) >= others_min:
                found[place] = _median(others)
    return found


def _median_without(ranked: list[float], left_out: int) -> float:
    """The median of a sorted list without the value at one place, without building the rest."""
    rest = len(ranked) - 1
    low, high = (rest - 1) // 2, rest // 2
    return (ranked[low + (low >= left_out)] + ranked[high + (high >= left_out)]) / 2.0


def _median(ranked: Sequence[float]) -> float:
    rest = len(ranked)
    return (ranked[(rest - 1) // 2] + ranked[rest // 2]) / 2.0


def _spread(values: Sequence[float]) -> float:
    """The median absolute deviation, scaled to a standard deviation: half of the values cannot move it far."""
    middle = _median(sorted(values))
    return _TO_DEVIATION * _median(sorted(abs(value - middle) for value in values))
