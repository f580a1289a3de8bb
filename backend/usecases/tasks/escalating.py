"""Escalating: an item goes to an expert, and the expert's answer stands for it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from backend.domain.review import escalation as escalations
from backend.domain.tasks import lease as leases
from backend.events.ids import AnnotatorId, EscalationId, ItemId, LeaseId, ProjectId, TaskId, uuid8
from backend.readmodels import claims, projects, tasks
from backend.readmodels.reviews import ESCALATIONS_OF_ITEMS
from backend.usecases.tasks.onward import PPM, Outcome, settle
from backend.usecases.tasks.queue import my_lease
from backend.usecases.tasks.results import Weighed, decide_task
from backend.usecases.tasks.stages import announce_collected, open_task
from backend.usecases.work import Answer, Work
from backend.usecases.workforce.pacing import sign_of_life

NONE_YET = escalations.ESCALATION.initial


async def lease_escalate(work: Work, *, lease: UUID, reason: str, note: str | None) -> Answer:
    """The person says that this needs an expert: the lease ends, and an expert is asked."""
    work.require("lease:work", owner=work.me)
    row = await my_lease(work, lease)
    await work.conn.fetch(claims.LOCK_LEASES, work.tenant, [lease])
    await tasks.by_ids(work.conn, tasks.LOCK_TASKS, work.tenant, [row["task"]])
    await work.load(leases.LEASE, [lease])
    keys = await work.keys(("project", row["project"]))
    sealed = keys.seal_json("project", row["project"], "lease", lease, "note", note) if note else None
    why = keys.seal_json("project", row["project"], "lease", lease, "reason", reason) if reason else None
    command = leases.Escalate(annotator=AnnotatorId(work.me), reason=why, note=sealed)
    work.decide(leases.LEASE, lease, command)
    if row["stage"] == "annotate" and row["gold"] is None:
        await escalate(work, row, "annotator_flagged", AnnotatorId(work.me))
        await work.flush()
        await announce_collected(work, [row["task"]])
    await sign_of_life(work, [row])
    # A handle, because gold is not escalated and must not be told from work.
    shown = work.vault.handle(work.tenant, lease, "escalation")
    return Answer({"lease": lease, "status": "escalated", "escalation": shown})


async def escalate(
    work: Work, row: dict[str, Any], reason: str, raised_by: AnnotatorId | None
) -> EscalationId:
    """Open the task's one escalation and a slot for an expert; asked again it is the same one."""
    (escalation,) = await escalate_all(work, [row], reason, raised_by)
    return escalation


async def escalate_all(
    work: Work, rows: Sequence[dict[str, Any]], reason: str, raised_by: AnnotatorId | None
) -> list[EscalationId]:
    """The same of many tasks, each once, for one reason."""
    ids = [EscalationId(uuid8(row["task"], "escalation")) for row in rows]
    known = await work.load(escalations.ESCALATION, ids)
    new = [(row, one) for row, one, state in zip(rows, ids, known, strict=True) if state == NONE_YET]
    for row, escalation in new:
        opened = escalations.OpenEscalation(
            escalation=escalation,
            task=TaskId(row["task"]),
            item=ItemId(row["item"]),
            project=ProjectId(row["project"]),
            reason=reason,
            raised_by=raised_by,
        )
        work.decide(escalations.ESCALATION, escalation, opened)
    for row, escalation in new:
        open_task(work, _expert_task(escalation), row, "expert", None)
    return ids


async def resolve_by_expert(work: Work, row: dict[str, Any], answer: Any, answer_class: str | None) -> None:
    """The expert's answer under the lease of `row` resolves the escalation that asked for it and decides its task; an
    expert step of a workflow is decided like any other."""
    found = await tasks.by_ids(work.conn, ESCALATIONS_OF_ITEMS, work.tenant, [row["item"]])
    about = [one for one in found if _expert_task(one["escalation"]) == row["task"]]
    if not about:
        work.enqueue("task_decide", str(row["task"]), {"task": str(row["task"])})
    for one in (one for one in about if one["resolved_at"] is None):
        await work.conn.fetch(claims.LOCK_LEASES_OF_TASK, work.tenant, one["task"])
        await work.load(escalations.ESCALATION, [one["escalation"]])
        keys = await work.keys(("project", row["project"]))
        command = escalations.Resolve(
            expert=AnnotatorId(row["annotator"]),
            lease=LeaseId(row["lease"]),
            answer=keys.seal_json(
                "project", row["project"], "escalation", one["escalation"], "answer", answer
            ),
            answer_class=answer_class,
        )
        work.decide(escalations.ESCALATION, one["escalation"], command)
        await _decide(work, one["task"], answer)


def _expert_task(escalation: UUID) -> UUID:
    """The task in which an expert answers an escalation."""
    return uuid8(escalation, "expert-task")


async def _decide(work: Work, task: UUID, answer: Any) -> None:
    """The expert's answer stands for the task, and sends the item on where it is a step of a workflow."""
    (row,) = await tasks.by_ids(work.conn, tasks.LOCK_TASKS, work.tenant, [task])
    result = {"answer": answer, "top": [answer]}
    if not row["workflow_version"]:
        sure = Weighed(result=result, confidence_ppm=PPM, judgments=1, basis=0)
        await decide_task(work, row["project"], task, sure, "expert")
        return
    (project,) = await projects.find(work.conn, work.tenant, [row["project"]])
    said = {"verdict": "correct", "correction": answer} if row["stage"] == "review" else answer
    verdict = {"verdict": "correct", "note": None} if row["stage"] == "review" else {}
    outcome = Outcome(
        result=result | verdict,
        said=said,
        confidence_ppm=PPM,
        agreement_ppm=PPM,
        judgments=1,
        basis=0,
        by="expert",
    )
    await settle(work, project, row, outcome)
