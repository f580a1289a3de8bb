"""The n worst: the results that are most probably wrong by class and confidence are looked at, and done again."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal
from backend.domain.tasks import mislabel as domain
from backend.events.ids import ProjectId, ReworkId, uuid8
from backend.events.rework import Suspect, SuspectClass
from backend.readmodels import mislabels, proficiency
from backend.readmodels import rework as rework_rows
from backend.readmodels.touched_selection import Selection
from backend.usecases.quality.confusions import ClassError, class_errors
from backend.usecases.quality.reports.measuring import PPM, project_row
from backend.usecases.tasks.requeueing import go_on
from backend.usecases.tasks.reworking import planned
from backend.usecases.tokens import class_token, result_class
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work

CLASSES_MAX = 1_000
SHOWN_MAX = 200


async def mislabels_sample(
    work: Work,
    *,
    project: UUID,
    n: int,
    seed: str,
    classes: Sequence[Any] | None,
    reason: str | None,
    dry_run: bool,
) -> Answer:
    """Have the n results of a project that are most probably wrong done again, under one rework plan; with `dry_run`
    say which they are. Only of `classes` (labels), if said. What nobody has looked at is meant, and not twice.

    Risk: the odds that a result's confidence leaves, times its class's factor (`domain.tasks.mislabel`). They are
    chosen and not drawn: reviews of what comes of them enter no estimate. Raises `classes_not_categories`.
    """
    work.require("project:rework", project=ProjectId(project))
    work.require("project:export", project=ProjectId(project))
    domain.sized(n)
    row = await project_row(work, project)
    basis = await proficiency.basis(work.conn, work.tenant)
    only = None if classes is None else [_token(work, project, one) for one in classes]
    about = await mislabels.classes(work.conn, work.tenant, project, only, CLASSES_MAX)
    labels = await _labels(work, project, about)
    errors = await class_errors(work, row)
    factors = {
        one["result_class"]: _factor(one["doubt"], errors.get(_in_skill(work, row, labels, one) or ""))
        for one in about
    }
    found = await mislabels.worst(work.conn, work.tenant, project, list(factors), n, seed)
    suspects = domain.worst(
        (
            domain.suspect(
                one["item"], one["result_class"], one["confidence_ppm"], factors[one["result_class"]]
            )
            for one in found
        ),
        n,
        seed,
    )
    told = _told(about, factors, labels, suspects) | {"seed": seed, "basis_index": basis}
    work.saw("label", results=[one.item for one in suspects[:SHOWN_MAX]])
    if dry_run or not suspects:
        return Answer({"dry_run": dry_run, "rework": None, **told})
    items = tuple(one.item for one in suspects)
    plan = await planned(work, row, Selection(items=items), reason)
    command = domain.DrawWorst(
        rework=ReworkId(plan["id"]),
        project=ProjectId(project),
        wanted=n,
        seed=seed,
        classes=tuple(
            SuspectClass(
                result_class=one["result_class"],
                results=one["results"],
                odds_ppm=round(PPM * factors[one["result_class"]]),
            )
            for one in about
        ),
        items=suspects,
        basis_index=basis,
    )
    work.decide(domain.MISLABEL_DRAW, uuid8(plan["id"], "worst"), command)
    await work.flush()
    (locked,) = await rework_rows.fetch(work.conn, rework_rows.BY_ID, work.tenant, plan["id"])
    await go_on(work, locked)
    return Answer({"dry_run": False, "rework": plan["id"], **told})


def _token(work: Work, project: UUID, label: Any) -> str:
    token = result_class(work, project, label)
    if token is None:
        raise Refusal(
            "invalid",
            "classes_not_categories",
            expected="labels: text, whole numbers, or true and false",
            found="something else",
            mend="name classes as `project_mislabels` shows them",
        )
    return token


async def _labels(work: Work, project: UUID, about: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Class -> its label, read from one result each; what was erased is left out."""
    tasks = {one["task"]: one["result_class"] for one in about if one["result_class"]}
    rows = await mislabels.saying(work.conn, work.tenant, list(tasks))
    places = [Sealed("project", project, "result", row["task"], "result", row["result"]) for row in rows]
    clear = await work.open(places)
    return {
        tasks[row["task"]]: said["answer"] for row, said in zip(rows, clear, strict=True) if said is not None
    }


def _in_skill(
    work: Work, row: Mapping[str, Any], labels: Mapping[str, Any], one: Mapping[str, Any]
) -> str | None:
    """The class as evidence names it."""
    label = labels.get(one["result_class"])
    return None if label is None else class_token(work, row["skill"], label)


def _factor(doubt: float, error: ClassError | None) -> float:
    return 1.0 if error is None else domain.odds_factor(doubt, error.share, error.seen)


def _told(
    about: Sequence[Mapping[str, Any]],
    factors: Mapping[str, float],
    labels: Mapping[str, Any],
    suspects: Sequence[Suspect],
) -> dict[str, Any]:
    drawn = Counter(one.result_class for one in suspects)
    return {
        "open": sum(one["results"] for one in about),
        "drawn": len(suspects),
        "expected": round(math.fsum(one.risk_ppm for one in suspects) / PPM, 3),
        "classes": [
            {
                "label": labels.get(one["result_class"]),
                "open": one["results"],
                "drawn": drawn[one["result_class"]],
                "doubt": round(one["doubt"], 6),
                "odds_factor": round(factors[one["result_class"]], 6),
            }
            for one in about
        ],
        "items": [
            {
                "item": one.item,
                "label": labels.get(one.result_class),
                "confidence": one.confidence_ppm / PPM,
                "risk": one.risk_ppm / PPM,
            }
            for one in suspects[:SHOWN_MAX]
        ],
    }
