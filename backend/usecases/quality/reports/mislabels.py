"""Mislabels: how many results of each class are probably wrong, and which of them to look at first."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from backend.events.ids import ProjectId
from backend.usecases.quality.confusions import ClassError, class_errors
from backend.usecases.quality.reports.measuring import PPM, project_row
from backend.usecases.quality.reports.results_read import Read, read_results
from backend.usecases.tokens import class_token
from backend.usecases.work import Answer, Work

CLASSES_MAX = 500


async def project_mislabels(
    work: Work, *, project: UUID, of_class: str | None = None, worst: int = 5, below: float | None = None
) -> Answer:
    """Of each class (or one, by its keyed token): how often such an answer is wrong (95 %), how many results say it and
    rest on answers alone, how many of these are wrong then, and the `worst` of them: the least sure ones, of those
    less sure than `below` if that is said. Classes with most to find come first.

    `expected` takes a result for one answer: where several people answered each item fewer are wrong, which
    `expected_by_confidence` counts in, as far as confidence keeps its word.
    """
    work.require("project:export", project=ProjectId(project))
    row = await project_row(work, project)
    errors = await class_errors(work, row)
    count, results = await read_results(work, project)
    by_class: dict[str, list[Read]] = defaultdict(list)
    labels: dict[str, Any] = {}
    tokens: dict[str, str | None] = {}
    for one in results:
        token = _token(work, row["skill"], one.answer, tokens)
        if token is not None and (of_class is None or token == of_class):
            by_class[token].append(one)
            labels.setdefault(token, one.answer)
    share = len(results) / count if count else 1.0
    least = PPM + 1 if below is None else round(below * PPM)
    told = [
        {"class": token, "label": labels[token], **_predicted(some, errors.get(token), share)}
        for token, some in by_class.items()
    ]
    told.sort(key=lambda one: (-(one["expected"] or 0.0), -one["expected_by_confidence"], one["class"]))
    data = [
        one
        | {"worst": _worst(by_class[one["class"]], worst, least)}
        | {"review_with": _review_with(project, one["label"])}
        | {"instead": _instead(errors.get(one["class"]), labels)}
        for one in told[:CLASSES_MAX]
    ]
    work.saw("label", "result", results=[w["item"] for one in data for w in one["worst"]])
    sampled = {"read": len(results), "of": count}
    left_out = max(0, len(told) - CLASSES_MAX)
    return Answer({"project": project, "sampled": sampled, "data": data, "classes_left_out": left_out})


def _token(work: Work, skill: UUID, answer: Any, known: dict[str, str | None]) -> str | None:
    """The class of a result; a keyed token is made once for each label."""
    try:
        spelled = f"{type(answer).__name__}|{answer!r}" if not isinstance(answer, list) else None
    except RecursionError:
        return None
    if spelled is None:
        return None
    if spelled not in known:
        known[spelled] = class_token(work, skill, answer)
    return known[spelled]


def _predicted(results: Sequence[Read], error: ClassError | None, share: float) -> dict[str, Any]:
    """Counts are of all results, where only a sample was read."""
    open_ones = [one for one in results if not one.looked_at]
    at_risk = len(open_ones) / share
    doubt = math.fsum(1.0 - one.confidence_ppm / PPM for one in open_ones) / share
    told = None if error is None else (error.share, error.low, error.high)
    return {
        "items": round(len(results) / share),
        "at_risk": round(at_risk),
        "error": None if error is None else _interval(error),
        "expected": None if told is None else round(at_risk * told[0], 3),
        "expected_low": None if told is None else round(at_risk * told[1], 3),
        "expected_high": None if told is None else round(at_risk * told[2], 3),
        "expected_by_confidence": round(doubt, 3),
    }


def _interval(error: ClassError) -> dict[str, float]:
    return {
        "value": round(error.share, 9),
        "low": round(error.low, 9),
        "high": round(error.high, 9),
        "seen": round(error.seen, 6),
    }


def _worst(results: Sequence[Read], most: int, least_ppm: int) -> list[dict[str, Any]]:
    open_ones = [r for r in results if not r.looked_at and r.confidence_ppm < least_ppm]
    open_ones.sort(key=lambda one: (one.confidence_ppm, one.item.bytes))
    return [{"item": one.item, "confidence": one.confidence_ppm / PPM} for one in open_ones[:most]]


def _instead(error: ClassError | None, labels: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Which class was true where this one was wrong, as a share of all its answers; the most frequent first."""
    if error is None:
        return []
    told = sorted(error.instead.items(), key=lambda one: (-one[1], one[0]))
    return [
        {"class": token or None, "label": labels.get(token), "share": round(share, 9)}
        for token, share in told
    ]


def _review_with(project: UUID, label: Any) -> dict[str, Any]:
    """The request that has all items of this class looked at again: a plan first, which shows what it costs."""
    return {
        "operation": "rework_plan",
        "path": f"/v1/projects/{project}/rework-plans",
        "body": {"selection": {"labels": [label]}},
    }
