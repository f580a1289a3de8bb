"""Escalations as managers see them: what waits for an expert, what is late, who answered."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from backend.domain.errors import not_found
from backend.events.ids import ProjectId
from backend.readmodels import escalations, projects, tasks
from backend.usecases.review.expert_words import words_of
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
    told = await shown(work, rows[:limit])
    return Answer({"data": told, "next_cursor": str(told[-1]["id"]) if len(rows) > limit else None})


async def escalation_get(work: Work, *, escalation: UUID) -> Answer:
    """One escalation, with what was said of experts' answers to it."""
    work.require("review:read", project=work.caller.subject.project)
    (told,) = await shown(work, [await find(work, escalation)])
    return Answer(told)


async def find(work: Work, escalation: UUID) -> Row:
    """Its row, as of a page. Raises not_found, also for what is in another project than the key's."""
    rows = await tasks.rows(work.conn, escalations.ONE, work.tenant, escalation)
    if not rows or work.caller.subject.project not in (None, rows[0]["project"]):
        raise not_found("an escalation")
    return rows[0]


async def _known_project(work: Work, project: UUID) -> None:
    if not await projects.find(work.conn, work.tenant, [project]):
        raise not_found("a project")


# --- one escalation

ANSWERED = ("first_lease", "lease", "second_lease", "third_lease")
"""Under which leases experts answered: contested, settled, looked at again."""


async def shown(work: Work, rows: Sequence[Row]) -> list[Row]:
    """Rows of a page as managers see them. Notes whose data is shown."""
    words = await words_of(work, {row[name] for row in rows for name in ANSWERED if row[name]})
    told = [_shown(work, row) | {"explanations": _explanations(row, words)} for row in rows]
    people = {one["annotator"] for row in told for one in row["experts"]}
    raised = {row["raised_by"] for row in told if row["raised_by"]}
    seen = ["explanation"] if words else []
    work.saw(*seen, subjects=people | raised, results=[row["item"] for row in told])
    return told


def _explanations(row: Row, words: Mapping[UUID, Row]) -> list[Row]:
    """In the order of the answers; `stands`: it is said of the answer that stands."""
    return [
        {"lease": row[name], **words[row[name]], "stands": row[name] == row["word"]}
        for name in ANSWERED
        if row[name] in words
    ]


def _shown(work: Work, row: Row) -> Row:
    names = ("item", "task", "reason", "code", "raised_by", "opened_at", "start_by", "due_by", "begun_at")
    until = row["resolved_at"] or work.now
    return {
        "id": row["escalation"],
        **{name: row[name] for name in names},
        "state": state_of(row),
        "missed": [what for what in ("start", "due") if row[f"missed_{what}_at"]],
        "late": bool(row["due_by"] and row["due_by"] < until),
        "contested_at": row["contested_at"],
        "resolved_at": row["resolved_at"],
        "experts": _experts(row),
    }


def state_of(row: Row) -> str:
    """Open, contested, resolved or void. Void: its item is wanted no more, or is done anew."""
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
