"""Workflows: the steps an item goes through, as a small graph, versioned per project."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from backend.events.base import added, event, upcast
from backend.events.ids import AnnotatorId, ItemId, PredictionId, ProjectId, TaskId
from backend.events.projects import Conditions


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """One comparison. `field`: answer (or answer.path), agreement, confidence, unsure (the share of answers flagged as
    ambiguous), decided_by (machine, aggregate, review or expert), tag, priority, edge_case; `op`: eq, ne, lt, le, gt,
    ge, in, contains; `value` is JSON text, because no event holds a float."""

    field: str
    op: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    """Where an item goes after a step when all of `all_of` and one of `any_of` (if any) hold, and it is among the
    sampled share. An arrow back to an earlier step says how often: `loops_max` times per item, then it goes to an
    expert. `to_author`: who did that step last gets it first, for `author_seconds`. `otherwise`: only when no other
    arrow of the step is taken."""

    to: str
    all_of: tuple[Test, ...] = ()
    any_of: tuple[Test, ...] = ()
    share_ppm: int = 1_000_000
    loops_max: int = 0
    to_author: bool = False
    author_seconds: int = 14_400
    otherwise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: task design (`answer_schema` and `tool`, JSON text, empty for none), scoring (`scoring`, JSON text) and
    routing rules.

    `stage` is its kind of work; `slots` answers per item (0: the plan's overlap); `needs` beside the project's
    requirement; `priority` instead of the item's (-1: the item's); `apart_from` steps whose people may not do it;
    `shows` the steps whose answers are shown to who does it; with `joins` it begins when all open steps that lead to it
    are through. `model`: what this model answers counts as one more voice, which nobody sees while they answer.
    """

    name: str
    stage: str
    slots: int = 0
    needs: Conditions = field(default_factory=Conditions)
    priority: int = -1
    deadline_seconds: int = 0
    apart_from: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()
    joins: bool = False
    answer_schema: str = ""
    tool: str = ""
    scoring: str = ""
    then: tuple[Arrow, ...] = ()
    model: AnnotatorId | None = None


@event("workflow.published", version=2)
class WorkflowPublished:
    """Version n of a project's workflow: items imported from now on begin with `first`; work begun keeps its own."""

    project: ProjectId
    version: int
    first: tuple[str, ...]
    steps: tuple[Step, ...]


@upcast("workflow.published", 1)
def _no_model_voted(data: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**data, "steps": [{**step, "model": None} for step in data["steps"]]}


@event("item.routed", version=2)
class ItemRouted:
    """Where an item went once a step of it was through: along `taken`, so that tasks of `opened` begin.

    `open` are the steps then open (one name per task), `waiting` those that wait for others to join; `to_expert`: an
    expert has the last word on this task, because it looped too often or was rejected with no way on; `ended`: the item
    goes no further from here; `through`: nor from anywhere else. `prediction`: the answer of a model by which the step
    was decided; which model, threshold and version of the routing that was, item.predicted or prediction.routed says.
    """

    item: ItemId
    project: ProjectId
    generation: int
    workflow_version: int
    task: TaskId
    step: str
    taken: tuple[str, ...]
    opened: tuple[str, ...]
    open: tuple[str, ...]
    waiting: tuple[str, ...]
    to_expert: bool
    ended: bool
    through: bool
    prediction: PredictionId | None = None


added("item.routed", 1, prediction=None)
