"""Measuring: which answers an expert's word is held against, and by which step's scoring."""

from typing import Any
from uuid import UUID

from backend.events.workflows import Step
from backend.readmodels import tasks, workflows
from backend.usecases.projects.workflows import step_of
from backend.usecases.tasks.standing import decided_steps, subject_of
from backend.usecases.work import Work


async def source_of(work: Work, task: UUID) -> tuple[UUID | None, Step | None]:
    """The task whose answers an expert's answer to `task` is to be compared with, and its step in the workflow: of a
    review step what it judged."""
    (row,) = await tasks.by_ids(work.conn, tasks.TASKS_BY_ID, work.tenant, [task])
    if not row["workflow_version"]:
        return task, None
    workflow = await workflows.find(work.conn, work.tenant, row["project"], row["workflow_version"])
    assert workflow is not None, f"task {task} is of a version that was never published"
    if row["stage"] != "review":
        return task, step_of(workflow, row["step"])
    return await _judged(work, row, workflow)


async def _judged(work: Work, row: dict[str, Any], workflow: Any) -> tuple[UUID | None, Step | None]:
    decided = (await decided_steps(work, [row["item"]])).get((row["item"], row["generation"]), {})
    judged = subject_of(workflow, row["step"], decided)
    return (judged["task"], step_of(workflow, judged["step"])) if judged else (None, None)
