"""Routing: which answers of a model a project lets stand, said by managers and kept in every version."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from backend.domain.checks import PPM
from backend.domain.errors import Refusal, not_found
from backend.domain.review import model as models_domain
from backend.domain.review import model_routing as domain
from backend.events import models as ev
from backend.events.base import Secret
from backend.events.ids import AnnotatorId, ProjectId, uuid8
from backend.readmodels import models as rows
from backend.readmodels import projects
from backend.usecases.gates import one_at_a_time
from backend.usecases.tokens import class_token
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work

Row = dict[str, Any]
COMPARED_MIN = 30
"""From so many comparisons on a class is measured, unless somebody says otherwise."""
FIRST = 1
"""The version before anything was said: an ETag counts from 1."""


async def model_routing_get(work: Work, *, project: UUID) -> Answer:
    """How the project routes what a model answers."""
    work.require("project:report", project=ProjectId(project))
    await project_row(work, project)
    return await _shown(work, project)


async def model_routing_set(
    work: Work,
    *,
    project: UUID,
    expected_version: int,
    model: UUID | None,
    default_threshold: float | None,
    classes: tuple[Mapping[str, Any], ...],
    metric_least: float | None,
    always_human: tuple[Any, ...],
    audit_share: float,
    parallel: bool,
    low_confidence: Mapping[str, Any] | None,
    metric: Mapping[str, Any] | None = None,
    overrides: tuple[Mapping[str, Any], ...] = (),
    show_labels: str = "none",
) -> Answer:
    """Route so from now on: what was routed before stays. Raises `model_routing_invalid`, `model_retired`."""
    work.require("project:update", project=ProjectId(project))
    await one_at_a_time(work)
    row = await project_row(work, project)
    stream = uuid8(project, "model-routing")
    (state,) = await work.load(domain.MODEL_ROUTING, [stream])
    version = FIRST + (state.said.version if isinstance(state, domain.Set) else 0)
    if version != expected_version:
        raise _stale(version, expected_version)
    await _require_model(work, model)
    labels = {_token(work, row["skill"], label): label for label in always_human}
    named = (*classes, *overrides)
    labels |= {_token(work, row["skill"], one["class"]): one["class"] for one in named}
    below = low_confidence or {"below": 0.0, "seconds": 0, "fallback": ""}
    command = domain.SetRouting(
        project=ProjectId(project),
        model=None if model is None else AnnotatorId(model),
        default_threshold_ppm=_ppm(default_threshold),
        classes=tuple(_class(work, row["skill"], one) for one in classes),
        metric_least_ppm=_ppm(metric_least),
        always_human=tuple(sorted({_token(work, row["skill"], label) for label in always_human})),
        audit_ppm=round(PPM * audit_share),
        parallel=parallel,
        expert_below_ppm=round(PPM * below["below"]),
        expert_seconds=below["seconds"],
        fallback=below["fallback"],
        labels=await _sealed(work, project, labels),
        metric=None if metric is None else rule_said(metric),
        overrides=tuple(
            ev.ClassOverride(token=_token(work, row["skill"], one["class"]), to=one["to"])
            for one in overrides
        ),
        show_labels=show_labels,
    )
    work.decide(domain.MODEL_ROUTING, stream, command)
    if metric is not None:
        measure_soon(work, project)
    await work.flush()
    return await _shown(work, project)


async def model_routing_history(work: Work, *, project: UUID, cursor: str | None, limit: int) -> Answer:
    """Every version that was ever said, the newest first: who set what when, and so every override."""
    work.require("project:report", project=ProjectId(project))
    await project_row(work, project)
    before = int(cursor) if cursor else None
    found = await rows.fetch(work.conn, rows.ROUTINGS, work.tenant, project, before, limit + 1)
    shown = [
        {**await _told(work, rows.said(row)), "set_by": row["set_by"], "set_at": row["set_at"]}
        for row in found[:limit]
    ]
    work.saw(subjects=[row["set_by"] for row in found[:limit]])
    return Answer(
        {"data": shown, "next_cursor": str(shown[-1]["version"] - FIRST) if len(found) > limit else None}
    )


async def project_row(work: Work, project: UUID) -> Row:
    """The project. Raises not_found."""
    found = await projects.find(work.conn, work.tenant, [project])
    if not found:
        raise not_found("a project")
    return found[0]


async def labels_of(work: Work, said: ev.ModelRoutingSet) -> dict[str, Any]:
    """Token -> label, of the classes that a routing names."""
    place = Sealed("project", said.project, "project", said.project, "model_routing", said.labels)
    (told,) = await work.open([place])
    return dict(told or {})


# --- what is said


async def _require_model(work: Work, model: UUID | None) -> None:
    if model is None:
        return
    (state,) = await work.load(models_domain.MODEL, [model])
    if isinstance(state, models_domain.Unknown):
        raise not_found("a model")
    if isinstance(state, models_domain.Retired):
        raise models_domain.retired()


def rule_said(metric: Mapping[str, Any]) -> ev.MetricRule:
    """The rule as it is kept."""
    return ev.MetricRule(
        kind=metric["kind"],
        at_least_ppm=round(PPM * metric["at_least"]),
        sure=metric.get("sure", True),
        n_min=metric.get("n_min", COMPARED_MIN),
    )


def measure_soon(work: Work, project: UUID) -> None:
    """There is something new to measure a project's classes by: announced often, done once."""
    work.enqueue("model_classes_measure", str(project), {"project": str(project)})


