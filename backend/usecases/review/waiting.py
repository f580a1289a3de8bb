"""The holding tank: what waits for review and is in nobody's hands, drawn answers and what reached the review steps of
workflows, for whoever manages the project."""

from datetime import datetime
from typing import Any
from uuid import UUID

from backend.domain.errors import not_found
from backend.events.ids import ProjectId
from backend.readmodels import projects, step_reviews_waiting
from backend.readmodels.review_waiting import Wanted
from backend.usecases.work import Answer, Work

Row = dict[str, Any]
SHOWN = ("lease", "annotator", "vendor", "answer_class", "step", "unsure", "review_step")


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
    review_step: str | None,
    cursor: str | None,
    limit: int,
) -> Answer:
    """What waits for review, the oldest work first, as far as the filters say. Listed are places in the queue,
    every one of work: what a reviewer is shown at some of them instead is chosen when they look, and for each apart."""
    work.require("review:read", project=ProjectId(project))
    known = await projects.find(work.conn, work.tenant, [project])
    if not known:
        raise not_found("a project")
    wanted = Wanted(
        annotator=annotator,
        answer_class=answer_class,
        step=step,
        unsure=unsure,
        vendor=vendor,
        answered_from=answered_from,
        answered_to=answered_to,
        review_step=review_step,
    )
    after = UUID(cursor) if cursor else None
    found = await step_reviews_waiting.waiting(
        work.conn, work.tenant, known[0], wanted, after=after, most=limit + 1
    )
    shown = found[:limit]
    authors = [row["annotator"] for row in shown if row["annotator"] is not None]
    work.saw(subjects=authors, results=[row["item"] for row in shown])
    more = str(shown[-1]["review_task"]) if len(found) > limit else None
    return Answer({"data": [_told(work, row) for row in shown], "next_cursor": more})


def _told(work: Work, row: Row) -> Row:
    age = max(0, int((work.now - row["submitted_at"]).total_seconds()))
    task = row["review_task"] if row["review_step"] is not None else None
    told = {name: row[name] for name in SHOWN} | {"task": task}
    return told | {"answered_at": row["submitted_at"], "age_seconds": age}
