"""Previewing: what a metric at some value would leave to the machine and give to people, without changing anything."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from backend.domain.checks import PPM
from backend.domain.errors import not_found
from backend.domain.review import model_routing
from backend.domain.review.model_metrics import Answered, Measured, kish, measure, side, weights
from backend.events import models as ev
from backend.events.ids import ProjectId
from backend.readmodels import model_reports
from backend.readmodels import models as rows
from backend.statistics.wilson import wilson
from backend.usecases.models.measuring import Known, answers_of
from backend.usecases.models.reporting import biggest, labels_by_token
from backend.usecases.models.routing import COMPARED_MIN, project_row, rule_said, rule_told
from backend.usecases.work import Answer, Work

Row = dict[str, Any]
UNSAID: Row = {"kind": "precision", "at_least": 0.9, "sure": True, "n_min": COMPARED_MIN}
"""What is tried where neither the caller nor the project says."""


async def model_routing_preview(
    work: Work,
    *,
    project: UUID,
    model: UUID | None,
    kind: str | None = None,
    at_least: float | None = None,
    sure: bool | None = None,
    n_min: int | None = None,
) -> Answer:
    """Each class with its metric, on which side it would be, and why; how much would stand without a person, by the
    thresholds, overrides and classes of the routing in force, and how wrong that would be. What is not said of the
    metric is as in the project's own, or else as in `UNSAID`. Raises not_found, also for an unknown model."""
    work.require("project:export", project=ProjectId(project))
    about = await project_row(work, project)
    if model is not None and not await rows.fetch(work.conn, rows.BY_ID, work.tenant, [model]):
        raise not_found("a model")
    said = await rows.routing(work.conn, work.tenant, project)
    rule = _asked(said, {"kind": kind, "at_least": at_least, "sure": sure, "n_min": n_min})
    of = model or (said.model if said else None)
    known = await answers_of(work, about, of, rule.kind) if of is not None else Known((), {})
    found = await asyncio.to_thread(measure, rule.kind, known.answers)
    held = await rows.sides(work.conn, work.tenant, project, of) if of is not None else {}
    routing = _as_if(said, rule)
    sides = {token: (side(rule, one), 1) for token, one in found.items()}
    lots = await rows.fetch(work.conn, model_reports.ANCHORED, work.tenant, project, of)
    labels = await labels_by_token(work, project, of, said, known.labels)
    routed = [_stands(routing, one, sides) for one in known.answers]
    each = weights(known.answers)
    counted = [(one, w, why) for one, w, why in zip(known.answers, each, routed, strict=True)]
    classes = []
    for token in {token for one in known.answers for token in one.classes} | set(found):
        mine = [told for told in counted if token in told[0].classes]
        now = held.get(token)
        classes.append(
            {"label": labels.get(token)}
            | _metric(found.get(token, Measured()))
            | {"now": None if now is None else now.side}
            | _side(routing, token, sides)
            | _share(routing, mine)
        )
    work.saw("labels")
    told = {"project": project, "model": of, "metric": rule_told(rule), "left_out": lots[0]["n"]}
    ordered = sorted(classes, key=biggest)
    return Answer(told | {"all": _share(routing, counted), "classes": ordered})


def _asked(said: ev.ModelRoutingSet | None, given: Row) -> ev.MetricRule:
    """The metric to try: as it is said, and where it is not, as the project has it."""
    own = rule_told(said.metric) if said and said.metric else UNSAID
    return rule_said({**own, **{name: one for name, one in given.items() if one is not None}})


def _as_if(said: ev.ModelRoutingSet | None, rule: ev.MetricRule) -> ev.ModelRoutingSet | None:
    return None if said is None else replace(said, metric=rule)


def _seen(
    said: ev.ModelRoutingSet, classes: Sequence[str], confidence_ppm: int, sides: Any
) -> model_routing.Seen:
    """As an answer that nothing hinders, which no audit takes."""
    assert said.model is not None
    return model_routing.Seen(
        model=said.model,
        answer_class=None,
        confidence_ppm=confidence_ppm,
        priority=model_routing.REAL_TIME + 1,
        draw=2**64 - 1,
        objects=tuple(classes),
        sides=sides,
    )


def _stands(said: ev.ModelRoutingSet | None, one: Answered, sides: Any) -> bool:
    """Whether it would be the machine's but for the audits."""
    if said is None or said.model is None:
        return False
    return model_routing.route(said, _seen(said, one.classes, one.confidence_ppm, sides)).to in (
        "machine",
        "audit",
    )


def _side(said: ev.ModelRoutingSet | None, token: str, sides: Any) -> Row:
    """On which side a class would be, however sure the model, and by which rule."""
    if said is None or said.model is None:
        return {"side": "people", "because": "no_routing"}
    routed = model_routing.route(said, _seen(said, [token], PPM, sides))
    return {
        "side": "people" if routed.to == "human" else "machine",
        "because": routed.rule.replace("audit_share", "threshold"),
    }


def _metric(found: Measured) -> Row:
    return {
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "compared": found.n,
        "effective": found.effective,
    }


def _share(said: ev.ModelRoutingSet | None, counted: Sequence[tuple[Answered, float, bool]]) -> Row:
    """How many answers there are, how many would stand without a person, and the error of these."""
    standing = [(one, weight) for one, weight, stands in counted if stands]
    alone = len(standing) * (1.0 - (said.audit_ppm / PPM if said else 0.0))
    judged = [(one, weight) for one, weight in standing if one.judged is not None and weight]
    total, effective = sum(weight for _, weight in judged), kish(weight for _, weight in judged)
    error = sum(weight for one, weight in judged if not one.correct) / total if total else None
    high = None
    if error is not None:
        high = 1.0 - wilson(min(effective, (1.0 - error) * effective), effective)[0]
    return {
        "items": len(counted),
        "machine": alone,
        "deflection": alone / len(counted) if counted else None,
        "error": error,
        "error_high": high,
        "wrong": None if error is None else alone * error,
    }
