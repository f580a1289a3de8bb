"""Escalating: an item goes to an expert, with a reason and the times by which they are to begin and to answer."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.domain.review import escalation as escalations
from backend.domain.review.expert_calls import known_code
from backend.domain.tasks import lease as leases
from backend.events.ids import AnnotatorId, EscalationId, ItemId, ProjectId, TaskId, uuid8
from backend.events.projects import QualityPlan
from backend.readmodels import claims, projects, tasks
from backend.readmodels import escalations as rows_of
from backend.readmodels.escalations import expert_task
from backend.usecases.tasks import iterating
from backend.usecases.tasks.queue import my_lease
from backend.usecases.tasks.stages import announce_collected, open_task
from backend.usecases.work import Answer, Work
from backend.usecases.workforce.pacing import sign_of_life

NONE_YET = escalations.ESCALATION.initial


async def lease_escalate(work: Work, *, lease: UUID, reason: str, note: str | None, code: str = "") -> Answer:
    """The person says that this needs an expert: the lease ends, and an expert is asked. Raises
    `escalation_code_unknown` (invalid)."""
    work.require("lease:work", owner=work.me)
    row = await my_lease(work, lease)
    await _require_known(work, row["project"], code)
    await work.conn.fetch(claims.LOCK_LEASES, work.tenant, [lease])
    await tasks.by_ids(work.conn, tasks.LOCK_TASKS, work.tenant, [row["task"]])
    await work.load(leases.LEASE, [lease])
    keys = await work.keys(("project", row["project"]))
    sealed = keys.seal_json("project", row["project"], "lease", lease, "note", note) if note else None
    why = keys.seal_json("project", row["project"], "lease", lease, "reason", reason) if reason else None
    command = leases.Escalate(annotator=AnnotatorId(work.me), reason=why, note=sealed, code=code)
    work.decide(leases.LEASE, lease, command)
    if row["stage"] == "annotate" and row["gold"] is None:
        await escalate(work, row, "annotator_flagged", AnnotatorId(work.me), code)
        await work.flush()
        await announce_collected(work, [row["task"]])
    await sign_of_life(work, [row])
    # A handle, because gold is not escalated and must not be told from work.
    shown = work.vault.handle(work.tenant, lease, "escalation")
    return Answer({"lease": lease, "status": "escalated", "escalation": shown})


async def _require_known(work: Work, project: UUID, code: str) -> None:
    """The same question for gold as for work."""
    if code:
        said = (await rows_of.settings(work.conn, work.tenant, [project])).get(project)
        known_code(said["codes"] if said else (), code)


async def escalate(
    work: Work, row: dict[str, Any], reason: str, raised_by: AnnotatorId | None, code: str = ""
) -> EscalationId:
    """Open the task's one escalation and a slot for an expert; asked again it is the same one."""
    (escalation,) = await escalate_all(work, [row], reason, raised_by, code)
    return escalation


async def escalate_all(
    work: Work,
    rows: Sequence[dict[str, Any]],
    reason: str,
    raised_by: AnnotatorId | None,
    code: str = "",
    within: int | None = None,
) -> list[EscalationId]:
    """The same of many tasks, each once, for one reason; resolved `within` so many seconds, if the plan's are not
    meant."""
    ids = [EscalationId(uuid8(row["task"], "escalation")) for row in rows]
    known = await work.load(escalations.ESCALATION, ids)
    new = [(row, one) for row, one, state in zip(rows, ids, known, strict=True) if state == NONE_YET]
    plans = await _plans(work, {row["project"] for row, _ in new})
    for row, escalation in new:
        start_by, due_by = _deadlines(work, plans[row["project"]], within)
        opened = escalations.OpenEscalation(
            escalation=escalation,
            task=TaskId(row["task"]),
            item=ItemId(row["item"]),
            project=ProjectId(row["project"]),
            reason=reason,
            raised_by=raised_by,
            code=code,
            start_by=start_by,
            due_by=due_by,
        )
        work.decide(escalations.ESCALATION, escalation, opened)
    for row, escalation in new:
        open_task(work, expert_task(escalation), row, "expert", None)
    waiting = await iterating.waiting(work, [row["item"] for row, _ in new]) if new else set()
    iterating.hold(work, [expert_task(escalation) for row, escalation in new if row["item"] in waiting])
    return ids


async def _plans(work: Work, about: set[UUID]) -> dict[UUID, QualityPlan]:
    found = await projects.working(work.conn, work.tenant, sorted(about)) if about else []
    return {row["project"]: row["plan"] for row in found}


def _deadlines(work: Work, plan: QualityPlan, within: int | None) -> tuple[datetime | None, datetime | None]:
    """By when an expert is to begin, and to answer."""
    ends = plan.expert_seconds if within is None else within
    begins = plan.expert_start_seconds
    seconds = (begins if within is None or begins < within else 0, ends)
    start_by, due_by = (work.in_seconds(one) if one else None for one in seconds)
    return start_by, due_by
