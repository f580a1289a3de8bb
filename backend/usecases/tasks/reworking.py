"""Reworking: what somebody or something touched is found, looked at, done again exactly once, and may be taken back.

Re-labelling by label, date or guideline version is the same act with another selection.
"""

from math import ceil
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal, not_found
from backend.domain.tasks import rework as domain
from backend.events.ids import ProjectId, ReworkId
from backend.readmodels import projects, touched
from backend.readmodels import rework as rows
from backend.readmodels.touched_selection import Selection
from backend.usecases.tasks.requeueing import go_on
from backend.usecases.tasks.rework_selecting import selected
from backend.usecases.tasks.rework_telling import told
from backend.usecases.work import Answer, Work

HANDLING_SECONDS_GUESS = 60
"""What one answer is taken to take where nobody has given any."""


async def rework_plan(
    work: Work, *, project: UUID, selection: dict[str, Any], reason: str | None = None
) -> Answer:
    """What would be done again and what it would cost, kept under an id; nothing else changes."""
    work.require("project:rework", project=ProjectId(project))
    row = await _project(work, project)
    return Answer(await planned(work, row, await selected(work, row, selection), reason), "created")


async def planned(work: Work, row: dict[str, Any], wanted: Selection, reason: str | None) -> dict[str, Any]:
    """A plan to have what is selected of a project (its row) done again, as it is told. Raises `rework_too_large`."""
    project = row["project"]
    asked = touched.asking(work.tenant, project, work.now, wanted, looking=True)
    looked = await touched.preview(work.conn, asked)
    if looked.answers > touched.ANSWERS_MAX:
        raise _too_large(looked.answers)
    sample = await touched.sampled(work.conn, asked, looked.sample)
    seconds = await touched.handling_seconds(work.conn, work.tenant, project)
    each = HANDLING_SECONDS_GUESS if seconds is None else seconds
    minutes = ceil(looked.items * row["plan"].overlap * each / 60)
    rework = ReworkId(work.new_id())
    keys = await work.keys(("project", project))
    command = domain.Plan(
        rework=rework,
        project=ProjectId(project),
        selection=wanted.text(),
        items=looked.items,
        answers=looked.answers,
        people=looked.people,
        decided=looked.decided,
        minutes=minutes,
        reason=keys.seal_json("project", project, "rework", rework, "reason", reason) if reason else None,
    )
    work.decide(domain.REWORK, rework, command)
    await work.flush()
    kept_away = await touched.causes(work.conn, work.tenant, project, wanted)
    work.saw(subjects=kept_away, results=[rework, *looked.sample])
    shown = await _shown(work, await _found(work, project, rework))
    cost = {
        "answers_per_item": row["plan"].overlap,
        "handling_seconds": each,
        "handling_known": seconds is not None,
    }
    found = {"keeps_away": len(kept_away), "overlaps": looked.overlaps, "sample": sample}
    return shown | cost | found


async def rework_execute(work: Work, *, project: UUID, rework: UUID) -> Answer:
    """Requeue what was planned: each item once, whoever asks however often. A job does what is beyond one chunk."""
    work.require("project:rework", project=ProjectId(project))
    await _found(work, project, rework)
    (row,) = await rows.fetch(work.conn, rows.BY_ID, work.tenant, rework)
    if row["state"] == "undone":
        raise _undone(rework)
    await go_on(work, row)
    return await _told(work, project, rework)


async def rework_undo(work: Work, *, project: UUID, rework: UUID) -> Answer:
    """Take back what nobody has begun again: the former results stand. What was begun goes on, and is counted."""
    work.require("project:rework", project=ProjectId(project))
    await _found(work, project, rework)
    (row,) = await rows.fetch(work.conn, rows.BY_ID, work.tenant, rework)
    (state,) = await work.load(domain.REWORK, [rework])
    if not isinstance(state, domain.Undone):
        work.decide(domain.REWORK, rework, domain.Undo(items=(), kept=()))
    await go_on(work, row)
    return await _told(work, project, rework)


async def rework_run(work: Work, *, rework: UUID) -> Answer:
    """The next chunk of a plan that is being executed or undone."""
    work.require("project:rework")
    found = await rows.fetch(work.conn, rows.BY_ID, work.tenant, rework)
    for row in found:
        if row["state"] in ("running", "undone"):
            await go_on(work, row)
    return Answer({"plans": len(found)})


async def rework_get(work: Work, *, project: UUID, rework: UUID) -> Answer:
    """A plan, and how far it is."""
    work.require("project:report", project=ProjectId(project))
    return await _told(work, project, rework)


async def rework_list(work: Work, *, project: UUID, cursor: str | None, limit: int) -> Answer:
    """The plans of a project, newest first."""
    work.require("project:report", project=ProjectId(project))
    await _project(work, project)
    before = UUID(cursor) if cursor else None
    found = await rows.fetch(work.conn, rows.LIST, work.tenant, project, before, limit + 1)
    shown = found[:limit]
    data = await told(work, shown)
    work.saw(results=[row["rework"] for row in shown])
    more = str(shown[-1]["rework"]) if len(found) > limit else None
    return Answer({"data": data, "next_cursor": more})


# --- helpers


async def _project(work: Work, project: UUID) -> dict[str, Any]:
    found = await projects.find(work.conn, work.tenant, [project])
    if not found:
        raise not_found("a project")
    return found[0]


async def _found(work: Work, project: UUID, rework: UUID) -> dict[str, Any]:
    found = await rows.fetch(work.conn, rows.FIND, work.tenant, project, rework)
    if not found:
        raise not_found("a rework plan")
    return found[0]


async def _told(work: Work, project: UUID, rework: UUID) -> Answer:
    await work.flush()
    shown = await _shown(work, await _found(work, project, rework))
    work.saw(results=[rework])
    return Answer(shown)


async def _shown(work: Work, row: dict[str, Any]) -> dict[str, Any]:
    (shown,) = await told(work, [row])
    return shown


def _too_large(answers: int) -> Refusal:
    return Refusal(
        "invalid",
        "rework_too_large",
        expected=f"at most {touched.ANSWERS_MAX} answers",
        found=f"{answers} or more",
        mend="select less, such as by a window of time, and plan the rest after it",
    )


def _undone(rework: UUID) -> Refusal:
    return Refusal(
        "conflict",
        "rework_undone",
        expected="a plan that was not taken back",
        found=f"plan {rework}, which was undone",
        mend="plan it anew",
    )
