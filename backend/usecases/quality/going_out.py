"""What goes out of a project after review, beside what came in: estimated from the recorded draws, with what reviewers
overlook."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from backend.readmodels import planted, review_report, tasks
from backend.usecases.quality.targets_met import class_labels
from backend.usecases.review.outgoing import Cells, detected, left
from backend.usecases.work import Work


async def going_out(work: Work, project: UUID) -> list[dict[str, Any]]:
    """The accuracy of answers as they leave review, of all and of each answered class with its label, the lowest first
    (before them: all): `value` in 0..1 with 95 % bounds.

    An error found at rate f by reviewers who find a share d stands for 1 / (f d), of which one was mended (Horvitz
    and Thompson). `low` takes the lower end of d's own interval, `high` the upper; before anything was planted
    reviewers are taken to find everything, and `detection` is None. Without any verdict there is no value. Answers that
    are discounted do not go out, and are left out.
    """
    rows = await tasks.rows(work.conn, review_report.BY_CLASS, work.tenant, project)
    reviewers = await tasks.rows(work.conn, planted.DETECTION, work.tenant, project)
    seen = detected(sum(one["seen"] for one in reviewers), sum(one["looked"] for one in reviewers))
    classes: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        if row["answer_class"]:
            classes[row["answer_class"]].append(row)
    labels = await class_labels(work, project, set(classes))
    if labels:
        work.saw("label")
    told = [_told(None, rows, seen)]
    each = [_told(labels.get(token), cells, seen) for token, cells in sorted(classes.items())]
    return told + sorted(each, key=lambda one: 1.0 if one["value"] is None else one["value"])


def _told(label: Any, cells: Cells, seen: dict[str, Any] | None) -> dict[str, Any]:
    found, careful, hopeful = (
        left(cells, 1.0 if seen is None else seen[name]) for name in ("value", "low", "high")
    )
    known = found["reviewed"] > 0
    return {
        "class": label,
        "value": round(1.0 - found["value"], 9) if known else None,
        "low": round(1.0 - careful["high"], 9),
        "high": round(1.0 - hopeful["low"], 9),
        "answers": found["answers"],
        "reviewed": found["reviewed"],
        "errors": found["errors"],
        "detection": None
        if seen is None
        else {name: round(seen[name], 9) for name in ("value", "low", "high")},
    }
