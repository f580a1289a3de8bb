"""Workflows: published in versions, read, and what an item begins with."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from pydantic_core import from_json, to_json

from backend.domain.errors import Refusal, not_found
from backend.domain.proficiency.scoring import canonical
from backend.domain.projects import predicates
from backend.domain.projects import workflow as workflows_domain
from backend.domain.projects.workflow_graph import begins_with
from backend.domain.review import model as models_domain
from backend.domain.tasks import answer_schema
from backend.events.ids import AnnotatorId, ProjectId, uuid8
from backend.events.projects import Conditions
from backend.events.workflows import Arrow, Step, Test, WorkflowPublished
from backend.readmodels import projects, workflows
from backend.usecases.gates import one_at_a_time
from backend.usecases.proficiency.conditions import conditions_from
from backend.usecases.work import Answer, Work

PPM = 1_000_000
OBJECTS = ("answer_schema", "tool", "scoring")
MANY = ("annotate", "custom")
"""Kinds of work that take the plan's overlap where a step says no number of slots; the others take one."""
NOTHING = Conditions()


@dataclass(frozen=True, slots=True)
class FirstStep:
    """What is opened for a new item. `needs` beside the item's own; `priority` None: the item's; no
    `deadline_seconds` (0): the item's deadline; `foretold`: it is what models answer, and `model` the one whose answer
    counts beside people's."""

    step: str
    stage: str
    slots: int
    needs: Conditions = NOTHING
    priority: int | None = None
    deadline_seconds: int = 0
    workflow_version: int = 0
    foretold: bool = True
    model: UUID | None = None


async def first_steps(work: Work, project: Mapping[str, Any]) -> list[FirstStep]:
    """What a new item of this project (a row of the projects) begins with; annotating alone where no workflow is."""
    overlap = project["plan"].overlap
    found = await workflows.find(work.conn, work.tenant, project["project"], project["workflow_version"])
    if found is None:
        return [FirstStep("annotate", "annotate", overlap)]
    begins = begins_with(found.first, found.steps)
    return [
        FirstStep(
            step.name,
            step.stage,
            slots_of(step, overlap),
            step.needs,
            step.priority if step.priority >= 0 else None,
            step.deadline_seconds,
            found.version,
            step == begins,
            step.model,
        )
        for step in found.steps
        if step.name in found.first
    ]


def slots_of(step: Step, overlap: int) -> int:
    """How many answers a task of this step takes at first."""
    return step.slots or (overlap if step.stage in MANY else 1)


def step_of(workflow: WorkflowPublished, name: str) -> Step:
    """The step of this name; it is there, because tasks are only opened for steps of their version."""
    return next(step for step in workflow.steps if step.name == name)


async def workflow_publish(
    work: Work,
    *,
    project: UUID,
    expected_version: int,
    first: tuple[str, ...],
    steps: tuple[dict[str, Any], ...],
) -> Answer:
    """The next version: items imported from now on go by it, work begun keeps the version it began with.
    `expected_version` is the ETag's number: that of the next version."""
    work.require("workflow:publish", project=ProjectId(project))
    await one_at_a_time(work)
    row = await _project(work, project)
    stream = uuid8(project, "workflow")
    await work.load(workflows_domain.WORKFLOW, [stream])
    if row["workflow_version"] + 1 != expected_version:
        raise Refusal(
            "stale",
            "workflow_changed",
            expected=f"the ETag of the workflow's version {row['workflow_version']}",
            found="that of another",
            mend="read the workflow again and decide anew",
        )
    told = tuple([await _step(work, one) for one in steps])
    await _require_models(work, told)
    command = workflows_domain.Publish(project=ProjectId(project), first=first, steps=told)
    events = work.decide(workflows_domain.WORKFLOW, stream, command)
    for step in told:
        answer_schema.check(step.answer_schema)
    await work.flush()
    return await _shown(work, project, row["workflow_version"] + len(events))


async def _require_models(work: Work, steps: Sequence[Step]) -> None:
    """Raises not_found, and `model_retired`."""
    named = sorted({step.model for step in steps if step.model is not None})
    for state in await work.load(models_domain.MODEL, named):
        if isinstance(state, models_domain.Unknown):
            raise not_found("a model")
        if isinstance(state, models_domain.Retired):
            raise models_domain.retired()


