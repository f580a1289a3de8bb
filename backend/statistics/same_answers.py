"""Same answers: who answered one item alike and agree on other items, too, as strangers would not, share answers."""

import math
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from backend.statistics.wilson import wilson


@dataclass(frozen=True, slots=True)
class Rule:
    """A group of at least `people_min` is told when p < min(`p_max`, `family_max` / groups tested); what the pool's
    share of agreeing pairs is known by at least `known_min` pairs of strangers; `strength` is how many of them it
    weighs beside the item's own; strangers who agree more often than `chance_max` say nothing."""

    p_max: float = 1e-4
    family_max: float = 0.01
    people_min: int = 3
    known_min: int = 10
    strength: float = 2.0
    chance_max: float = 0.9


DEFAULTS = Rule()


class Given(NamedTuple):
    """An answer: `known` is the item's class (None: it is no category), `answer` equal for equal answers."""

    person: UUID
    item: UUID
    known: str | None
    right: bool
    answer: str


@dataclass(frozen=True, slots=True)
class Cluster:
    """`people` gave the same `answer` to `item`; elsewhere, of `trials` independent pairs of their answers, `agreed`
    (on average over the ways to pair them) are the same, on `items`; of strangers a share `chance` would."""

    item: UUID
    answer: str
    right: bool
    people: tuple[UUID, ...]
    items: tuple[UUID, ...]
    trials: int
    agreed: float
    chance: float
    p: float


@dataclass(frozen=True, slots=True)
class Clusters:
    """Per item its most certain cluster, if it is told; how many groups were tested, the p below which one is told,
    and the lowest p of every item where a group was tested."""

    told: Mapping[UUID, Cluster]
    tested: int
    limit: float
    lowest: Mapping[UUID, float]


Whole = NDArray[np.int64]
Floats = NDArray[np.float64]


def find(given: Iterable[Given], rule: Rule = DEFAULTS) -> Clusters:
    """Groups who share answers, found by one item and tested on the others.

    Whoever gave the same answer to an item is a group; it is tested on other items alone, so that what named it is no
    part of the evidence. There answers are compared among those equally right, so that being right alike is nothing.
    Left out are items of the same class and the group's very answer: who misreads one class, or always says the same,
    agrees without copying. If answers are independent given the item, a pair of k answers of the group agrees with the
    chance of strangers: the agreeing share of pairs outside of the group there, drawn towards the upper 95 % bound of
    the same over all items of that class. The mean over all ways to pair k answers into floor(k / 2) pairs is no more
    spread than one such way (Hoeffding 1963, section 5), so that with `trials` pairs in all P(mean agreeing >= t) <=
    exp(-trials * KL(t / trials, mean chance)). It is a bound: the test errs to the side of silence.

    Bonferroni over all groups tested. Two or three classes leave nothing to agree on: nobody is found there. Time: the
    sum over groups of the answers of its members.
    """
    pool = _Pool(list(given), rule)
    best: dict[UUID, Cluster] = {}
    tested = 0
    for place, code, people in pool.groups():
        found = pool.tested(place, code, people)
        if found is not None:
            tested += 1
            if found.item not in best or found.p < best[found.item].p:
                best[found.item] = found
    limit = min(rule.p_max, rule.family_max / max(1, tested))
    told = {item: one for item, one in best.items() if one.p < limit}
    return Clusters(told, tested, limit, {item: one.p for item, one in best.items()})


