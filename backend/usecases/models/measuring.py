"""Measuring: what a model is worth at each class, by what people decided blindly, and on which side that puts it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from backend.domain.checks import PPM
from backend.domain.review.model_bins import EDGES
from backend.domain.review.model_class import MODEL_CLASS, Measure
from backend.domain.review.model_metrics import Answered, Judged, Measured, measure
from backend.events.ids import AnnotatorId, ProjectId, uuid8
from backend.readmodels import model_reports, proficiency
from backend.readmodels import models as rows
from backend.statistics import boxes, polygons
from backend.statistics.average_precision import COCO_IOUS, matched
from backend.usecases.models.comparing import truths_of
from backend.usecases.models.routing import project_row
from backend.usecases.projects.comparing import compare_by
from backend.usecases.tokens import class_token, object_classes
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work

Row = dict[str, Any]
CLASSES_MAX = 100_000
"""So many of the newest answers that are classes are counted."""
OBJECTS_MAX = 3_000
"""So many of the newest answers with things in them are opened and compared."""
SHAPES: Mapping[str, tuple[str, Callable[[Any], Any], Callable[[Any, Any], float]]] = {
    "boxes": ("box", boxes.corners, boxes.iou),
    "polygons": ("polygon", polygons.polygon, polygons.iou),
}
"""Kind of scoring -> where the shape of a thing is, how it is read, and how alike two are (IoU)."""


@dataclass(frozen=True, slots=True)
class Known:
    """A model's answers in a project as far as they are looked at, and the labels of classes that were seen (token ->
    label)."""

    answers: Sequence[Answered]
    labels: Mapping[str, Any]


async def model_classes_measure(work: Work, *, project: UUID) -> Answer:
    """Measure every class by the metric of the routing in force; what changes sides is told. Of a class of which
    nothing is known nothing is told: it is people's."""
    work.require("project:update")
    about = await project_row(work, project)
    said = await rows.routing(work.conn, work.tenant, project)
    if said is None or said.model is None or said.metric is None:
        return Answer({"measured": 0, "changed": 0})
    basis = await proficiency.basis(work.conn, work.tenant)
    known = await answers_of(work, about, said.model, said.metric.kind)
    found = await asyncio.to_thread(measure, said.metric.kind, known.answers)
    before = await rows.sides(work.conn, work.tenant, project, said.model)
    tokens = sorted({*found, *before})
    streams = [uuid8(project, "model-class", said.model.hex, token) for token in tokens]
    await work.load(MODEL_CLASS, streams)
    changed = 0
    for token, stream in zip(tokens, streams, strict=True):
        command = Measure(
            project=ProjectId(project),
            model=AnnotatorId(said.model),
            token=token,
            rule=said.metric,
            found=found.get(token, Measured()),
            basis_index=basis,
        )
        changed += bool(work.decide(MODEL_CLASS, stream, command))
    return Answer({"measured": len(tokens), "changed": changed})


async def answers_of(work: Work, project: Row, model: UUID, kind: str) -> Known:
    """What the model answered in the project (its row), with what a blind truth says of it: classes are counted, things
    in pictures are opened, matched by the project's kind of shape and compared."""
    about = (work.tenant, project["project"], model)
    found = await rows.fetch(work.conn, model_reports.NEWEST, *about, CLASSES_MAX, list(EDGES))
    plain = [row for row in found if row["answer_class"] is not None]
    drawn = [row for row in found if row["answer_class"] is None][:OBJECTS_MAX]
    labels: dict[str, Any] = {}
    told = [_of_class(row) for row in plain]
    told += await _of_things(work, project, drawn, kind, labels)
    return Known(told, labels)


def _of_class(row: Row) -> Answered:
    token, truth = row["answer_class"], row["truth_class"]
    judged = None
    if row["blind"]:
        true = {} if truth is None else {truth: 1}
        judged = Judged({token: ((row["confidence_ppm"] / PPM, (bool(row["correct"]),)),)}, true)
    return replace(_answered(row, (token,)), judged=judged)


def _answered(row: Row, classes: tuple[str, ...]) -> Answered:
    return Answered(
        classes=classes,
        stratum=row["answer_class"] or "",
        bin=row["bin"],
        stood=row["routed"] in ("machine", "audit"),
        confidence_ppm=row["confidence_ppm"],
        correct=bool(row["correct"]),
    )


async def _of_things(
    work: Work, project: Row, drawn: Sequence[Row], kind: str, labels: dict[str, Any]
) -> list[Answered]:
    """Answers that are no classes; the labels of theirs are added to `labels`. What has no shapes to match is not
    judged."""
    answers = await work.open(
        [
            Sealed("project", row["project"], "prediction", row["prediction"], "answer", row["answer"])
            for row in drawn
        ]
    )
    truths = await truths_of(work, [row for row in drawn if row["blind"]])
    how = compare_by(project["scoring"])
    leasts = COCO_IOUS if kind == "map" else (0.5,) if kind == "average_precision" else (_least(how.options),)
    pairs = []
    for row, answer in zip(drawn, answers, strict=True):
        truth = truths.get(row["prediction"])
        one = _answered(row, object_classes(work, project["skill"], answer))
        pairs.append((one, answer, truth.answer if truth is not None else None, row["confidence_ppm"] / PPM))
    judged = await asyncio.to_thread(
        lambda: [_judged(how.kind, said, true, sure, leasts) for _, said, true, sure in pairs]
    )

    def by_token(of: Mapping[str, Any]) -> dict[str, Any]:
        tokens = {class_token(work, project["skill"], label): label for label in of}
        labels.update({token: label for token, label in tokens.items() if token is not None})
        return {token: of[label] for token, label in tokens.items() if token is not None}

    return [
        replace(one, judged=None if found is None else Judged(by_token(found.found), by_token(found.true)))
        for (one, *_), found in zip(pairs, judged, strict=True)
    ]


def _least(options: Any) -> float:
    return float(getattr(options, "iou", 0.5))


def _judged(kind: str, answer: Any, truth: Any, sure: float, leasts: Sequence[float]) -> Judged | None:
    """Label -> things, of an answer against the truth; None without a truth, and where there is nothing to match by."""
    if truth is None or kind not in SHAPES:
        return None
    try:
        said, true = _things(kind, answer, sure), _things(kind, truth, sure)
    except (ValueError, TypeError):
        return None
    alike = SHAPES[kind][2]
    found = {}
    for label in {one for one, *_ in said}:
        mine = [(confidence, shape) for one, confidence, shape in said if one == label]
        there = [shape for one, _, shape in true if one == label]
        rights = matched(mine, there, alike, leasts)
        found[label] = tuple((mine[n][0], right) for n, right in enumerate(rights))
    return Judged(
        found, {label: sum(one == label for one, *_ in true) for label in {one for one, *_ in true}}
    )


def _things(kind: str, answer: Any, sure: float) -> list[tuple[str, float, Any]]:
    """(label, how sure, shape) of each; what says no `confidence` of its own is as sure as the answer."""
    name, read, _ = SHAPES[kind]
    return [(one["label"], _sure(one, sure), read(one[name])) for one in answer]


def _sure(one: Mapping[str, Any], otherwise: float) -> float:
    said = one.get("confidence", one.get("score"))
    return float(said) if isinstance(said, int | float) and not isinstance(said, bool) else otherwise
