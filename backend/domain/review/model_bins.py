"""Which threshold keeps an error: a model's answers by confidence, each bin as right as those that people saw of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backend.domain.checks import PPM
from backend.statistics.wilson import wilson

EDGES = tuple(
    n * PPM // 1_000 for n in (0, 500, 600, 700, 800, 850, 900, 920, 940, 950, 960, 970, 980, 990, 995, 1_000)
)
"""Where bins begin, in parts per million; the last holds whole confidence alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Answers from this confidence up to the next edge that would have stood, or that went to people by rule (`stood`):
    how many, how many of them were compared with what people decided blindly, and how many of these were right. The two
    are apart because of the first only a share is compared, of the second all."""

    begins_ppm: int
    stood: bool
    items: int
    compared: int
    right: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """From this confidence on so many answers would stand, with this error and its upper end; None where nothing can be
    said."""

    begins_ppm: int
    items: int
    error: float | None
    high: float | None


def kept(bins: Sequence[Bin], confidence: float = 0.95) -> list[Kept]:
    """For each edge as threshold what would stand and how wrong that would be, the lowest first.

    The error is the mean of the bins' errors weighed by their items (a stratified estimate); its upper end is Wilson's
    at the effective number of comparisons, (sum of weights)^2 / sum of squared weights, each standing for items /
    compared. A bin that was never compared is taken to be as right as the nearest below it that was, which is careful
    where a model is the surer the better it is. Raises ValueError as `wilson`.
    """
    ordered = sorted((one for one in bins if one.items), key=lambda one: (one.begins_ppm, one.stood))
    seen = _seen(ordered)
    edges = sorted({one.begins_ppm for one in ordered})
    return [
        _from(edge, [one for one in ordered if one.begins_ppm >= edge], seen, confidence) for edge in edges
    ]


def threshold_for(found: Sequence[Kept], error: float, *, surely: bool) -> int | None:
    """The lowest threshold whose error (`surely`: the upper end of it) is at most so much; None where there is none."""
    for one in found:
        told = one.high if surely else one.error
        if told is not None and told <= error:
            return one.begins_ppm
    return None


def _seen(ordered: Sequence[Bin]) -> Mapping[Bin, Bin | None]:
    """Each bin -> the compared one that speaks for it."""
    last: dict[bool, Bin] = {}
    found: dict[Bin, Bin | None] = {}
    for one in ordered:
        if one.compared:
            last[one.stood] = one
        found[one] = last.get(one.stood)
    return found


def _from(edge: int, there: Sequence[Bin], seen: Mapping[Bin, Bin | None], confidence: float) -> Kept:
    items = sum(one.items for one in there)
    spoken_for: dict[Bin, int] = defaultdict(int)
    for one in there:
        speaker = seen[one]
        if speaker is None:
            return Kept(begins_ppm=edge, items=items, error=None, high=None)
        spoken_for[speaker] += one.items
    error = sum(n * (1.0 - one.right / one.compared) for one, n in spoken_for.items()) / items
    effective = items**2 / sum(n**2 / one.compared for one, n in spoken_for.items())
    low, _ = wilson(min(effective, (1.0 - error) * effective), effective, confidence)
    return Kept(begins_ppm=edge, items=items, error=error, high=1.0 - low)