def _class(work: Work, skill: UUID, one: Mapping[str, Any]) -> ev.ClassThreshold:
    return ev.ClassThreshold(
        token=_token(work, skill, one["class"]),
        threshold_ppm=round(PPM * one["threshold"]),
        metric=one.get("metric") or "",
        metric_ppm=_ppm(one.get("metric_value")),
    )


def _ppm(share: float | None) -> int | None:
    return None if share is None else round(PPM * share)


def _token(work: Work, skill: UUID, label: Any) -> str:
    token = class_token(work, skill, label)
    if token is None:
        raise Refusal(
            "invalid",
            "model_routing_invalid",
            expected="classes: strings, whole numbers, booleans, or objects with `label` alone",
            found="something else",
            mend="send each class as an answer says it",
        )
    return token


async def _sealed(work: Work, project: UUID, labels: Mapping[str, Any]) -> Secret:
    keys = await work.keys(("project", project))
    return keys.seal_json("project", project, "project", project, "model_routing", dict(labels))


def _stale(version: int, expected: int) -> Refusal:
    return Refusal(
        "stale",
        "model_routing_changed",
        expected=f"the routing's version {version}",
        found=f"version {expected}",
        mend="read the routing again and decide anew",
    )


# --- what is shown


async def _shown(work: Work, project: UUID) -> Answer:
    said = await rows.routing(work.conn, work.tenant, project)
    body = await _told(work, said) if said else _nothing(project)
    return Answer(body, etag=str(body["version"]))


def _nothing(project: UUID) -> Row:
    return {
        "project": project,
        "version": FIRST,
        "model": None,
        "default_threshold": None,
        "classes": [],
        "metric_least": None,
        "always_human": [],
        "audit_share": 0.0,
        "parallel": False,
        "low_confidence": None,
        "metric": None,
        "overrides": [],
        "show_labels": "none",
    }


async def _told(work: Work, said: ev.ModelRoutingSet) -> Row:
    labels = await labels_of(work, said)
    work.saw("labels")
    low = {"below": said.expert_below_ppm / PPM, "to": "expert"}
    return {
        "project": said.project,
        "version": FIRST + said.version,
        "model": said.model,
        "default_threshold": _share(said.default_threshold_ppm),
        "classes": [_class_told(one, labels) for one in said.classes],
        "metric_least": _share(said.metric_least_ppm),
        "always_human": [labels.get(token) for token in said.always_human],
        "audit_share": said.audit_ppm / PPM,
        "parallel": said.parallel,
        "low_confidence": low | {"seconds": said.expert_seconds, "fallback": said.fallback}
        if said.expert_below_ppm
        else None,
        "metric": None if said.metric is None else rule_told(said.metric),
        "overrides": [{"class": labels.get(one.token), "to": one.to} for one in said.overrides],
        "show_labels": said.show_labels,
    }


def rule_told(rule: ev.MetricRule) -> Row:
    """The rule as it is shown."""
    return {"kind": rule.kind, "at_least": rule.at_least_ppm / PPM, "sure": rule.sure, "n_min": rule.n_min}


def _class_told(one: ev.ClassThreshold, labels: Mapping[str, Any]) -> Row:
    return {
        "class": labels.get(one.token),
        "threshold": one.threshold_ppm / PPM,
        "metric": one.metric or None,
        "metric_value": _share(one.metric_ppm),
    }


def _share(ppm: int | None) -> float | None:
    return None if ppm is None else ppm / PPM


__all__: Sequence[str] = (
    "labels_of",
    "measure_soon",
    "model_routing_get",
    "model_routing_history",
    "model_routing_set",
    "project_row",
    "rule_said",
    "rule_told",
)
