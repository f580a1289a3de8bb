"""The target: which task a model's answer is about, whether its step takes one, and what hinders it to stand."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from backend.domain.projects.workflow_graph import begins_with
from backend.domain.tasks.incoming import Foretold
from backend.readmodels import models as rows
from backend.readmodels import workflows
from backend.usecases.models.predicting import Sent
from backend.usecases.work import Work

Row = Mapping[str, Any]
SETTLES_NOTHING = ("no_routing", "other_model", "planned_round")
"""Rules by which nothing was decided about the item: a later answer may be."""


@dataclass(frozen=True, slots=True)
class Step:
    """Where an item begins: by a workflow or not, whether models answer it, and which one does beside people."""

    in_workflow: bool = False
    foretold: bool = True
    beside: UUID | None = None

    def sent(self, item: Row, said: Foretold, task: UUID | None, hindered: str) -> Sent:
        """The answer on its way in."""
        return Sent(item["item"], item["priority"], said, task, hindered, self.in_workflow, self.beside)


async def about_step(work: Work, task: Row | None) -> Step:
    """What the first task of an item is, by the version of the workflow that it was opened with."""
    if task is None or not task["workflow_version"]:
        return Step()
    found = await workflows.find(work.conn, work.tenant, task["project"], task["workflow_version"])
    assert found is not None, f"task {task['task']} is of a version that was never published"
    begins = begins_with(found.first, found.steps)
    mine = begins is not None and begins.name == task["step"]
    return Step(True, mine, begins.model if begins is not None and mine else None)


async def hindrance(work: Work, item: Row, task: Row | None, step: Step, *, in_pilot: bool) -> str:
    """Why an answer to an item that is there already cannot stand; empty where nothing hinders it. The task is
    locked."""
    if task is None:
        return "underway"
    if not step.foretold:
        return "workflow"
    if in_pilot:
        return "pilot"
    before = await rows.of_items(work.conn, work.tenant, [item["item"]])
    if any(one["rule"] not in SETTLES_NOTHING for one in before):
        return "routed_before"
    untouched = await rows.fetch(work.conn, rows.UNTOUCHED, work.tenant, [task["task"]])
    return "" if untouched and item["generation"] == 1 else "underway"
