"""Stages: another task on the same item, for a reviewer or an expert; and the end of collecting."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from backend.domain.tasks import task as tasks_domain
from backend.events.ids import ItemId, LeaseId, ProjectId, TaskId
from backend.readmodels import claims
from backend.usecases.lanes import lane_of
from backend.usecases.work import Work

EXPERTS = ("adjudicate", "expert")
"""The kinds of work that wait for somebody who has the last word."""


def open_task(work: Work, task: UUID, row: dict[str, Any], stage: str, subject: UUID | None) -> None:
    """Open one slot of a stage on the item of `row` (a lease's or a task's), in its generation; asked twice it is one
    task. It is no step of a workflow: what comes of it is said to the task it is about."""
    work.decide(
        tasks_domain.TASK,
        task,
        tasks_domain.OpenTask(
            task=TaskId(task),
            item=ItemId(row["item"]),
            project=ProjectId(row["project"]),
            lane=lane_of(row["project"], stage),
            stage=stage,
            slots=1,
            first_ord=ord_now(work),
            subject=LeaseId(subject) if subject else None,
            generation=row["generation"],
        ),
    )


def ord_now(work: Work) -> int:
    """This moment's place in a lane: microseconds since 1970."""
    return int(work.now.timestamp() * 1_000_000)


async def announce_collected(work: Work, touched: Sequence[UUID]) -> None:
    """Ask for a decision on each of these tasks of which nothing is open or held any more."""
    if touched:
        for row in await work.conn.fetch(claims.COLLECTED, work.tenant, sorted(set(touched))):
            work.enqueue("task_decide", str(row["task"]), {"task": str(row["task"])})
