"""Pairs whose wrong answers agree more often than chance allows: one copies from the other, or both from a third."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from backend.statistics.beta import incomplete_beta


@dataclass(frozen=True, slots=True)
class Rule:
    """A pair is told when p < min(`p_max`, `family_max` / pairs tested), from `common_min` common wrong tasks on;
    `strength` is how many pairs of wrong answers the true class weighs beside the item's own."""

    p_max: float = 1e-4
    family_max: float = 0.05
    common_min: int = 10
    strength: float = 2.0


DEFAULTS = Rule()


@dataclass(frozen=True, slots=True)
class Pair:
    """Of `common` tasks where both are wrong, `identical` agree; `chance` is the share expected of strangers."""

    first: str
    second: str
    common: int
    identical: int
    chance: float
    p: float
    tasks: tuple[str, ...]


AnyPair = TypeVar("AnyPair")


@dataclass(frozen=True, slots=True)
class Findings(Generic[AnyPair]):
    """The suspicious pairs, most certain first; how many were tested, and the p below which a pair is told."""

    pairs: tuple[AnyPair, ...]
    tested: int
    limit: float


Wrong = Mapping[str, Mapping[str, str]]
"""Annotator -> task -> wrong answer."""


def find(
    answers: Iterable[tuple[str, str, str]], truth: Mapping[str, str], rule: Rule = DEFAULTS
) -> Findings[Pair]:
    """Copying pairs among (annotator, task, answer), judged on the tasks whose truth is known.

    Of annotators who answer independently and are wrong on one task, a share sum_l c_l^2 agrees, c the distribution of
    its wrong answers, so identical ~ Binomial(m, mean share of the m common tasks) (quality.md 1e; the mean makes the
    tail no smaller than the exact one, Hoeffding 1956). The share is counted, without the pair: the item's pairs of
    wrong answers that agree, drawn towards the same count over all items of its true class. So a tempting wrong answer
    is not copying. With two classes all wrong answers agree, chance is 1 and nobody is ever found: this test is for
    three classes and more.

    Correction for many pairs is Bonferroni's. Time: the sum over tasks of (wrong answers)^2.
    """
    wrong, on = _wrong_answers(answers, truth)
    usual = _agreement_by_class(on, truth)
    tested: list[Pair] = []
    people = [name for name in sorted(wrong) if len(wrong[name]) >= rule.common_min]
    chosen = set(people)
    for first in people:
        shared: Counter[str] = Counter()
        for task in wrong[first]:
            shared.update(other for other in on[task] if other > first and other in chosen)
        tested += [
            _pair(first, second, wrong, on, usual, truth, rule)
            for second in sorted(shared)
            if shared[second] >= rule.common_min
        ]
    limit = min(rule.p_max, rule.family_max / max(1, len(tested)))
    told = sorted(
        (pair for pair in tested if pair.p < limit), key=lambda pair: (pair.p, pair.first, pair.second)
    )
    return Findings(tuple(told), len(tested), limit)


def _wrong_answers(
    answers: Iterable[tuple[str, str, str]], truth: Mapping[str, str]
) -> tuple[dict[str, dict[str, str]], dict[str, dict[str, str]]]:
    """By annotator and by task; of one person's several answers to a task the last in the alphabet."""
    on: dict[str, dict[str, str]] = defaultdict(dict)
    for annotator, task, answer in sorted(answers):
        if task in truth:
            on[task][annotator] = answer
    wrong: dict[str, dict[str, str]] = defaultdict(dict)
    for task in sorted(on):
        on[task] = {who: answer for who, answer in on[task].items() if answer != truth[task]}
        for who, answer in on[task].items():
            wrong[who][task] = answer
    return wrong, on


def _agreement_by_class(on: Wrong, truth: Mapping[str, str]) -> dict[str, float]:
    """True class -> the share of pairs of wrong answers to one task that agree, over all its tasks."""
    counted: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for task, given in on.items():
        agree, pairs = counted[truth[task]]
        more_agree, more_pairs = _agreeing(given.values())
        counted[truth[task]] = agree + more_agree, pairs + more_pairs
    return {known: agree / pairs for known, (agree, pairs) in counted.items() if pairs}


def _agreeing(answers: Iterable[str]) -> tuple[int, int]:
    """How many pairs of these answers agree, and how many pairs there are."""
    counts = Counter(answers)
    total = counts.total()
    return sum(count * (count - 1) for count in counts.values()) // 2, total * (total - 1) // 2


def _pair(
    first: str,
    second: str,
    wrong: Wrong,
    on: Wrong,
    usual: Mapping[str, float],
    truth: Mapping[str, str],
    rule: Rule,
) -> Pair:
    tasks = sorted(wrong[first].keys() & wrong[second].keys())
    same = tuple(task for task in tasks if wrong[first][task] == wrong[second][task])
    chances = []
    for task in tasks:
        agree, pairs = _agreeing(answer for who, answer in on[task].items() if who not in (first, second))
        chances.append((agree + rule.strength * usual[truth[task]]) / (pairs + rule.strength))
    chance = min(1.0, sum(chances) / len(chances))
    return Pair(first, second, len(tasks), len(same), chance, at_least(len(same), len(tasks), chance), same)


def at_least(hits: int, draws: int, chance: float) -> float:
    """P(Binomial(draws, chance) >= hits), through the incomplete beta function: I_chance(hits, draws - hits + 1)."""
    if not 0 <= hits <= draws or not 0.0 <= chance <= 1.0:
        raise ValueError(f"expected 0 <= hits <= draws and a chance in 0..1, found {hits}, {draws}, {chance}")
    return 1.0 if hits == 0 else incomplete_beta(hits, draws - hits + 1, chance)
