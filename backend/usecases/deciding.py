"""Deciding: what happens to a task once nothing of it is open or held."""

from uuid import UUID

from backend.readmodels import claims, projects, tasks
from backend.usecases.escalating import escalate
from backend.usecases.results import aggregated, decide_by_correction, decide_task
from backend.usecases.work import Answer, Work


async def task_decide(work: Work, *, task: UUID) -> Answer:
    """Decide a collected task by its answers, weighted by what is known of each person; then by corrections, if any."""
    work.require("project:update")
    locked = await tasks.by_ids(work.conn, tasks.LOCK_TASKS, work.tenant, [task])
    if not locked or not await work.conn.fetch(claims.COLLECTED, work.tenant, [task]):
        return Answer({"task": task, "decided": False})
    row = locked[0]
    answers = await tasks.by_ids(work.conn, tasks.ANSWERS_OF_TASK, work.tenant, [task])
    counting = [one for one in answers if not one["rejected"]]
    if not counting:
        return Answer({"task": task, "decided": False})
    (project,) = await projects.find(work.conn, work.tenant, [row["project"]])
    result, found, basis = await aggregated(work, project, counting)
    sure = found.confidence_ppm
    await decide_task(work, task, result, sure, len(counting), basis, "aggregate")
    corrected = await decide_by_correction(work, row, len(counting), basis)
    if not corrected and sure < project["plan"].escalate_below_ppm:
        await escalate(work, row, "low_confidence", None)
    return Answer({"task": task, "decided": True})
