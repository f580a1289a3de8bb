"""Two people at one place: whether they are there together, or in turns, more than chance would have it."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

Day = tuple[Collection[int], Collection[int]]
"""The slots of one day in which the first and the second were there; a slot is a whole number."""


@dataclass(frozen=True, slots=True)
class CoPresence:
    """Over `days` on which both were there: slots of the first, of the second and of both; on how many of these days
    they had `common_min` slots or more in common; how often the place changed hands; and p-values of having so few
    (`apart_p`) and so many (`together_p`) slots in common by chance."""

    days: int
    first_slots: int
    second_slots: int
    common_slots: int
    together_days: int
    turns: int
    apart_p: float
    together_p: float


def compare(days: Sequence[Day], common_min: int = 4) -> CoPresence:
    """How two people share a place, over the days on which both were there.

    Chance: each day's slots of the second are turned in a circle within the hours in which either was there on any of
    the days, every turn as likely as another, each day for itself. So how long somebody works, and in which stretches,
    stays as it was; only when is left to chance. The slots in common then have a distribution per day that is counted,
    and over all days their convolution: both p-values are exact for that chance. (Hours of the same day alone would
    not do: they are the wider the less the two meet.) Who keeps the same hours meets more often, and who keeps other
    hours less often, than this says: `apart_p` is careful with the former, `together_p` with the latter; and who hands
    over to another once a day is apart as well: look at `turns`. A day of n slots can give no p below 1 / n.

    Days on which one of them has no slot are left out. Time: days * (slots of a day)^2.
    """
    shared = [(set(first), set(second)) for first, second in days if first and second]
    common = [len(first & second) for first, second in shared]
    used = set[int]().union(*(first | second for first, second in shared))
    chance = _convolved([_by_turning(first, second, used) for first, second in shared])
    total = sum(common)
    return CoPresence(
        days=len(shared),
        first_slots=sum(len(first) for first, _ in shared),
        second_slots=sum(len(second) for _, second in shared),
        common_slots=total,
        together_days=sum(one >= common_min for one in common),
        turns=sum(_turns(first, second) for first, second in shared),
        apart_p=min(1.0, sum(p for n, p in chance.items() if n <= total)),
        together_p=min(1.0, sum(p for n, p in chance.items() if n >= total)),
    )


def limit(tested: int, p_max: float, family_max: float) -> float:
    """The p below which one of so many tests is told (Bonferroni's correction)."""
    return min(p_max, family_max / max(1, tested))


def _by_turning(first: set[int], second: set[int], used: set[int]) -> dict[int, float]:
    """Slots in common -> the share of all turns of the second's day, within the hours used, that give so many."""
    begin, end = min(used), max(used)
    span = end - begin + 1
    counts = Counter(
        sum(begin + (slot - begin + turn) % span in first for slot in second) for turn in range(span)
    )
    return {n: count / span for n, count in sorted(counts.items())}


def _convolved(days: Sequence[Mapping[int, float]]) -> dict[int, float]:
    """The distribution of the sum."""
    whole = {0: 1.0}
    for day in days:
        added: dict[int, float] = defaultdict(float)
        for total, p in whole.items():
            for n, share in day.items():
                added[total + n] += p * share
        whole = dict(sorted(added.items()))
    return whole


def _turns(first: set[int], second: set[int]) -> int:
    """How often the one came after the other; slots of both are no turn."""
    hands = [slot in first for slot in sorted(first ^ second)]
    return sum(before != after for before, after in pairwise(hands))
