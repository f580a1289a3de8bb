"""Mixing: at which places of what a person is handed there is gold, and of which class; pure, chance comes in."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import accumulate, chain

from backend.statistics.gold_rate import chance_here, quotas

GAP = 2
"""So many ordinary items lie between two of gold, where the share leaves room for them."""
SESSION_ENDS_AFTER = timedelta(minutes=30)
"""Who was handed nothing for so long begins a new session."""
QUOTA_EACH = 20
QUOTA_LEAST = 3


@dataclass(frozen=True, slots=True)
class Handed:
    """What a person was handed last: when (None: nothing yet), and of the last few items, newest first, which were
    gold."""

    last_at: datetime | None = None
    gold: tuple[bool, ...] = ()

    def in_session(self, now: datetime) -> bool:
        """Whether they are at it."""
        return self.last_at is not None and now - self.last_at <= SESSION_ENDS_AFTER

    @property
    def since_gold(self) -> int | None:
        """Ordinary items since the last gold; None when none of those remembered was."""
        return self.gold.index(True) if True in self.gold else None


class Shares(dict[str, float]):
    """Class -> its share; they sum to 1. Of thousands of classes one is found without looking at all."""

    @cached_property
    def names(self) -> list[str]:
        """The classes in their order."""
        return list(self)

    @cached_property
    def place(self) -> dict[str, int]:
        """Class -> its place in the order."""
        return {name: at for at, name in enumerate(self)}

    @cached_property
    def sums(self) -> list[float]:
        """The shares up to each class, its own included."""
        return list(accumulate(self.values()))


def gap_of(share: float) -> int:
    """The gap that a share leaves room for: 2 up to a third, 1 up to a half, above that none."""
    return GAP if share <= 0 else max(0, min(GAP, int(1.0 / share) - 1))


def places(share: float, handed: Handed, now: datetime, chances: Iterator[float], n: int) -> list[int]:
    """Which of the next `n` items are gold, by their places from 0; `chances` are uniform in 0..1, one per item.

    In the long run `share` (0..1) of the items. Never the first of a session and never within the gap, unless the share
    is above one half: then it is a drill, and any item may be gold.
    """
    gap = gap_of(share)
    begun = int(handed.in_session(now)) if gap else 1
    since = handed.since_gold if begun else None
    found: list[int] = []
    for place in range(n):
        if next(chances) < chance_here(share, begun + place, since, gap):
            found.append(place)
            since = 0
        elif since is not None:
            since += 1
    return found


def wanted(production: Mapping[str, int], stock: Mapping[str, int]) -> Shares:
    """The share of each class that has gold: as production is mixed (as the gold is, where nothing was produced yet),
    none so rare that less than three in twenty of an even share are left to it. `stock` counts gold that is asked;
    shares sum to 1."""
    classes = sorted(one for one, n in stock.items() if n > 0)
    made = [production.get(one, 0) for one in classes]
    # A class with gold that production has not brought yet is as rare as can be.
    mix = [max(1, n) for n in made] if any(made) else [stock[one] for one in classes]
    total = QUOTA_EACH * len(classes)
    given = quotas(total, mix, QUOTA_LEAST) if total else []
    return Shares({one: n / total for one, n in zip(classes, given, strict=True) if n})


def class_due(shares: Shares, had: Mapping[str, int], chance: float) -> str | None:
    """The class of a person's next gold: drawn among those of which they had less than its share of all they would then
    have had, by how much less. None where there are no classes. `chance` is uniform in 0..1. It takes as long as the
    person has met classes, however many there are."""
    met = {one: n for one, n in had.items() if n and one in shares}
    total = sum(met.values()) + 1
    lacking = {one: max(0.0, shares[one] * total - n) for one, n in met.items()}
    others = max(0.0, total * (1.0 - sum(shares[one] for one in met))) if len(met) < len(shares) else 0.0
    left = chance * (sum(lacking.values()) + others)
    for one, n in lacking.items():
        left -= n
        if n and left < 0:
            return one
    if len(met) < len(shares):
        return _unmet(shares, met, max(0.0, left) / total)
    return max(lacking, key=lambda one: lacking[one], default=None)


def _unmet(shares: Shares, met: Mapping[str, int], at: float) -> str:
    """The class at this place (in shares) of those that the person has not met, one after the other."""
    for place in sorted(shares.place[one] for one in met):
        # What lies behind a class that is left out begins by its share later.
        if shares.sums[place] - shares[shares.names[place]] <= at:
            at += shares[shares.names[place]]
    place = min(bisect_right(shares.sums, at), len(shares) - 1)
    # A hair's breadth of rounding may end on a class that is left out: then the nearest that is not.
    near = chain(range(place, len(shares)), range(place - 1, -1, -1))
    return next(shares.names[one] for one in near if shares.names[one] not in met)
