"""Deciding: what happens to a task once nothing of it is open or held."""

from typing import Any
from uuid import UUID

from backend.domain.tasks import task as tasks_domain
from backend.events.ids import LaneId, LeaseId
from backend.events.projects import QualityPlan
from backend.readmodels import claims, projects, tasks
from backend.usecases.tasks.escalating import escalate
from backend.usecases.tasks.results import aggregated, decide_by_correction, decide_task
from backend.usecases.tasks.stages import ord_now
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
    if await _one_more(work, row, project["plan"], counting, sure):
        return Answer({"task": task, "decided": False})
    await decide_task(work, task, result, sure, len(counting), basis, "aggregate")
    corrected = await decide_by_correction(work, row, len(counting), basis)
    if not corrected and sure < project["plan"].escalate_below_ppm:
        await escalate(work, row, "low_confidence", None)
    return Answer({"task": task, "decided": True})


async def _one_more(
    work: Work, row: dict[str, Any], plan: QualityPlan, answers: list[dict[str, Any]], sure: int
) -> bool:
    """Dynamic overlap: an item that is not sure enough gets one more slot instead of a result, up to the maximum."""
    if sure >= plan.stop_at_ppm or len(answers) >= plan.overlap_max:
        return False
    (state,) = await work.load(tasks_domain.TASK, [row["task"]])
    if not isinstance(state, tasks_domain.Open):
        return False
    last = max(answers, key=lambda one: (one["submitted_at"], one["lease"]))
    slot = tasks_domain.AddSlot(
        lane=LaneId(row["lane"]), ord=ord_now(work), reason="unsure", cause=LeaseId(last["lease"])
    )
    return bool(work.decide(tasks_domain.TASK, row["task"], slot))
