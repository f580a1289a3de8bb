"""A model's answer to an item that is there already: it stands only where nobody has begun, and it is shown."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from backend.domain.checks import PPM
from backend.domain.errors import not_found
from backend.domain.projects.workflow_graph import begins_with
from backend.domain.review import prediction as domain
from backend.domain.tasks import task as tasks_domain
from backend.domain.tasks.incoming import Foretold
from backend.events.ids import ProjectId, uuid8
from backend.readmodels import models as rows
from backend.readmodels import pilots, task_selection, tasks, workflows
from backend.usecases.models import predicting
from backend.usecases.models.routing import project_row
from backend.usecases.models.target_task import SETTLES_NOTHING, Step, about_step, hindrance
from backend.usecases.projects.class_checks import require_classes
from backend.usecases.tasks import iterating
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work

Row = dict[str, Any]


async def item_predict(work: Work, *, item: UUID, model: UUID, answer: Any, confidence: float) -> Answer:
    """A model's answer to an item. It goes where routing says, as if it had come with the item, as long as nobody has
    begun. The same again is the same outcome. Raises `model_unknown`, `prediction_exists`."""
    work.require("item:import")
    found = await tasks.by_ids(work.conn, tasks.ITEMS, work.tenant, [item])
    if not found:
        raise not_found("an item")
    said = Foretold(model, answer, round(PPM * confidence))
    for refusal in (await predicting.refusals(work, [said])).values():
        raise refusal
    project = await project_row(work, found[0]["project"])
    await require_classes(work, project, answer)
    prediction = predicting.prediction_of(item, model)
    (before,) = await work.load(domain.PREDICTION, [prediction])
    gold = await rows.fetch(work.conn, rows.GOLD_ALONE, work.tenant, item)
    sent = await (_of_gold(work, project, found[0], said) if gold else _sent(work, project, found[0], said))
    planned = await predicting.plan(work, project, [sent])
    if isinstance(before, domain.Made):
        work.decide(domain.PREDICTION, prediction, planned.made[item])
    elif gold:
        # Told like work, and nothing follows: whoever sends answers does not learn which items are gold.
        work.decide(domain.PREDICTION, prediction, planned.made[item])
    else:
        await predicting.carry_out(work, project, planned, [sent])
    await work.flush()
    work.saw(results=[item])
    (row,) = [one for one in await rows.of_items(work.conn, work.tenant, [item]) if one["model"] == model]
    return Answer(_told(row), "created")


async def _sent(work: Work, project: Row, item: Row, said: Foretold) -> predicting.Sent:
    """With the task that the item began with, locked; and why the answer cannot stand."""
    waits = bool(await iterating.waiting(work, [item["item"]])) if item["iteration"] else False
    alone = await pilots.of_people(work.conn, work.tenant, project["project"], {item["iteration"]})
    opened = await tasks.by_ids(work.conn, tasks.TASKS_OF_ITEM, work.tenant, [item["item"]])
    first = await _first(work, opened)
    if first is not None:
        await task_selection.keep_still(work.conn, work.tenant, [first["task"]])
        await work.load(tasks_domain.TASK, [first["task"]])
    step = await about_step(work, first)
    why = await hindrance(work, item, first, step, in_pilot=item["iteration"] in alone)
    sent = step.sent(item, said, first["task"] if first else None, why)
    return replace(sent, waits=waits)


async def _of_gold(work: Work, project: Row, item: Row, said: Foretold) -> predicting.Sent:
    """As if the item were work that nobody has begun."""
    found = None
    if project["workflow_version"]:
        found = await workflows.find(work.conn, work.tenant, project["project"], project["workflow_version"])
    begins = begins_with(found.first, found.steps) if found is not None else None
    name = "annotate" if found is None else begins.name if begins is not None else sorted(found.first)[0]
    step = Step(
        found is not None, found is None or begins is not None, begins.model if begins is not None else None
    )
    before = await rows.of_items(work.conn, work.tenant, [item["item"]])
    why = "" if step.foretold else "workflow"
    if any(one["rule"] not in SETTLES_NOTHING for one in before):
        why = "routed_before"
    return step.sent(item, said, uuid8(item["item"], name), why)


async def _first(work: Work, opened: Sequence[Row]) -> Row | None:
    """The task that the item began with; of several the one that models answer."""
    ordered = sorted((row for row in opened if row["generation"] == 1), key=lambda row: row["first_ord"])
    for row in ordered:
        if (await about_step(work, row)).foretold:
            return row
    return next(iter(ordered), None)


async def item_predictions(work: Work, *, item: UUID) -> Answer:
    """What models answered to an item, where each answer went and why, and how right it was; for those who manage it.
    The people who work on it see none of this."""
    work.require("item:read")
    found = await tasks.by_ids(work.conn, tasks.ITEMS, work.tenant, [item])
    if not found:
        raise not_found("an item")
    said = await rows.of_items(work.conn, work.tenant, [item])
    places = [
        Sealed("project", one["project"], "prediction", one["prediction"], "answer", one["answer"])
        for one in said
    ]
    answers = await work.open(places)
    work.saw("answer", results=[item])
    shown = [_told(one) | {"answer": answer} for one, answer in zip(said, answers, strict=True)]
    return Answer({"item": item, "project": ProjectId(found[0]["project"]), "data": shown})


def _told(one: Row) -> Row:
    """The draw can be made again once the key of the period is disclosed."""
    names = ("item", "task", "model", "routed", "rule", "routing_version", "period", "draw", "predicted_at")
    return {
        "id": one["prediction"],
        **{name: one[name] for name in names},
        "routing_version": one["routing_version"] + 1,
        "confidence": one["confidence_ppm"] / PPM,
        "threshold": None if one["threshold_ppm"] is None else one["threshold_ppm"] / PPM,
        "audit_share": one["audit_ppm"] / PPM,
        "correct": one["correct"],
        "score": None if one["score_ppm"] is None else one["score_ppm"] / PPM,
        "truth_by": one["truth_by"],
    }
