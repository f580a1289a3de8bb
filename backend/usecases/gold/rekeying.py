"""Rekeying: everything that was scored against a wrong key is corrected, page by page, by a job that can be cut off
anywhere: a page and the next page's job are one transaction.

It goes through all twice: the second time a minute later, when nobody is left who had read the wrong key before it was
found so. Then it says that it is done.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from backend.domain.proficiency import rekeying as domain
from backend.domain.projects import gold as gold_domain
from backend.domain.review import dispute as disputes
from backend.events.ids import KeyCaseId, PrincipalId
from backend.readmodels import projects, rekeyed, tasks
from backend.usecases.gold import key_scores
from backend.usecases.gold.key_scores import Case, Given
from backend.usecases.proficiency.records import review_soon
from backend.usecases.work import Answer, Work

JOB = "gold_rekey"
AGAIN_SECONDS = 60
"""Longer than any transaction: who read the wrong key has written what came of it by then."""
WAIT_SECONDS = 1
BEGIN = f"{key_scores.WORK}|"
WORDS = "What your answer was held against was found wrong, so it was scored again."
OUTCOMES = {True: "reversed", False: "upheld", None: "void"}
Row = Mapping[str, Any]


def begin(work: Work, gold: UUID, key_case: UUID) -> None:
    """Have it done, from the beginning."""
    _enqueue(work, gold, key_case, BEGIN, False, 0)


async def gold_rekey(
    work: Work, *, gold: UUID, key_case: UUID, after: str, second: bool, settled: int
) -> Answer:
    """Correct the next page; nobody asks for it, so the system does. A case that a later one of the same key took the
    place of ends."""
    work.require("project:update")
    (state,) = await work.load(gold_domain.GOLD, [gold])
    found = gold_domain.under_correction(state, KeyCaseId(key_case))
    if found is None:
        return Answer({"corrected": 0})
    (row,) = await tasks.by_ids(work.conn, tasks.GOLD_BY_ID, work.tenant, [gold])
    case = await key_scores.case_of(work, row, found)
    since = case.since
    at = (work.tenant, gold, since.version)
    if after == BEGIN and not await work.conn.fetchval(rekeyed.FOLDED, *at):
        _enqueue(work, gold, key_case, after, second, settled, WAIT_SECONDS)
        return Answer({"corrected": 0})
    page = await key_scores.page_of(work, case, after)
    corrected, closed = await _correct(work, case, page.given, since.actor.behalf_of or since.actor.id)
    await work.flush()
    settled += closed
    if page.next is not None:
        _enqueue(work, gold, key_case, page.next, second, settled)
    elif not second:
        later = since.at + timedelta(seconds=AGAIN_SECONDS) - work.now
        _enqueue(work, gold, key_case, BEGIN, True, settled, max(0.0, later.total_seconds()))
    else:
        await _end(work, gold, found.key_case, settled)
    work.saw(results=[gold])
    return Answer({"corrected": corrected})


async def _correct(work: Work, case: Case, given: Sequence[Given], by: PrincipalId) -> tuple[int, int]:
    """(scores that changed, disputes that were settled). Who was scored is looked at anew, once it is folded."""
    (project,) = await projects.find(work.conn, work.tenant, [case.gold["project"]])
    keys = await work.keys(("project", project["project"]))
    corrected = settled = 0
    for one, command in await key_scores.corrections(work, case, given, case.found.key_case):
        corrected += len(work.decide(domain.REKEYED, one.stream, command))
        if work.state(domain.REKEYED, one.stream).key_case == case.found.key_case:
            review_soon(work, one.annotator, {**project, "skill": one.skill})
        if one.disputed is not None:
            reason = keys.seal_json("project", project["project"], "dispute", one.disputed, "words", WORDS)
            settle = disputes.Settle(by=by, outcome=OUTCOMES[command.now.correct], reason=reason)
            settled += len(work.decide(disputes.DISPUTE, one.disputed, settle))
    return corrected, settled


async def _end(work: Work, gold: UUID, key_case: KeyCaseId, settled: int) -> None:
    told = await rekeyed.counts(work.conn, work.tenant, key_case)
    command = gold_domain.EndCorrection(
        key_case=key_case, scores=told["scores"], people=told["people"], void=told["void"], disputes=settled
    )
    work.decide(gold_domain.GOLD, gold, command)


def _enqueue(
    work: Work, gold: UUID, key_case: UUID, after: str, second: bool, settled: int, seconds: float = 0.0
) -> None:
    args = {
        "gold": str(gold),
        "key_case": str(key_case),
        "after": after,
        "second": second,
        "settled": settled,
    }
    work.enqueue(JOB, f"{key_case}|{second}|{after}", args, work.in_seconds(seconds))
