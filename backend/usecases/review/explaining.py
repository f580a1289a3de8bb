"""Saying why: an expert explains an own answer after it was handed in; a manager the one that stands."""

from uuid import UUID

from backend.domain.review import expert_words as domain
from backend.usecases.insight.escalations import find, shown, state_of
from backend.usecases.review.expert_words import keep, require_taken
from backend.usecases.tasks.queue import my_lease
from backend.usecases.work import Answer, Work


async def lease_explain(work: Work, *, lease: UUID, words: str) -> Answer:
    """Why the own answer under this lease is right; said anew, the newest words count. Raises `explanation_not_taken`
    (invalid), `explanation_unanswered` (conflict), not_found for anybody else's lease."""
    work.require("lease:work", owner=work.me)
    row = await my_lease(work, lease)
    require_taken(row)
    if row["how"] != "submitted":
        raise domain.unanswered()
    await keep(work, row, words)
    return Answer({"lease": lease, "status": "explained"})


async def escalation_explain(work: Work, *, escalation: UUID, words: str) -> Answer:
    """A manager's words to the expert's answer that stands, in place of what was said before. Raises `escalation_open`
    (conflict)."""
    work.require("project:update", project=work.caller.subject.project)
    row = await find(work, escalation)
    if row["resolved_at"] is None:
        raise domain.still_open(state_of(row))
    await keep(work, row | {"lease": row["word"]}, words)
    await work.flush()
    (told,) = await shown(work, [row])
    return Answer(told)
