"""The agreement of a project's people, beside what a model would say of it; computed on request, in a thread."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from backend.domain.errors import not_found
from backend.domain.projects.agreement import Agreement, Given, Part, of_classes, of_kind
from backend.domain.projects.latent import Opinion, Triple, opinion
from backend.events.ids import ProjectId
from backend.events.workflows import Step
from backend.readmodels import calibration, compared, projects, tasks, workflows
from backend.statistics.kappa import Kappa
from backend.statistics.temperature import calibration_error, honest
from backend.usecases.projects.comparing import Compare
from backend.usecases.projects.scoring import scorer_of
from backend.usecases.quality.calibrating import Audited, audited
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work

CLASSES_MAX = 200_000
PARTS_MAX = 500
OPENED_MAX = 3_000
"""Answers that have to be read and compared one with the other."""
TAU = 0.9
"""The confidence that is looked at where the plan names none."""
PPM = 1_000_000
Row = dict[str, Any]


async def project_agreement(work: Work, *, project: UUID, step: str | None = None) -> Answer:
    """How far people who answered the same agree, per class, label or field and between pairs of people; what a model
    of everybody's errors would say instead of the majority; and whether claimed confidence keeps its word. Of the
    newest answers, so many that it can be computed while somebody waits."""
    work.require("project:report", project=ProjectId(project))
    found = await projects.find(work.conn, work.tenant, [project])
    if not found:
        raise not_found("a project")
    about = await _step(work, found[0], step)
    how = await scorer_of(work, found[0], about)
    count = int(await work.conn.fetchval(compared.COUNT, work.tenant, project, step))
    rows = await tasks.rows(work.conn, compared.CLASSES, work.tenant, project, step, CLASSES_MAX)
    classes = _are_classes(how, rows)
    used = rows if classes else rows[:OPENED_MAX]
    told = await audited(work, found[0]) if step is None else []
    agreeing = await _of_classes(used) if classes else await _of_kind(work, how, used)
    model = await _opinion(work, project, used, told) if classes else None
    parts = _shown(agreeing.parts) if classes else agreeing.parts
    labels = await _labels(work, used, {one.name for one in parts}) if classes else {}
    tau = (found[0]["plan"].stop_at_ppm or TAU * PPM) / PPM
    body = {
        "project": project,
        "step": step,
        "kind": how.kind,
        **_said(agreeing, parts, labels, classes),
        "answers_left_out": count - len(used),
        "model": _model_said(model),
        "confidence": await _confidence(work, project, told, tau),
    }
    people = {UUID(who) for pair in agreeing.pairs for who in (pair.first, pair.second)}
    people |= {UUID(one.annotator) for one in model.suspects} if model else set()
    work.saw("answer", subjects=sorted(people))
    return Answer(body)


async def _step(work: Work, project: Row, name: str | None) -> Step | None:
    """The step of this name in the newest workflow; not_found where there is none."""
    if name is None or not project["workflow_version"]:
        return None
    found = await workflows.find(work.conn, work.tenant, project["project"], project["workflow_version"])
    for step in found.steps if found else ():
        if step.name == name:
            return step
    raise not_found("a step of the workflow")


def _are_classes(how: Compare, rows: Sequence[Row]) -> bool:
    """Equality compares tokens; a set of labels is one label where every answer is."""
    return how.kind == "exact" or (how.kind == "labels" and all(row["answer_class"] for row in rows))


def _class(row: Row) -> str:
    token: str = row["answer_class"] or row["answer_token"]
    return token


async def _of_classes(rows: Sequence[Row]) -> Agreement:
    given = [Given(str(row["task"]), str(row["annotator"]), _class(row)) for row in rows]
    return await asyncio.to_thread(of_classes, given)


async def _of_kind(work: Work, how: Compare, rows: Sequence[Row]) -> Agreement:
    clear = await _read(work, [row["lease"] for row in rows])
    given = [
        Given(str(row["task"]), str(row["annotator"]), clear[row["lease"]])
        for row in rows
        if clear[row["lease"]] is not None
    ]
    return await asyncio.to_thread(of_kind, how.kind, how.options, given)


async def _read(work: Work, leases: Sequence[UUID]) -> dict[UUID, Any]:
    """Lease -> its answer in clear."""
    written = await tasks.rows(work.conn, compared.WRITTEN, work.tenant, leases)
    places = [Sealed("project", r["project"], "lease", r["lease"], "answer", r["answer"]) for r in written]
    return dict(zip((row["lease"] for row in written), await work.open(places), strict=True))


def _shown(parts: Sequence[Part]) -> Sequence[Part]:
    """Those answered most often, where there are thousands; by name."""
    most = sorted(parts, key=lambda one: (-one.answers, one.name))[:PARTS_MAX]
    return sorted(most, key=lambda one: one.name)


async def _labels(work: Work, rows: Sequence[Row], shown: set[str]) -> dict[str, Any]:
    """Class -> the label it stands for, as one of its answers says it; of those that are shown."""
    first = {token: row["lease"] for row in rows if (token := _class(row)) in shown}
    clear = await _read(work, list(first.values()))
    return {token: clear[lease] for token, lease in first.items()}


async def _opinion(work: Work, project: UUID, rows: Sequence[Row], told: Sequence[Audited]) -> Opinion | None:
    met = await tasks.rows(work.conn, compared.GOLD, work.tenant, project, CLASSES_MAX)
    answers: list[Triple] = [(str(row["task"]), str(row["annotator"]), _class(row)) for row in rows]
    answers += [(str(row["gold"]), str(row["annotator"]), row["answer_class"]) for row in met]
    gold = {str(row["gold"]): row["truth_class"] for row in met}
    truth = {str(one.task): one.truth_class for one in told if one.truth_class is not None}
    return await asyncio.to_thread(opinion, answers, gold, truth)


async def _confidence(work: Work, project: UUID, told: Sequence[Audited], tau: float) -> Row:
    """What results claimed beside what reviewers found of them."""
    fitted = await calibration.of_project(work.conn, work.tenant, project)
    claims, right = [one.claimed for one in told], [one.right == 1.0 for one in told]
    kept = honest(tau, claims, right)
    return {
        "temperature": fitted["temperature_ppm"] / PPM if fitted else None,
        "calibrated_at": fitted["calibrated_at"] if fitted else None,
        "audited": len(told),
        "result_right": _mean([one.right for one in told]),
        "majority_right": _mean([one.majority_right for one in told]),
        "calibration_error": calibration_error(claims, right) if told else None,
        "tau": tau,
        "reached": kept.reached,
        "reached_right": kept.right if kept.reached else None,
        "low": kept.low if kept.reached else None,
        "high": kept.high if kept.reached else None,
        "honest": kept.honest if kept.reached else None,
    }


def _mean(shares: Sequence[float]) -> float | None:
    return sum(shares) / len(shares) if shares else None


def _said(agreeing: Agreement, parts: Sequence[Part], labels: Mapping[str, Any], classes: bool) -> Row:
    return {
        "measure": agreeing.measure,
        "items": agreeing.tasks,
        "answers": agreeing.answers,
        "annotators": agreeing.annotators,
        "annotators_per_item": asdict(agreeing.per_task),
        "alpha": agreeing.alpha,
        "pairwise": agreeing.pairwise,
        "fleiss": _kappa(agreeing.fleiss),
        "pairs": [
            {"annotators": [UUID(pair.first), UUID(pair.second)], **(_kappa(pair.kappa) or {})}
            for pair in agreeing.pairs
        ],
        "classes": [_part(one, "label", labels.get(one.name)) for one in parts if classes],
        "classes_left_out": len(agreeing.parts) - len(parts),
        "dimensions": [_part(one, "name", one.name) for one in agreeing.parts if not classes],
    }


def _part(one: Part, name: str, told: Any) -> Row:
    return {name: told, "agreement": one.value, "answers": one.answers}


def _kappa(found: Kappa | None) -> Row | None:
    if found is None:
        return None
    return {
        "kappa": found.value,
        "low": found.low,
        "high": found.high,
        "observed": found.observed,
        "items": found.units,
    }


def _model_said(found: Opinion | None) -> Row | None:
    if found is None:
        return None
    suspects = [asdict(one) | {"annotator": UUID(one.annotator)} for one in found.suspects]
    return {
        "items": found.tasks,
        "gold": found.clamped,
        "agrees_with_majority": found.same,
        "audited": found.audited,
        "agrees_on_audited": found.same_audited if found.audited else None,
        "majority_right": found.majority_right,
        "model_right": found.model_right,
        "suspects": suspects,
    }
