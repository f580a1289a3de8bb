"""What stands: what the steps of an item came to so far, in clear, and which of it a step is about."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from backend.events.workflows import WorkflowPublished
from backend.readmodels import tasks, workflows
from backend.readmodels.step_reviews_waiting import ONLY_IN_BULK
from backend.usecases.projects.workflows import step_of
from backend.usecases.vault import Sealed
from backend.usecases.work import Work

Row = dict[str, Any]


async def decided_steps(work: Work, items: Iterable[UUID]) -> dict[tuple[UUID, int], dict[str, Row]]:
    """(item, generation) -> step -> the row of its newest decision."""
    found: dict[tuple[UUID, int], dict[str, Row]] = {}
    for row in await tasks.by_ids(work.conn, workflows.DECIDED_STEPS, work.tenant, sorted(set(items))):
        found.setdefault((row["item"], row["generation"]), {})[row["step"]] = row
    return found


async def results(work: Work, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """What these rows of step results say, in clear."""
    sealed = [Sealed("project", r["project"], "result", r["task"], "result", r["result"]) for r in rows]
    return [one or {"answer": None, "top": []} for one in await work.open(sealed)]


def subject_of(workflow: WorkflowPublished, step: str, decided: Mapping[str, Row]) -> Row | None:
    """The decision that a review step judges: of the steps it shows the first that was decided, or else the newest of
    those that lead to it."""
    shown = [decided[one] for one in step_of(workflow, step).shows if one in decided]
    if shown:
        return shown[0]
    leading = {one.name for one in workflow.steps if any(arrow.to == step for arrow in one.then)}
    before = sorted((row for name, row in decided.items() if name in leading), key=lambda r: r["decided_at"])
    return before[-1] if before else None


async def let_through_unseen(work: Work, reviewing: Sequence[UUID]) -> set[UUID]:
    """Those of these tasks of review steps on which nobody gave a verdict by itself, but one on many at once."""
    found = await tasks.by_ids(work.conn, ONLY_IN_BULK, work.tenant, reviewing)
    return {row["task"] for row in found}
