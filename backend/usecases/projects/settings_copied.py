"""Settings that a copy of a project takes over: one line for each area. What an area says is read by the use case that
shows it and written by the one that sets it, so a copy passes every check that a manager passes."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic_core import from_json, to_json

from backend.domain.errors import not_found
from backend.domain.proficiency.scoring import canonical
from backend.domain.projects import predicates
from backend.readmodels import projects, staffing
from backend.usecases.gold import health_rule
from backend.usecases.models import routing
from backend.usecases.projects import class_checks, drift, feedback, guidelines, planning, queueing, scoring
from backend.usecases.projects import projects as project_use
from backend.usecases.projects import staff_rates as rates_use
from backend.usecases.projects import staffing as staffing_use
from backend.usecases.projects import targets as targets_use
from backend.usecases.projects import workflows as workflows_use
from backend.usecases.quality import routines
from backend.usecases.review import expert_calls
from backend.usecases.work import UseCase, Work
from backend.usecases.workforce import availability

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Said:
    """What an area says, as the arguments of the use case that sets it; and in which version."""

    version: int
    told: Mapping[str, Any]


Read = Callable[[Work, UUID], Awaitable[Said]]
Write = Callable[[Work, UUID, Said], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Area:
    """`facts` are the stored names of the events that say it. `always`: it is never left out; `asked`: it is copied
    only where somebody asks for it."""

    name: str
    facts: tuple[str, ...]
    read: Read
    write: Write
    always: bool = False
    asked: bool = False


async def row_of(work: Work, project: UUID) -> Row:
    """The project's row. Raises not_found."""
    found = await projects.find(work.conn, work.tenant, [project])
    if not found:
        raise not_found("a project")
    return found[0]


def token(work: Work, area: str, said: Said) -> str:
    """A keyed token of what an area says: equal for equal settings, whichever project they are of."""
    plain = canonical(from_json(to_json(said.told)))
    return work.vault.token(work.tenant, "project-setting", f"{area}|{plain}")


# --- the ways to read and write


def _setting(name: str, fact: str, get: UseCase, put: UseCase, *fields: str, **fixed: Any) -> Area:
    """An area that one use case shows, its ETag the version, and another sets under that version."""

    async def read(work: Work, project: UUID) -> Said:
        shown = await get(work, project=project, **fixed)
        return Said(int(shown.etag or 0), {field: shown.body[field] for field in fields})

    async def write(work: Work, project: UUID, said: Said) -> None:
        shown = await get(work, project=project, **fixed)
        await put(work, project=project, expected_version=int(shown.etag or 0), **said.told)

    return Area(name, (fact,), read, write)


def _own(shown: Mapping[str, Any], names: Mapping[str, str], own: tuple[str, ...]) -> Row:
    """Of all that is in force what the project itself says."""
    return {names.get(name, name): shown[names.get(name, name)] for name in own}


def _instead(present: Said, said: Said, field: str) -> Row:
    """What is said, and null for what is said now and not there: that follows the tenant again."""
    return dict.fromkeys(present.told[field]) | dict(said.told[field])


async def _plan(work: Work, project: UUID) -> Said:
    row = await row_of(work, project)
    own = _own(planning.plan_shown(row["plan"]), planning.NAMES, row["plan_own"])
    return Said(row["plan_version"], {"plan": own})


async def _plan_put(work: Work, project: UUID, said: Said) -> None:
    present = await _plan(work, project)
    plan = _instead(present, said, "plan")
    await project_use.project_plan_update(work, project=project, expected_version=present.version, plan=plan)


async def _queue(work: Work, project: UUID) -> Said:
    row = await row_of(work, project)
    own = _own(queueing.settings_shown(row["queue"]), queueing.NAMES, row["queue_own"])
    return Said(queueing.FIRST + row["queue_version"], {"settings": own})


async def _queue_put(work: Work, project: UUID, said: Said) -> None:
    present = await _queue(work, project)
    settings = _instead(present, said, "settings")
    await queueing.project_queue_update(
        work, project=project, expected_version=present.version, settings=settings
    )


async def _requirements(work: Work, project: UUID) -> Said:
    """They have no version of their own: it is 1."""
    row = await row_of(work, project)
    told = {"agreements": tuple(row["agreements"]), "courses": tuple(row["courses"])}
    beside = {"data_class": row["data_class"], "conditions": predicates.shown(row["conditions"])}
    return Said(1, {**told, **beside})


async def _requirements_put(work: Work, project: UUID, said: Said) -> None:
    await project_use.project_requirements_update(work, project=project, **said.told)


async def _limits(work: Work, project: UUID) -> Said:
    body = (await availability.project_limits_get(work, project=project)).body
    return Said(body["version"], {"limits": body["limits"]})


async def _limits_put(work: Work, project: UUID, said: Said) -> None:
    await availability.project_limits_update(work, project=project, **said.told)


async def _guideline(work: Work, project: UUID) -> Said:
    """The text in force; none before the first version."""
    version = (await row_of(work, project))["guideline_version"]
    if not version:
        return Said(0, {})
    return Said(
        version, {"text": (await guidelines.guideline_get(work, project=project, version=None)).body["text"]}
    )


async def _guideline_put(work: Work, project: UUID, said: Said) -> None:
    if said.told:
        await guidelines.guideline_publish(work, project=project, **said.told)


async def _workflow(work: Work, project: UUID) -> Said:
    """Its steps; none before the first version, and none is no version that one could publish."""
    shown = await workflows_use.workflow_get(work, project=project, version=None)
    return Said(
        int(shown.etag or 0), {"first": tuple(shown.body["first"]), "steps": tuple(shown.body["steps"])}
    )


