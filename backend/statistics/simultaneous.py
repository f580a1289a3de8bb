"""Pairs who give the same answer to the same item within seconds, far more often than two who work at a time."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from backend.statistics.copying import Findings, at_least


@dataclass(frozen=True, slots=True)
class Rule:
    """Answers at most `near_seconds` apart are simultaneous; compared are those at most `window_seconds` apart. A pair
    is told when p < min(`p_max`, `family_max` / pairs tested), from `hits_min` on and where these are `share_min` of
    what is compared; `strength` is how many compared answers of an even spread weigh beside the others'."""

    near_seconds: float = 5.0
    window_seconds: float = 600.0
    p_max: float = 1e-6
    family_max: float = 0.05
    hits_min: int = 10
    share_min: float = 0.5
    strength: float = 20.0


DEFAULTS = Rule()


class Given(NamedTuple):
    """An answer, `at` in seconds."""

    annotator: str
    task: str
    said: str
    at: float


@dataclass(frozen=True, slots=True)
class Pair:
    """Of `compared` common items `same` were answered alike, `near` within seconds, and `hits` both; `chance` is the
    share of hits expected. `tasks` are those of the hits."""

    first: str
    second: str
    compared: int
    same: int
    near: int
    hits: int
    chance: float
    p: float
    tasks: tuple[str, ...]


@dataclass(slots=True)
class _Counted:
    compared: int = 0
    same: int = 0
    near: int = 0
    tasks: list[str] = field(default_factory=list)


def find(answers: Sequence[Given], rule: Rule = DEFAULTS) -> Findings[Pair]:
    """Pairs with too many simultaneous identical answers.

    Activity: only items that both answered within the same ten minutes are compared, and how many of these fall within
    seconds is counted in all other pairs, drawn towards an even spread. Agreement: the pair's own share of identical
    answers. Were nearness and sameness no more than that, hits ~ Binomial(compared, near share * same share). Two who
    happen to keep step for a while are more often near than this says: hence the small p and the share.

    Correction for many pairs is Bonferroni's. Time: the sum over items of the pairs within ten minutes.
    """
    counted = _pairs(answers, rule)
    near, compared = (
        sum(one.near for one in counted.values()),
        sum(one.compared for one in counted.values()),
    )
    tested = [
        _judged(pair, one, near - one.near, compared - one.compared, rule)
        for pair, one in sorted(counted.items())
        if one.compared >= rule.hits_min
    ]
    limit = min(rule.p_max, rule.family_max / max(1, len(tested)))
    told = [
        one
        for one in tested
        if one.p < limit and one.hits >= max(rule.hits_min, rule.share_min * one.compared)
    ]
    told.sort(key=lambda one: (one.p, one.first, one.second))
    return Findings(tuple(told), len(tested), limit)


def _pairs(answers: Sequence[Given], rule: Rule) -> dict[tuple[str, str], _Counted]:
    """What is compared, pair by pair; of one person's several answers to an item the first."""
    on: dict[str, dict[str, Given]] = defaultdict(dict)
    for one in sorted(answers, key=lambda one: (one.at, one.annotator, one.said)):
        on[one.task].setdefault(one.annotator, one)
    counted: dict[tuple[str, str], _Counted] = defaultdict(_Counted)
    for task in sorted(on):
        given = list(on[task].values())
        for place, one in enumerate(given):
            for other in given[place + 1 :]:
                if other.at - one.at > rule.window_seconds:
                    break
                pair = sorted((one.annotator, other.annotator))
                _count(counted[pair[0], pair[1]], one, other, rule)
    return counted


def _count(counted: _Counted, one: Given, other: Given, rule: Rule) -> None:
    same, near = one.said == other.said, other.at - one.at <= rule.near_seconds
    counted.compared += 1
    counted.same += same
    counted.near += near
    if same and near:
        counted.tasks.append(one.task)


def _judged(pair: tuple[str, str], one: _Counted, near: int, compared: int, rule: Rule) -> Pair:
    even = rule.near_seconds / rule.window_seconds
    usual = (near + rule.strength * even) / (compared + rule.strength)
    chance = usual * one.same / one.compared
    hits = len(one.tasks)
    p = at_least(hits, one.compared, chance)
    return Pair(*pair, one.compared, one.same, one.near, hits, chance, p, tuple(one.tasks))
