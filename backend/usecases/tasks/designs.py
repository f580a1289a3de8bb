"""Designs: how a step of a workflow wants its task done, and whether an answer has the shape that it asks for."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from pydantic_core import from_json

from backend.domain.errors import Refusal
from backend.domain.tasks import answer_schema
from backend.events.workflows import Step, WorkflowPublished
from backend.readmodels import workflows
from backend.usecases.work import Work

Row = dict[str, Any]


async def versions_of(work: Work, rows: Iterable[Row]) -> dict[tuple[UUID, int], WorkflowPublished]:
    """(project, version) -> the workflow, of rows of tasks; without version 0."""
    known = {}
    for project, version in {(row["project"], row["workflow_version"]) for row in rows}:
        workflow = await workflows.find(work.conn, work.tenant, project, version)
        if workflow is not None:
            known[project, version] = workflow
    return known


async def steps_of(work: Work, rows: Sequence[Row]) -> dict[UUID, Step]:
    """Task -> its step, of those rows of tasks that are steps of a workflow. No query where none is."""
    begun = [row for row in rows if row["workflow_version"]]
    known = await versions_of(work, begun)
    named = {place: {step.name: step for step in one.steps} for place, one in known.items()}
    places = {row["task"]: ((row["project"], row["workflow_version"]), row["step"]) for row in begun}
    return {task: named[place][step] for task, (place, step) in places.items() if step in named[place]}


def design(step: Step) -> dict[str, Any]:
    """`tool` and `answer_schema` as JSON objects, None where the step says nothing."""
    names = ("tool", "answer_schema")
    return {name: from_json(text) if (text := getattr(step, name)) else None for name in names}


def require_fits(schema: str, answer: Any) -> None:
    """Refuse `answer_invalid` (invalid), listing the `problems`, an answer that does not fit the schema (JSON text,
    empty for none)."""
    found = answer_schema.problems(schema, answer)
    if found:
        raise Refusal(
            "invalid",
            "answer_invalid",
            expected="an answer that fits the answer schema of its step",
            found=f"{found[0]['says']} at {found[0]['where']}, and {len(found) - 1} problems more",
            mend="correct what `problems` lists and send it again",
            extra={"problems": found},
        )
