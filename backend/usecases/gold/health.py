"""The health of gold: how hard each item is, how well it tells able people from others, how known it has become."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import numpy as np

from backend.domain.errors import not_found
from backend.events.ids import ProjectId
from backend.readmodels import gold_record as records
from backend.readmodels import projects
from backend.statistics.rasch import rasch
from backend.statistics.wilson import wilson
from backend.usecases.gold import signs
from backend.usecases.gold.stock import labels_of
from backend.usecases.work import Answer, Work

ANSWERS_MAX = 50_000
"""The newest answers to a project's gold that are looked at."""


async def gold_health(work: Work, *, project: UUID, limit: int) -> Answer:
    """Gold that is still asked, what is most doubtful first; which signs retire it, the project's rule says.

    Signs: `hard` (its difficulty lies, less twice its error, two standard deviations above the others'),
    `able_people_miss_it` (it correlates below zero with being right elsewhere: a wrong key), `risen` (of those who met
    it later so many more are right that, held against all items looked at, it is no chance: it may be known),
    `same_answers` (people who gave the same answer to it agree on other items as strangers would not).
    """
    work.require("gold:read", project=ProjectId(project))
    rows = await _answers_to(work, project)
    labels = await labels_of(work, project)
    found = await asyncio.to_thread(signs.healths, rows)
    found.sort(key=doubt)
    counted = await records.rows(work.conn, records.SEEN_OF, work.tenant, [one.told["gold"] for one in found])
    seen = {row["gold"]: row["seen"] for row in counted}
    told = [
        one.told
        | {"label": labels.get(one.met[0]["truth_class"])}
        | {"met": seen.get(one.told["gold"], 0), "signs": one.signs}
        for one in found[:limit]
    ]
    shown = {who for one in told if one["same_answers"] for who in one["same_answers"]["people"]}
    work.saw("truth", subjects=shown, results=[one["gold"] for one in told])
    answers = {"answers": len(rows), "people": len({row["annotator"] for row in rows})}
    return Answer(answers | {"gold": len(found), "data": told})


async def gold_people(work: Work, *, project: UUID, limit: int) -> Answer:
    """How people did on gold beside how hard the gold was that they met, those with the hardest first. Retired gold is
    in it: it was scored. A diagnosis: no score is corrected by it."""
    work.require("gold:read", project=ProjectId(project))
    rows = await _answers_to(work, project, retired=True)
    told = await asyncio.to_thread(_people, rows)
    work.saw(subjects=[one["annotator"] for one in told[:limit]])
    return Answer({"answers": len(rows), "people": len(told), "data": told[:limit]})


async def _answers_to(work: Work, project: UUID, *, retired: bool = False) -> list[dict[str, Any]]:
    """The newest answers to a project's gold. Raises not_found."""
    if not await projects.find(work.conn, work.tenant, [project]):
        raise not_found("a project")
    return await records.rows(work.conn, records.MET_IN_ORDER, work.tenant, project, ANSWERS_MAX, retired)


def doubt(one: signs.Health) -> tuple[int, float, UUID]:
    """Sorts what is most doubtful first."""
    return -len(one.signs), -one.told["difficulty"]["logits"], one.told["gold"]


def _people(rows: Sequence[signs.Row]) -> list[dict[str, Any]]:
    """One entry per person; `usual` is what somebody of mean ability is expected to have right of the same gold."""
    if not rows:
        return []
    _, (who, what) = signs.numbered(rows)
    right = np.array([row["correct"] for row in rows], np.float64)
    fit = rasch(who, what, [row["correct"] for row in rows])
    harder = fit.difficulty[what] - fit.centre
    usual = 1.0 / (1.0 + np.exp(fit.difficulty[what] - fit.ability.mean()))
    n = np.bincount(who)
    sums = [np.bincount(who, column) for column in (right, harder, usual)]
    told = []
    for number, annotator in enumerate(dict.fromkeys(row["annotator"] for row in rows)):
        total = int(n[number])
        correct, hard, expected = (float(column[number]) for column in sums)
        low, high = wilson(correct, total)
        told.append(
            {
                "annotator": annotator,
                "answers": total,
                "right": int(correct),
                "accuracy": {"value": correct / total, "low": low, "high": high},
                "difficulty": hard / total,
                "usual": expected / total,
                "ability": float(fit.ability[number]),
            }
        )
    return sorted(told, key=lambda one: (-one["difficulty"], one["annotator"]))