async def workflow_get(work: Work, *, project: UUID, version: int | None) -> Answer:
    """One version; the one in force when none is named. Version 0 has no steps: the quality plan says all."""
    work.require("workflow:read", project=ProjectId(project))
    row = await _project(work, project)
    return await _shown(work, project, row["workflow_version"] if version is None else version)


async def workflow_list(work: Work, *, project: UUID) -> Answer:
    """Every version, newest first, with how many of its tasks are still open."""
    work.require("workflow:read", project=ProjectId(project))
    row = await _project(work, project)
    data = await workflows.versions(work.conn, work.tenant, project)
    return Answer({"project": project, "current_version": row["workflow_version"], "data": data})


async def _project(work: Work, project: UUID) -> dict[str, Any]:
    rows = await projects.find(work.conn, work.tenant, [project])
    if not rows:
        raise not_found("a project")
    return rows[0]


async def _step(work: Work, said: Mapping[str, Any]) -> Step:
    """A step from what the API says: shares are 0..1 there, JSON values are text in the event."""
    objects = {name: to_json(said[name]).decode() if said.get(name) is not None else "" for name in OBJECTS}
    priority = said.get("priority")
    return Step(
        name=said["name"],
        stage=said["stage"],
        slots=said.get("slots") or 0,
        needs=await conditions_from(work, said.get("needs") or {}),
        priority=-1 if priority is None else priority,
        deadline_seconds=said.get("deadline_seconds") or 0,
        apart_from=tuple(said.get("apart_from") or ()),
        shows=tuple(said.get("shows") or ()),
        joins=bool(said.get("joins")),
        then=tuple(_arrow(arrow) for arrow in said.get("then") or ()),
        model=AnnotatorId(said["model"]) if said.get("model") else None,
        **objects,
    )


def _arrow(said: Mapping[str, Any]) -> Arrow:
    base = Arrow(to=said["to"])
    return Arrow(
        to=said["to"],
        all_of=tuple(_test(test) for test in said.get("all") or ()),
        any_of=tuple(_test(test) for test in said.get("any") or ()),
        share_ppm=round(said.get("share", 1) * PPM),
        loops_max=said.get("loops_max", 0),
        to_author=said.get("to_author", False),
        author_seconds=said.get("author_seconds", base.author_seconds),
        otherwise=said.get("otherwise", False),
    )


def _test(said: Mapping[str, Any]) -> Test:
    return Test(field=said["field"], op=said["op"], value=canonical(said["value"]))


async def _shown(work: Work, project: UUID, version: int) -> Answer:
    if not version:
        return Answer({"project": project, "version": 0, "first": [], "steps": []}, etag="1")
    found = await workflows.find(work.conn, work.tenant, project, version)
    if found is None:
        raise not_found("a version of the workflow")
    steps = [_said(step) for step in found.steps]
    body = {"project": project, "version": version, "first": list(found.first), "steps": steps}
    return Answer(body, etag=str(version + 1))


def _said(step: Step) -> dict[str, Any]:
    """A step as the API says it; `_step` reads it back."""
    told = asdict(step)
    return {
        **told,
        "needs": predicates.shown(step.needs),
        "priority": step.priority if step.priority >= 0 else None,
        **{name: from_json(told[name]) if told[name] else None for name in OBJECTS},
        "then": [_arrow_said(arrow) for arrow in step.then],
    }


def _arrow_said(arrow: Arrow) -> dict[str, Any]:
    def tests(given: Sequence[Test]) -> list[dict[str, Any]]:
        return [{"field": test.field, "op": test.op, "value": from_json(test.value)} for test in given]

    return {
        "to": arrow.to,
        "all": tests(arrow.all_of),
        "any": tests(arrow.any_of),
        "share": arrow.share_ppm / PPM,
        "loops_max": arrow.loops_max,
        "to_author": arrow.to_author,
        "author_seconds": arrow.author_seconds,
        "otherwise": arrow.otherwise,
    }
