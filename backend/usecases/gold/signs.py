"""Signs of a gold item's health, computed of answers alone: what is told of each, and what is strong enough to act on.

A sign that is told is for a person to look at. One that may retire gold holds against all items that were looked at.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np

from backend.domain.projects.gold import Sign
from backend.statistics import same_answers
from backend.statistics.leak import fisher_greater
from backend.statistics.rasch import Rasch, item_rest, rasch
from backend.statistics.wilson import normal_z, wilson

RISE_MIN = 20
"""From so many people on an item may be said to have become known."""
SHOWN_P, STRONG_P = 0.01, 0.001
"""Of all items together, so often a sign is shown, or acted on, by chance; gold is looked at day after day."""
SHOWN_SD, STRONG_SD = 2.0, 3.0
"""So many standard deviations harder than the others is shown, or acted on."""
OUTLIERS_AMONG = 10
"""Among fewer items none is an outlier."""
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Health:
    """An item: who met it in which order, and what is told; `signs` that are shown, `strong` those to act on."""

    met: Sequence[Row]
    told: dict[str, Any]
    signs: list[str]
    strong: Mapping[str, Sign]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was found of all items together, and how many of them each test looked at."""

    fit: Rasch
    rest: Sequence[tuple[float, float, float] | None]
    rises: Mapping[UUID, Mapping[str, Any] | None]
    clusters: same_answers.Clusters

    @property
    def correlations(self) -> int:
        """Of how many items a correlation is known."""
        return max(1, sum(one is not None for one in self.rest))

    @property
    def halves(self) -> int:
        """How many items are old enough to have risen."""
        return max(1, sum(one is not None for one in self.rises.values()))


def healths(rows: Sequence[Row]) -> list[Health]:
    """One per gold item that anybody answered; rows are in the order in which it was shown."""
    if not rows:
        return []
    items, told = numbered(rows)
    right = [row["correct"] for row in rows]
    of: dict[UUID, list[Row]] = defaultdict(list)
    for row in rows:
        of[row["gold"]].append(row)
    seen = _Seen(
        fit=rasch(*told, right),
        rest=item_rest(*told, right),
        rises={gold: _rise([row["correct"] for row in met]) for gold, met in of.items()},
        clusters=same_answers.find(
            same_answers.Given(row["annotator"], row["gold"], row["truth_class"], row["correct"], row["said"])
            for row in rows
            if row["said"] is not None
        ),
    )
    return [_health(of[gold], n, seen) for gold, n in items.items()]


def numbered(rows: Sequence[Row]) -> tuple[dict[UUID, int], tuple[list[int], list[int]]]:
    """Each item's number, and person and item of each row as numbers."""
    people = {who: n for n, who in enumerate(dict.fromkeys(row["annotator"] for row in rows))}
    items = {gold: n for n, gold in enumerate(dict.fromkeys(row["gold"] for row in rows))}
    return items, ([people[row["annotator"]] for row in rows], [items[row["gold"]] for row in rows])


def _rise(right: Sequence[bool]) -> dict[str, Any] | None:
    """Those who met it in the first half against those in the second; None of too few."""
    if len(right) < RISE_MIN:
        return None
    first, then = right[: len(right) // 2], right[len(right) // 2 :]
    p = fisher_greater(sum(then), len(then) - sum(then), sum(first), len(first) - sum(first))
    return {"earlier": sum(first) / len(first), "later": sum(then) / len(then), "p": p}


def _health(met: Sequence[Row], n: int, seen: _Seen) -> Health:
    gold, right = met[0]["gold"], sum(row["correct"] for row in met)
    low, high = wilson(right, len(met))
    fit, rest = seen.fit, seen.rest[n]
    found = _measured(n, seen, gold)
    told = {
        "gold": gold,
        "item": met[0]["item"],
        "origin": met[0]["origin"],
        "answers": len(met),
        "right": right,
        "accuracy": {"value": right / len(met), "low": low, "high": high},
        "difficulty": {"logits": float(fit.difficulty[n]), "error": float(fit.error[n])},
        "discrimination": None if rest is None else {"value": rest[0], "low": rest[1], "high": rest[2]},
        "rise": seen.rises[gold],
        "same_answers": _same(seen.clusters.told.get(gold)),
        "first_answered": met[0]["shown_at"],
        "last_answered": met[-1]["shown_at"],
    }
    strong = {
        name: Sign(statistic=one.statistic, threshold=one.strong, answers=len(met), rule_version=0)
        for name, one in found.items()
        if one.passes(one.strong)
    }
    return Health(met, told, [name for name, one in found.items() if one.passes(one.shown)], strong)


class _Measure(NamedTuple):
    """A statistic, the threshold from which it is shown and that from which it is acted on; a p is to be below."""

    statistic: float
    shown: float
    strong: float
    p: bool = True

    def passes(self, threshold: float) -> bool:
        return self.statistic < threshold if self.p else self.statistic > threshold


def _measured(n: int, seen: _Seen, gold: UUID) -> dict[str, _Measure]:
    """The signs that could be computed. A correlation is shown that is below zero by its own interval."""
    fit, rest, rise, cluster = seen.fit, seen.rest[n], seen.rises[gold], seen.clusters.told.get(gold)
    found: dict[str, _Measure] = {}
    if rest is not None:
        found["able_people_miss_it"] = _Measure(_below_zero(rest), 0.025, STRONG_P / seen.correlations)
    if cluster is not None:
        found["same_answers"] = _Measure(cluster.p, seen.clusters.limit, seen.clusters.limit)
    if rise is not None:
        found["risen"] = _Measure(rise["p"], SHOWN_P / seen.halves, STRONG_P / seen.halves)
    if len(fit.difficulty) >= OUTLIERS_AMONG:
        others = np.delete(fit.difficulty, n)
        least = float(fit.difficulty[n] - 2.0 * fit.error[n])
        shown = fit.centre + SHOWN_SD * float(fit.difficulty.std())
        strong = max(shown, float(others.mean() + STRONG_SD * others.std()))
        found["hard"] = _Measure(least, shown, strong, p=False)
    return found


def _below_zero(rest: tuple[float, float, float] | None) -> float:
    """The chance of such a correlation or a lower one if there is none (one-sided, Fisher's z); 1 of too few."""
    if rest is None:
        return 1.0
    z = math.atanh(rest[0]) * normal_z(0.95) / (math.atanh(rest[2]) - math.atanh(rest[0]))
    return 0.5 * math.erfc(-z / math.sqrt(2.0))


def _same(cluster: same_answers.Cluster | None) -> dict[str, Any] | None:
    if cluster is None:
        return None
    names = ("right", "people", "trials", "agreed", "chance", "p")
    told = {name: getattr(cluster, name) for name in names}
    return told | {"people": list(cluster.people), "gold": list(cluster.items)}
