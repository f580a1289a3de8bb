"""Escalations as managers see them: what waits for an expert, what is late, who answered."""

from typing import Any
from uuid import UUID

from backend.domain.errors import not_found
from backend.events.ids import ProjectId
from backend.readmodels import escalations, projects, tasks
from backend.usecases.work import Answer, Work

Row = dict[str, Any]


async def escalation_list(
    work: Work, *, project: UUID, state: str | None, missed: bool | None, cursor: str | None, limit: int
) -> Answer:
    """A project's escalations by id: all, or those in a state (open, contested, resolved, void), or those of which a
    deadline was missed."""
    work.require("project:report", project=ProjectId(project))
    await _known_project(work, project)
    after = UUID(cursor) if cursor else None
    rows = await tasks.rows(
        work.conn,
        escalations.PAGE,
        work.tenant,
        project,
        after,
        state,
        missed,
        work.now,
        limit + 1,
    )
    shown = [_shown(work, row) for row in rows[:limit]]
    people = {one["annotator"] for row in shown for one in row["experts"]}
    raised = {row["raised_by"] for row in shown if row["raised_by"]}
    work.saw(subjects=people | raised, results=[row["item"] for row in shown])
    return Answer({"data": shown, "next_cursor": str(shown[-1]["id"]) if len(rows) > limit else None})


async def _known_project(work: Work, project: UUID) -> None:
    if not await projects.find(work.conn, work.tenant, [project]):
        raise not_found("a project")


# --- one escalation


def _shown(work: Work, row: Row) -> Row:
    names = ("item", "task", "reason", "code", "raised_by", "opened_at", "start_by", "due_by", "begun_at")
    until = row["resolved_at"] or work.now
    return {
        "id": row["escalation"],
        **{name: row[name] for name in names},
        "state": _state(row),
        "missed": [what for what in ("start", "due") if row[f"missed_{what}_at"]],
        "late": bool(row["due_by"] and row["due_by"] < until),
        "contested_at": row["contested_at"],
        "resolved_at": row["resolved_at"],
        "experts": _experts(row),
    }


def _state(row: Row) -> str:
    """Void: its item is wanted no more, or is done anew."""
    if row["resolved_at"]:
        return "resolved"
    if row["task_state"] == "cancelled":
        return "void"
    return "contested" if row["contested_at"] else "open"


def _experts(row: Row) -> list[Row]:
    """Who answered, in order; the last one's answer stands once it is resolved."""
    told = []
    if row["first_expert"]:
        at = row["contested_at"]
        told.append(
            {"annotator": row["first_expert"], "lease": row["first_lease"], "at": at, "stands": False}
        )
    if row["expert"]:
        at = row["resolved_at"]
        told.append({"annotator": row["expert"], "lease": row["lease"], "at": at, "stands": True})
    return told
