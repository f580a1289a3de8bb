"""Cloned projects in the history that a rebuild reproduces; and a project in which everything is set."""

from typing import Any
from uuid import UUID

from backend.usecases.agreements import agreements
from backend.usecases.gold import health_rule
from backend.usecases.models import registering, routing
from backend.usecases.projects import (
    cloning,
    drift,
    feedback,
    guidelines,
    pilot_projects,
    pilot_promoting,
    projects,
    queueing,
    scoring,
    staff_rates,
    staffing,
    targets,
    workflows,
)
from backend.usecases.quality import routines
from backend.usecases.review import expert_calls
from backend.usecases.workforce import availability
from tests.support import classed
from tests.support.world import World

TOLD = {"review_notes": True, "corrections": True, "dispute_days": 7}
TEXT = "I tell nobody what I see."
ROUTED = {
    "default_threshold": 0.9,
    "classes": ({"class": "dog", "threshold": 0.8, "metric": "precision", "metric_value": 0.97},),
    "metric_least": 0.9,
    "always_human": ("cat",),
    "audit_share": 0.1,
    "parallel": True,
    "low_confidence": {"below": 0.2, "to": "expert", "seconds": 60, "fallback": "queue"},
    "metric": {"kind": "precision", "at_least": 0.95},
    "overrides": ({"class": "tabby", "to": "people"},),
    "show_labels": "none",
}


async def settled(world: World, here: str = "") -> UUID:
    """A project in which every area says something of its own."""
    project = await world.project(f"{here}reeds", plan={"overlap": 2, "review_rate": 0.25})
    at: dict[str, Any] = {"project": project}
    nda = await world.act(agreements.agreement_publish, title="NDA", text=TEXT, agreement=None)
    who = await world.invite(f"{here}reed ann")
    asks = {"agreements": (nda["id"],), "courses": (), "data_class": "secret"}
    await world.act(
        projects.project_requirements_update, **at, **asks, conditions={"none": [{"origin": "crowd"}]}
    )
    await world.act(
        queueing.project_queue_update, **at, expected_version=1, settings={"weight": 2.0, "lanes_max": 40}
    )
    await world.act(availability.project_limits_update, **at, limits={"day_minutes": 240})
    for annotator in (None, who.subject.id):
        await world.act(staffing.quota_set, **at, annotator=annotator, per_day=50)
    await world.act(
        workflows.workflow_publish,
        **at,
        expected_version=1,
        first=("label",),
        steps=({"name": "label", "stage": "annotate", "answer_schema": {"type": "string"}},),
    )
    tree = await classed.taxonomy(world, name=f"{here}reeds")
    await classed.use(world, project, tree, leaves_only=True, steps=("label",))
    await world.act(scoring.project_scoring_update, **at, expected_version=1, kind="numbers", options={})
    wanted = [{"measure": "precision", "class": "dog", "least": 0.9}]
    diverse = {"by": "annotator", "least": 2, "share": 0.5}
    await world.act(
        targets.project_targets_update, **at, expected_version=1, targets=wanted, diversity=diverse
    )
    await world.act(guidelines.guideline_publish, **at, text="Look closely.")
    await world.act(feedback.project_feedback_update, **at, expected_version=1, **TOLD)
    await world.act(drift.drift_rule_update, **at, expected_version=1, mode="open", cooldown_hours=3)
    reason = {"code": "blurred", "label": "It is blurred", "asks": "Where?"}
    await world.act(expert_calls.escalation_reasons_set, **at, expected_version=1, reasons=(reason,))
    await world.act(expert_calls.watched_classes_set, **at, expected_version=1, classes=("cat",))
    await _routed(world, project)
    asked = {"gold": None, "consensus": {"every_days": 7, "least": 5, "independent": 2}, "sampling": None}
    await world.act(routines.project_routines_update, **at, expected_version=1, **asked)
    rule = {"retire": ("hard",), "answers_min": 40, "daily_percent": 5}
    await world.act(health_rule.gold_health_rule_update, **at, expected_version=1, **rule)
    rate = {"stage": None, "per": "hour", "amount_minor": 2400, "currency": "EUR"}
    await world.act(staff_rates.staff_rates_update, **at, **rate, effective="2026-01-01")
    return project


async def _routed(world: World, project: UUID) -> None:
    model = await world.act(registering.model_register, name="reader", version=str(project), notes=None)
    await world.act(
        routing.model_routing_set, project=project, expected_version=1, model=model["id"], **ROUTED
    )


async def lived(world: World, here: str = "") -> None:
    """A project is cloned; a share of another is tried out and falls short; the next one is overruled and promoted."""
    reeds = await settled(world, here)
    again = await world.act(cloning.project_clone, project=reeds, name=f"{here}reeds again")
    for one in (reeds, again["project"]):
        # Routines are judged for the whole tenant: nothing is left to whoever lives later.
        off: dict[str, Any] = dict.fromkeys(("gold", "consensus", "sampling"))
        version = (await world.act(routines.project_routines_get, project=one))["version"]
        await world.act(routines.project_routines_update, project=one, expected_version=version, **off)
    project = await world.project(f"{here}rushes", plan={"overlap": 1, "rework_max": 0})
    await world.items(project, *(f"{here}rush {n}" for n in range(4)))
    wanted = [{"measure": "accuracy", "least": 0.99}]
    await world.act(targets.project_targets_update, project=project, expected_version=1, targets=wanted)
    at = {"project": project}
    pilot = await world.act(
        pilot_projects.pilot_project_begin, **at, name=f"{here}rushes tried", share=0.5, seed="rushes"
    )
    await world.decide()
    ann = await world.invite(f"{here}rush ann")
    await world.work(ann, pilot["id"], "rush")
    await world.decide()
    one = at | {"pilot": pilot["id"]}
    await world.act(feedback.project_feedback_update, project=pilot["id"], expected_version=1, **TOLD)
    await world.act(pilot_projects.pilot_project_judge, **one)
    next_ = await world.act(
        pilot_projects.pilot_project_begin, **at, name=f"{here}rushes tried again", items=1, seed="rushes"
    )
    await world.decide()
    one = at | {"pilot": next_["id"]}
    await world.act(pilot_projects.pilot_project_overrule, **one, reason="the customer knows")
    await world.act(pilot_promoting.pilot_project_promote, **one)
    await world.decide()
    await world.work(ann, project, "rush")
