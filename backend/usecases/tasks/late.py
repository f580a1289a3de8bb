"""Late answers: what came too late to count is kept for its author and for managers."""

from uuid import UUID

from backend.domain.errors import not_found
from backend.readmodels import tasks
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work


async def late_answer_get(work: Work, *, late_answer: UUID) -> Answer:
    """An answer that came too late to count: for its author and for managers."""
    rows = await tasks.rows(work.conn, tasks.LATE_BY_ID, work.tenant, late_answer)
    work.require("late_answer:read", owner=rows[0]["annotator"] if rows else None)
    if not rows:
        raise not_found("a late answer")
    row = rows[0]
    (answer,) = await work.open(
        [Sealed("project", row["project"], "lease", row["lease"], "answer", row["answer"])]
    )
    work.saw("answer", subjects=[row["annotator"]])
    names = ("lease", "annotator", "kept_at")
    return Answer({"id": late_answer, **{n: row[n] for n in names}, "answer": answer})
