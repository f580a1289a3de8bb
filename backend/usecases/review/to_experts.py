"""To experts: which collected items one has to look at, because of a watched class or of answers flagged unsure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from backend.domain.review.escalation import ambiguous
from backend.domain.review.expert_calls import AMBIGUOUS
from backend.events.workflows import Step
from backend.readmodels import escalations
from backend.usecases.projects.workflows import MANY
from backend.usecases.tasks.escalating import escalate_all
from backend.usecases.tasks.results import Collected
from backend.usecases.work import Work


@dataclass(frozen=True, slots=True)
class Call:
    """Why an expert is called; `alone`: on the word of an only answer, so another answer may be asked for first."""

    reason: str
    code: str = ""
    alone: bool = False


WATCHED = Call("watched_class")
FLAGGED = Call("annotator_flagged", AMBIGUOUS)
FLAGGED_ALONE = Call("annotator_flagged", AMBIGUOUS, alone=True)


async def calls(
    work: Work, collected: Sequence[Collected], steps: Mapping[UUID, Step] | None = None
) -> dict[UUID, Call]:
    """Task -> why an expert is to look, of those tasks that have a reason. A workflow's step (`steps`: task -> step)
    whose arrows look at `unsure` says itself what becomes of it."""
    of_many = [one for one in collected if one.row["stage"] in MANY]
    said = await escalations.settings(
        work.conn, work.tenant, sorted({one.project["project"] for one in of_many})
    )
    found = {}
    for one in of_many:
        watched = said.get(one.project["project"], {"watched": ()})["watched"]
        call = _call(one, watched, _routes_unsure((steps or {}).get(one.task)))
        if call is not None:
            found[one.task] = call
    return found


async def call_experts(work: Work, collected: Sequence[Collected], called: Mapping[UUID, Call]) -> None:
    """Escalate those of these tasks for which an expert is called."""
    for call in (WATCHED, FLAGGED, FLAGGED_ALONE):
        rows = [one.row for one in collected if called.get(one.task) == call]
        if rows:
            await escalate_all(work, rows, call.reason, None, call.code)


def _call(one: Collected, watched: Collection[str], routed: bool) -> Call | None:
    if any(answer["answer_class"] in watched for answer in one.answers):
        return WATCHED
    unsure = sum(answer["unsure"] for answer in one.answers)
    if routed or not unsure:
        return None
    if len(one.answers) == 1:
        return FLAGGED_ALONE
    return FLAGGED if ambiguous(unsure, len(one.answers)) else None


def _routes_unsure(step: Step | None) -> bool:
    arrows = step.then if step is not None else ()
    return any(test.field == "unsure" for arrow in arrows for test in (*arrow.all_of, *arrow.any_of))
