"""Deadlines of experts: what nobody began or finished in time is told once, and waits one class higher."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal
from backend.domain.review import escalation as escalations
from backend.readmodels import projects
from backend.readmodels.escalations import LATE
from backend.usecases.models.falling_back import fall_back
from backend.usecases.tasks.steering_acts import Act, steer
from backend.usecases.work import Answer, Work

URGENT = 1
"""The highest class that a deadline reaches: real time is a manager's word."""


async def escalations_miss(work: Work, *, most: int) -> Answer:
    """Tell each deadline that has passed, `start` and `due`, once, and move the expert's task one class up. Where the
    project has no room for another lane the task stays where it is, and it is told all the same."""
    work.require("project:update")
    rows = [dict(row) for row in await work.conn.fetch(LATE, work.tenant, work.now, most)]
    missed = await _told(work, rows)
    await _move_up(work, [row for row in rows if row["escalation"] in missed and row["priority"] > URGENT])
    await fall_back(work, missed)
    work.saw(results=missed)
    return Answer({"missed": len(missed)})


async def _told(work: Work, rows: list[dict[str, Any]]) -> set[UUID]:
    """The escalations of which something new was told."""
    await work.load(escalations.ESCALATION, [row["escalation"] for row in rows])
    missed = set()
    for row in rows:
        late: tuple[escalations.What, ...] = ("start", "due") if row["unbegun"] else ("due",)
        for what in late:
            command = escalations.TellMissed(what=what, now=work.now)
            if work.decide(escalations.ESCALATION, row["escalation"], command):
                missed.add(row["escalation"])
    await work.flush()
    return missed


async def _move_up(work: Work, rows: list[dict[str, Any]]) -> None:
    waiting: dict[UUID, list[UUID]] = defaultdict(list)
    for row in rows:
        waiting[row["project"]].append(row["expert_task"])
    for project in await projects.find(work.conn, work.tenant, sorted(waiting)) if waiting else []:
        try:
            await steer(work, project, waiting[project["project"]], Act(kind="promote"))
        except Refusal as refusal:
            if refusal.code != "too_many_lanes":
                raise
