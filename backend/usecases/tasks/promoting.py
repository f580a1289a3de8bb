"""Promoting: what must be done soon moves one class up, a few times in its life, and never into the real-time class."""

from collections import defaultdict
from uuid import UUID

from backend.domain.errors import Refusal
from backend.readmodels import projects, task_selection
from backend.usecases.tasks.steering_acts import Act, steer
from backend.usecases.work import Answer, Work


async def tasks_promote(work: Work, *, most: int) -> Answer:
    """Move up what has open slots and a near deadline. A project without room for another lane does not stop the
    others: its tasks stay where they are."""
    work.require("project:update")
    promoted, full = 0, set[UUID]()
    while due := await _due(work, most, full):
        for row in await projects.find(work.conn, work.tenant, list(due)):
            try:
                done = await steer(work, row, due[row["project"]], Act(kind="promote"))
            except Refusal as refusal:
                if refusal.code != "too_many_lanes":
                    raise
                full.add(row["project"])
                continue
            promoted += len(done.changed)
            work.saw(results=done.changed)
        if full.isdisjoint(due):
            break
    return Answer({"promoted": promoted})


async def _due(work: Work, most: int, full: set[UUID]) -> dict[UUID, list[UUID]]:
    """Project -> its tasks that are due to move up, the most urgent of all first."""
    rows = await work.conn.fetch(task_selection.PROMOTABLE, work.tenant, work.now, most, sorted(full))
    due: dict[UUID, list[UUID]] = defaultdict(list)
    for row in rows:
        due[row["project"]].append(row["task"])
    return dict(due)