class _Pool:
    """All answers where strangers may differ, as columns sorted by person. A place is an item with whether its answers
    are right or wrong; a kind is a class, or none, with the same."""

    def __init__(self, given: list[Given], rule: Rule) -> None:
        self.rule = rule
        given = sorted(given, key=lambda one: (one.person, one.item, one.right, one.answer))
        self.people, self.person = _numbered([one.person for one in given])
        self.places, self.place = _numbered([(one.item, one.right) for one in given])
        self.answers, self.code = _numbered([one.answer for one in given])
        known = {one.item: one.known for one in given}
        self.items, self.item = _numbered([item for item, _ in self.places])
        self.classes, self.known = _numbered([known[item] for item, _ in self.places])
        self.kinds, self.kind = _numbered([(known[item], right) for item, right in self.places])
        self.key = self.place * len(self.answers) + self.code
        self.n, self.agree = self._pairs(self.place, self.key)
        all_agree, all_pairs = np.bincount(self.kind, self.agree), np.bincount(self.kind, _pairs_of(self.n))
        open_kind = all_agree <= rule.chance_max * all_pairs
        self._keep(open_kind[self.kind][self.place] if len(given) else np.zeros(0, bool))

    def _keep(self, rows: NDArray[np.bool_]) -> None:
        for name in ("person", "place", "code", "key"):
            setattr(self, name, getattr(self, name)[rows])
        distinct, self.back, counts = np.unique(self.key, return_inverse=True, return_counts=True)
        self.distinct, self.counts = distinct, counts
        self.alike = counts[self.back]
        self.begins = np.searchsorted(self.person, np.arange(len(self.people) + 1))

    def _pairs(self, place: Whole, key: Whole) -> tuple[Whole, Whole]:
        """Per place how many answers, and how many pairs of them agree."""
        distinct, counts = np.unique(key, return_counts=True)
        agree = np.bincount(distinct // max(1, len(self.answers)), _pairs_of(counts), len(self.places))
        return np.bincount(place, minlength=len(self.places)), agree.astype(np.int64)

    def groups(self) -> Iterator[tuple[int, int, Whole]]:
        """The answers that several gave to one item, and who."""
        order = np.argsort(self.back, kind="stable")
        ends = np.cumsum(self.counts)
        for n in np.flatnonzero(self.counts >= self.rule.people_min):
            rows = order[ends[n] - self.counts[n] : ends[n]]
            place, code = divmod(int(self.distinct[n]), len(self.answers))
            yield place, code, self.person[rows]

    def tested(self, place: int, code: int, people: Whole) -> Cluster | None:
        """The group on all other items; None where nothing can be said."""
        rows = np.concatenate([np.arange(self.begins[who], self.begins[who + 1]) for who in people])
        class_too = self.classes[self.known[place]] is not None
        apart = self.item != self.item[place]
        if class_too:
            apart &= self.known != self.known[place]
        rows = rows[apart[self.place[rows]] & (self.code[rows] != code)]
        k, same = self._pairs(self.place[rows], self.key[rows])
        several = np.flatnonzero(k > 1)
        if not len(several):
            return None
        chance = self._chance(place, code, rows, k, same)
        several = several[chance[several] <= self.rule.chance_max]
        pairs = k[several] // 2
        trials = int(pairs.sum())
        if trials == 0:
            return None
        agreed = float((pairs * same[several] / _pairs_of(k[several])).sum()) / trials
        usual = float((pairs * chance[several]).sum()) / trials
        shared = np.unique(self.item[several[same[several] > 0]])
        item, right = self.places[place]
        return Cluster(
            item=item,
            answer=self.answers[code],
            right=right,
            people=tuple(self.people[who] for who in people),
            items=tuple(self.items[n] for n in shared),
            trials=trials,
            agreed=agreed * trials,
            chance=usual,
            p=at_most(min(1.0, agreed), usual, trials),
        )

    def _chance(self, place: int, code: int, rows: Whole, k: Whole, same: Whole) -> Floats:
        """Per place how often a pair of strangers agrees: without the group, without its answer, without the item that
        named it. Above 1 where hardly any pair is known."""
        said = np.bincount(self.place[self.code == code], minlength=len(self.places))
        in_common = np.bincount(self.place[rows], self.alike[rows] - 1, len(self.places)).astype(np.int64)
        n = self.n - said - k
        agree = self.agree - _pairs_of(said) - in_common + same
        here = self.item == self.item[place]
        n[here] = agree[here] = 0
        pairs = _pairs_of(n)
        kinds = len(self.kinds)
        of_kind: list[Floats] = [
            np.bincount(self.kind, column, kinds).astype(np.float64) for column in (agree, pairs, n // 2)
        ]
        high = np.array([self._high(number, *of_kind) for number in range(len(self.kinds))])
        strength = self.rule.strength
        told: Floats = (agree + strength * high[self.kind]) / (pairs + strength)
        return np.where(high[self.kind] > 1.0, 2.0, told)

    def _high(self, number: int, *counts: Floats) -> float:
        """The upper bound of a kind's share of agreeing pairs; where it has too few, of all kinds like it. Of all pairs
        that there are only half as many as answers have no answer in common."""
        agree, pairs, apart = (float(column[number]) for column in counts)
        if apart < self.rule.known_min:
            known, right = self.kinds[number]
            like = [(one is None, so) == (known is None, right) for one, so in self.kinds]
            agree, pairs, apart = (float(column[like].sum()) for column in counts)
        return wilson(apart * agree / pairs, apart, 0.90)[1] if apart >= self.rule.known_min else 2.0


def _numbered(values: list[Any]) -> tuple[list[Any], Whole]:
    """The different values in the order in which they first come, and the number of each."""
    numbers: dict[Hashable, int] = {}
    told = [numbers.setdefault(one, len(numbers)) for one in values]
    return list(numbers), np.array(told, np.int64)


def _pairs_of(n: Whole) -> Whole:
    return n * (n - 1) // 2


def at_most(share: float, chance: float, trials: int) -> float:
    """The bound exp(-trials * KL(share, chance)) on the chance of such a share or a greater one (Chernoff 1952);
    1 where the share is not above chance. All three in 0..1 but `trials`, which is at least 1."""
    if not (0.0 <= share <= 1.0 and 0.0 <= chance <= 1.0 and trials >= 1):
        raise ValueError(f"expected two shares in 0..1 and a trial, found {share}, {chance}, {trials}")
    if share <= chance:
        return 1.0
    apart = share * math.log(share / chance) if chance else math.inf
    if share < 1.0:
        apart += (1.0 - share) * math.log((1.0 - share) / (1.0 - chance))
    return math.exp(-trials * apart)