async def _workflow_put(work: Work, project: UUID, said: Said) -> None:
    present = await _workflow(work, project)
    if said.told["steps"]:
        await workflows_use.workflow_publish(
            work, project=project, expected_version=present.version, **said.told
        )


async def _reasons(work: Work, project: UUID) -> Said:
    shown = await expert_calls.escalation_reasons_get(work, project=project)
    own = shown.body["reasons"] if shown.body["said_by"] == "project" else ()
    return Said(int(shown.etag or 0), {"reasons": tuple(own)})


async def _reasons_put(work: Work, project: UUID, said: Said) -> None:
    present = await _reasons(work, project)
    await expert_calls.escalation_reasons_set(
        work, project=project, expected_version=present.version, **said.told
    )


async def _routines(work: Work, project: UUID) -> Said:
    shown = await routines.project_routines_get(work, project=project)
    asked = {kind: shown.body[kind]["asked"] for kind in ("gold", "consensus", "sampling")}
    return Said(int(shown.etag or 0), asked)


async def _routines_put(work: Work, project: UUID, said: Said) -> None:
    present = await _routines(work, project)
    await routines.project_routines_update(
        work, project=project, expected_version=present.version, **said.told
    )


def _quotas(of_people: bool) -> tuple[Read, Write]:
    """Leases a day in the project, of each person or of those who have a quota of their own; without a version."""

    async def read(work: Work, project: UUID) -> Said:
        work.require("staffing:read")
        found = await staffing.quotas(work.conn, work.tenant)
        mine = [row for row in found if row["project"] == project]
        told = {str(row["annotator"] or ""): row["per_day"] for row in mine}
        return Said(1, {who: n for who, n in told.items() if bool(who) == of_people})

    async def write(work: Work, project: UUID, said: Said) -> None:
        present = (await read(work, project)).told
        ids = {
            row["annotator"]: row["quota"]
            for row in await staffing.quotas(work.conn, work.tenant)
            if row["project"] == project
        }
        for who in present.keys() - said.told.keys():
            await staffing_use.quota_remove(work, quota=ids[UUID(who) if who else None])
        for who, n in said.told.items():
            about = UUID(who) if who else None
            await staffing_use.quota_set(work, project=project, annotator=about, per_day=n)
        await work.flush()

    return read, write


async def _rates(work: Work, project: UUID) -> Said:
    """What own people cost, whole; without a version."""
    shown = (await rates_use.staff_rates_get(work, project=project)).body["data"]
    names = ("stage", "per", "amount_minor", "currency", "effective")
    return Said(1, {"rates": [{name: one[name] for name in names} for one in shown]})


async def _rates_put(work: Work, project: UUID, said: Said) -> None:
    present = (await _rates(work, project)).told["rates"]
    for rate in said.told["rates"]:
        if rate not in present:
            day = rate["effective"].isoformat()
            await rates_use.staff_rates_update(work, project=project, **rate | {"effective": day})


ROUTING = (
    "model default_threshold classes metric_least always_human audit_share parallel low_confidence metric overrides"
    " show_labels"
).split()

AREAS = (
    Area("plan", ("project.plan_updated",), _plan, _plan_put),
    Area("requirements", ("project.requirements_updated",), _requirements, _requirements_put, always=True),
    Area("queue", ("project.queue_updated",), _queue, _queue_put),
    Area("limits", ("limits.updated",), _limits, _limits_put),
    Area("quotas", ("quota.set",), *_quotas(False)),
    Area("people_quotas", ("quota.set",), *_quotas(True), asked=True),
    Area("workflow", ("workflow.published",), _workflow, _workflow_put),
    _setting(
        "taxonomy",
        "project.taxonomy_set",
        class_checks.project_taxonomy_get,
        class_checks.project_taxonomy_update,
        *"taxonomy version at deprecated leaves_only steps".split(),
    ),
    _setting(
        "scoring",
        "scoring.set",
        scoring.project_scoring_get,
        scoring.project_scoring_update,
        "kind",
        "options",
    ),
    _setting(
        "targets",
        "targets.set",
        targets_use.project_targets_get,
        targets_use.project_targets_update,
        *("targets", "diversity"),
    ),
    Area("guideline", ("guideline.published",), _guideline, _guideline_put),
    _setting(
        "feedback",
        "feedback.set",
        feedback.project_feedback_get,
        feedback.project_feedback_update,
        *("review_notes", "corrections", "dispute_days"),
    ),
    _setting(
        "drift_rule",
        "drift.rule_set",
        drift.drift_rule_get,
        drift.drift_rule_update,
        *("mode", "cooldown_hours"),
    ),
    Area("escalation_reasons", ("escalation.reasons_set",), _reasons, _reasons_put),
    _setting(
        "watched_classes",
        "watched_classes.set",
        expert_calls.watched_classes_get,
        expert_calls.watched_classes_set,
        "classes",
    ),
    _setting(
        "model_routing", "model_routing.set", routing.model_routing_get, routing.model_routing_set, *ROUTING
    ),
    Area("routines", ("routine.set",), _routines, _routines_put),
    _setting(
        "gold_health_rule",
        "gold.health_rule_set",
        health_rule.gold_health_rule_get,
        health_rule.gold_health_rule_update,
        *("retire", "answers_min", "daily_percent"),
    ),
    Area("staff_rates", ("staff_rate.set",), _rates, _rates_put),
)
"""In this order they are written: what names something comes after what it names."""
BY_NAME: Mapping[str, Area] = {area.name: area for area in AREAS}
