"""The health of gold: how hard each item is, how well it tells able people from others, how known it has become."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from backend.domain.errors import not_found
from backend.events.ids import ProjectId
from backend.readmodels import gold_record as records
from backend.readmodels import projects
from backend.statistics.leak import fisher_greater
from backend.statistics.rasch import Rasch, item_rest, rasch
from backend.statistics.wilson import wilson
from backend.usecases.gold.stock import labels_of
from backend.usecases.work import Answer, Work

ANSWERS_MAX = 200_000
"""The newest answers to a project's gold that are looked at."""
RISE_MIN = 20
"""From so many people on an item may be said to have become known."""
RISE_P = 0.01
OUTLIER_SD = 2.0
OUTLIERS_AMONG = 10
"""Among fewer items none is an outlier."""
Row = Mapping[str, Any]


async def gold_health(work: Work, *, project: UUID, limit: int) -> Answer:
    """Gold that is still asked, what is most doubtful first; each sign is for a person to look at, and retires nothing.

    Signs: `hard` (its difficulty lies, less twice its error, two standard deviations above the others'),
    `able_people_miss_it` (it correlates below zero with being right elsewhere: a wrong key), `risen` (of those who met
    it later so many more are right that, held against all items looked at, it is no chance: it may be known).
    """
    work.require("gold:read", project=ProjectId(project))
    if not await projects.find(work.conn, work.tenant, [project]):
        raise not_found("a project")
    rows = await records.rows(work.conn, records.MET_IN_ORDER, work.tenant, project, ANSWERS_MAX)
    labels = await labels_of(work, project)
    found = _healths(rows, labels)
    found.sort(key=lambda one: (-len(one["signs"]), -one["difficulty"]["logits"], one["gold"]))
    work.saw("truth", results=[one["gold"] for one in found[:limit]])
    answers = {"answers": len(rows), "people": len({row["annotator"] for row in rows})}
    return Answer(answers | {"gold": len(found), "data": found[:limit]})


def _healths(rows: Sequence[Row], labels: Mapping[str | None, Any]) -> list[dict[str, Any]]:
    """One entry per gold item that anybody answered; rows are in the order in which it was shown."""
    if not rows:
        return []
    people = {who: n for n, who in enumerate(dict.fromkeys(row["annotator"] for row in rows))}
    items = {gold: n for n, gold in enumerate(dict.fromkeys(row["gold"] for row in rows))}
    told = [people[row["annotator"]] for row in rows], [items[row["gold"]] for row in rows]
    right = [row["correct"] for row in rows]
    fit, rest = rasch(*told, right), item_rest(*told, right)
    of: dict[UUID, list[Row]] = defaultdict(list)
    for row in rows:
        of[row["gold"]].append(row)
    rises = {gold: _rise([row["correct"] for row in met]) for gold, met in of.items()}
    looked_at = sum(rise is not None for rise in rises.values())
    return [_health(of[gold], fit, n, rest[n], rises[gold], looked_at, labels) for gold, n in items.items()]


def _rise(right: Sequence[bool]) -> dict[str, Any] | None:
    """Those who met it in the first half against those in the second; None of too few."""
    if len(right) < RISE_MIN:
        return None
    first, then = right[: len(right) // 2], right[len(right) // 2 :]
    p = fisher_greater(sum(then), len(then) - sum(then), sum(first), len(first) - sum(first))
    return {"earlier": sum(first) / len(first), "later": sum(then) / len(then), "p": p}


def _health(
    met: Sequence[Row],
    fit: Rasch,
    n: int,
    rest: tuple[float, float, float] | None,
    rise: dict[str, Any] | None,
    looked_at: int,
    labels: Mapping[str | None, Any],
) -> dict[str, Any]:
    right = sum(row["correct"] for row in met)
    low, high = wilson(right, len(met))
    spread = float(fit.difficulty.std())
    least = float(fit.difficulty[n] - 2.0 * fit.error[n])
    hard = len(fit.difficulty) >= OUTLIERS_AMONG and least > fit.centre + OUTLIER_SD * spread
    signs = {
        "hard": hard,
        "able_people_miss_it": rest is not None and rest[2] < 0.0,
        # Of many items looked at, some would seem risen by chance: Bonferroni.
        "risen": rise is not None and rise["p"] < RISE_P / looked_at,
    }
    return {
        "gold": met[0]["gold"],
        "item": met[0]["item"],
        "label": labels.get(met[0]["truth_class"]),
        "origin": met[0]["origin"],
        "answers": len(met),
        "right": right,
        "accuracy": {"value": right / len(met), "low": low, "high": high},
        "difficulty": {"logits": float(fit.difficulty[n]), "error": float(fit.error[n])},
        "discrimination": None if rest is None else {"value": rest[0], "low": rest[1], "high": rest[2]},
        "rise": rise,
        "first_answered": met[0]["shown_at"],
        "last_answered": met[-1]["shown_at"],
        "signs": [name for name, given in signs.items() if given],
    }
