"""Deciding: what happens to a task once nothing of it is open or held."""

from collections import Counter
from typing import Any
from uuid import UUID

from backend.domain.tasks import task as tasks_domain
from backend.events.ids import LaneId, LeaseId
from backend.events.projects import QualityPlan
from backend.readmodels import claims, projects, tasks, workflows
from backend.readmodels.reviews import ESCALATIONS_OF_TASKS
from backend.usecases.projects.workflows import MANY, step_of
from backend.usecases.tasks.escalating import escalate
from backend.usecases.tasks.onward import PPM, Outcome, go_on
from backend.usecases.tasks.results import aggregated, decide_by_correction, decide_task
from backend.usecases.tasks.stages import ord_now
from backend.usecases.tasks.standing import decided_steps, results, subject_of
from backend.usecases.work import Answer, Work

DECIDES = {"review": "review", "adjudicate": "expert", "expert": "expert"}
"""Kind of work -> by whom its task is decided; the others by the aggregate."""


async def task_decide(work: Work, *, task: UUID) -> Answer:
    """Decide a collected task by its answers, weighted by what is known of each person; then by corrections, if any.
    A task of a workflow sends its item on."""
    work.require("project:update")
    locked = await tasks.by_ids(work.conn, tasks.LOCK_TASKS, work.tenant, [task])
    if not locked or not await work.conn.fetch(claims.COLLECTED, work.tenant, [task]):
        return Answer({"task": task, "decided": False})
    row = locked[0]
    answers = await tasks.by_ids(work.conn, tasks.ANSWERS_OF_TASK, work.tenant, [task])
    counting = [one for one in answers if not one["rejected"]]
    if not counting or row["state"] == "cancelled":
        return Answer({"task": task, "decided": False})
    (project,) = await projects.find(work.conn, work.tenant, [row["project"]])
    decide = _as_step if row["workflow_version"] else _as_item
    return Answer({"task": task, "decided": await decide(work, row, project, counting)})


async def _as_item(
    work: Work, row: dict[str, Any], project: dict[str, Any], counting: list[dict[str, Any]]
) -> bool:
    """Without a workflow: what the answers come to is the item's result, unless it is not sure enough."""
    result, found, basis = await aggregated(work, project, counting)
    sure = found.confidence_ppm
    if await _one_more(work, row, project["plan"], counting, sure):
        return False
    await decide_task(work, row["task"], result, sure, len(counting), basis, "aggregate")
    corrected = await decide_by_correction(work, row, len(counting), basis)
    if not corrected and sure < project["plan"].escalate_below_ppm:
        await escalate(work, row, "low_confidence", None)
    return True


async def _as_step(
    work: Work, row: dict[str, Any], project: dict[str, Any], counting: list[dict[str, Any]]
) -> bool:
    """A step of a workflow: what its answers come to sends the item on. What waits for an expert is decided by them."""
    found = await tasks.by_ids(work.conn, ESCALATIONS_OF_TASKS, work.tenant, [row["task"]])
    if any(one["resolved_at"] is None for one in found):
        return False
    outcome = await _outcome(work, row, project, counting)
    if row["stage"] in MANY and await _unsure(work, row, project, counting, outcome.confidence_ppm):
        return False
    moved = await go_on(work, project, row, outcome)
    if moved is not None and moved.to_expert:
        await escalate(work, row, "rework_limit", None)
    return moved is not None


async def _unsure(
    work: Work, row: dict[str, Any], project: dict[str, Any], counting: list[dict[str, Any]], sure: int
) -> bool:
    """A step that takes as many answers as the plan says takes more while it is unsure, like an item without steps."""
    workflow = await workflows.find(work.conn, work.tenant, row["project"], row["workflow_version"])
    assert workflow is not None
    if step_of(workflow, row["step"]).slots:
        return False
    return await _one_more(work, row, project["plan"], counting, sure)


async def _outcome(
    work: Work, row: dict[str, Any], project: dict[str, Any], counting: list[dict[str, Any]]
) -> Outcome:
    result, found, basis = await aggregated(work, project, counting)
    votes = Counter(one["answer_token"] for one in counting)
    outcome = Outcome(
        result=result,
        said=result["answer"],
        confidence_ppm=found.confidence_ppm,
        agreement_ppm=round(PPM * max(votes.values()) / len(counting)),
        judgments=len(counting),
        basis=basis,
        by=DECIDES.get(row["stage"], "aggregate"),
    )
    return await reviewed(work, row, outcome, result["answer"]) if row["stage"] == "review" else outcome


async def reviewed(work: Work, row: dict[str, Any], outcome: Outcome, said: dict[str, Any]) -> Outcome:
    """What a review step came to: the correction, or the answer that was judged, with the verdict beside it."""
    workflow = await workflows.find(work.conn, work.tenant, row["project"], row["workflow_version"])
    assert workflow is not None
    decided = (await decided_steps(work, [row["item"]])).get((row["item"], row["generation"]), {})
    about = subject_of(workflow, row["step"], decided)
    standing = (await results(work, [about]))[0] if about else {"answer": None, "top": []}
    told = {"answer": standing["answer"], "top": standing["top"]}
    if said["verdict"] == "correct":
        told = {"answer": said["correction"], "top": [said["correction"]]}
    seen = {"verdict": said["verdict"], "correction": said["correction"]}
    result = {**told, "verdict": said["verdict"], "note": said.get("note")}
    return Outcome(
        result=result,
        said=seen,
        confidence_ppm=outcome.confidence_ppm,
        agreement_ppm=outcome.agreement_ppm,
        judgments=outcome.judgments,
        basis=outcome.basis,
        by=outcome.by,
    )


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
