"""The holding tank: answers that were drawn for review and are in nobody's hands, for whoever manages the project."""

from datetime import datetime
from typing import Any
from uuid import UUID

from backend.domain.errors import not_found
from backend.events.ids import ProjectId
from backend.readmodels import projects, review_waiting
from backend.usecases.work import Answer, Work

Row = dict[str, Any]
SHOWN = ("lease", "annotator", "vendor", "answer_class", "step", "unsure")


async def reviews_waiting(
    work: Work,
    *,
    project: UUID,
    annotator: UUID | None,
    answer_class: str | None,
    step: str | None,
    unsure: bool | None,
    vendor: UUID | None,
    answered_from: datetime | None,
    answered_to: datetime | None,
    cursor: str | None,
    limit: int,
) -> Answer:
    """Answers that wait for review, the oldest work first, as far as the filters say. Listed are places in the queue,
    every one of work: what a reviewer is shown at some of them instead is chosen when they look, and for each apart."""
    work.require("review:read", project=ProjectId(project))
    if not await projects.find(work.conn, work.tenant, [project]):
        raise not_found("a project")
    wanted = review_waiting.Wanted(
        annotator=annotator,
        answer_class=answer_class,
        step=step,
        unsure=unsure,
        vendor=vendor,
        answered_from=answered_from,
        answered_to=answered_to,
    )
    after = UUID(cursor) if cursor else None
    found = await review_waiting.waiting(work.conn, work.tenant, project, wanted, after=after, most=limit + 1)
    shown = found[:limit]
    work.saw(subjects=[row["annotator"] for row in shown], results=[row["item"] for row in shown])
    more = str(shown[-1]["review_task"]) if len(found) > limit else None
    return Answer({"data": [_told(work, row) for row in shown], "next_cursor": more})


def _told(work: Work, row: Row) -> Row:
    age = max(0, int((work.now - row["submitted_at"]).total_seconds()))
    return {name: row[name] for name in SHOWN} | {"answered_at": row["submitted_at"], "age_seconds": age}
