"""Deciding disputes: somebody independent takes the oldest, looks, and says what it comes to; scores and results follow
by new facts."""

from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal
from backend.domain.projects import gold as gold_domain
from backend.domain.review import dispute as domain
from backend.events.ids import PrincipalId
from backend.readmodels import disputes as rows
from backend.readmodels import proficiency, projects, tasks
from backend.usecases.access.delegation import within
from backend.usecases.gold.hygiene import find_wrong, retire
from backend.usecases.proficiency.records import review_soon
from backend.usecases.projects.class_checks import require_classes
from backend.usecases.review.dispute_cases import answer_of, case_of, met, served
from backend.usecases.review.disputing import found_
from backend.usecases.tasks.results import PPM, Weighed, decide_task
from backend.usecases.tokens import class_token
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work

HOLD_SECONDS = 2 * 3600
REVERSALS_MAX = 2
"""So many reversals make the key of a gold item doubtful."""
Row = dict[str, Any]


async def disputes_pull(work: Work, *, project: UUID | None) -> Answer:
    """The dispute that one holds, else the oldest that one may decide, with its case; or why there is none."""
    work.require("dispute:resolve", owner=work.me)
    project = within(work, project)
    waiting = await rows.fetch(work.conn, rows.WAITING, work.tenant, project)
    open_ = await served(work, [one["project"] for one in waiting])
    row = await _next(work, project, open_)
    if row is None:
        return _none(waiting, open_)
    work.saw(results=[row["dispute"]])
    kept = {"disputes": [row["dispute"]], "reasons": []}
    return Answer({"disputes": [await case_of(work, row)], "reasons": []}, keep=kept)


async def pull_again(work: Work, kept: Row) -> Row:
    """A repeated pull: the same case, read again while it is held and may be seen."""
    cases = []
    for one in kept["disputes"]:
        row = await found_(work, UUID(str(one)))
        if row["holder"] == work.me and row["project"] in await served(work, [row["project"]]):
            cases.append(await case_of(work, row))
    return {"disputes": cases, "reasons": kept["reasons"]}


async def dispute_give_back(work: Work, *, dispute: UUID) -> Answer:
    """Leave it to somebody else; what one does not hold stays as it is."""
    work.require("dispute:resolve", owner=work.me)
    await found_(work, dispute)
    await work.load(domain.DISPUTE, [dispute])
    work.decide(domain.DISPUTE, dispute, domain.GiveBack(by=work.me, now=work.now))
    work.saw(results=[dispute])
    return Answer({"id": dispute})


async def disputes_return(work: Work, *, most: int) -> Answer:
    """What was not decided in time waits for somebody again; nobody asks for it, so the system does."""
    work.require("dispute:resolve")
    over = [row["dispute"] for row in await rows.fetch(work.conn, rows.OVER, work.tenant, work.now, most)]
    await work.load(domain.DISPUTE, over)
    back = sum(len(work.decide(domain.DISPUTE, one, domain.GiveBack(by=None, now=work.now))) for one in over)
    return Answer({"returned": back})


async def dispute_resolve(
    work: Work, *, dispute: UUID, outcome: str, reason: str, truth: Any = None, gold_wrong: bool = False
) -> Answer:
    """Say what it comes to, once: one that is taken by who took it, any other by anybody who may and is independent.

    `reversed` counts the answer as right and `void` not at all; where a review judged it, an expert's word then decides
    the item: `truth`, else on a reversal the author's answer. `gold_wrong`, or the second reversal, retires gold.
    """
    work.require("dispute:resolve", owner=work.me)
    row = await found_(work, dispute)
    if row["project"] not in await served(work, [row["project"]]):
        raise _not_qualified()
    answer = await answer_of(work, row)
    if truth is not None:
        (about,) = await projects.find(work.conn, work.tenant, [row["project"]])
        await require_classes(work, about, truth)
    await work.load(domain.DISPUTE, [dispute])
    command = await _resolve(work, row, answer, outcome, reason, truth, gold_wrong)
    gold_retired = result_changed = False
    if work.decide(domain.DISPUTE, dispute, command) and outcome != "upheld":
        (project,) = await projects.find(work.conn, work.tenant, [row["project"]])
        review_soon(work, row["annotator"], project)
        result_changed = await _decided_anew(work, row, answer, outcome, truth)
    if row["gold"] is not None:
        gold_retired = await _key_retired(work, row, gold_wrong)
    await work.flush()
    work.saw(subjects=[row["annotator"]], results=[dispute])
    told = {"id": dispute, "state": "resolved", "outcome": outcome}
    return Answer(told | {"gold_retired": gold_retired, "result_changed": result_changed})


# --- pulling


async def _next(work: Work, project: UUID | None, open_: set[UUID]) -> Row | None:
    held = await rows.fetch(work.conn, rows.HELD_BY, work.tenant, work.me, work.now, project)
    if held and held[0]["project"] in open_:
        return held[0]
    asked = (work.me, sorted(open_), work.now)
    found = await rows.fetch(work.conn, rows.NEXT, work.tenant, *asked) if open_ else []
    if not found:
        return None
    about, until = found[0]["dispute"], work.in_seconds(HOLD_SECONDS)
    await work.load(domain.DISPUTE, [about])
    take = domain.Take(by=PrincipalId(work.me), met=False, until=until, now=work.now)
    work.decide(domain.DISPUTE, about, take)
    await work.flush()
    return found[0] | {"holder": work.me, "until": until}


def _none(waiting: list[Row], open_: set[UUID]) -> Answer:
    """Who is not qualified for any is told so; the others are taken, or not for somebody who had a part in them."""
    shut = sum(one["n"] for one in waiting if one["project"] not in open_)
    left = sum(one["n"] for one in waiting) - shut
    reasons = [{"code": "not_qualified", "count": shut}] if shut else []
    return Answer({"disputes": [], "reasons": [*reasons, {"code": "no_disputes", "count": left}]})


# --- resolving


async def _resolve(
    work: Work, row: Row, answer: Row, outcome: str, reason: str, truth: Any, gold_wrong: bool
) -> domain.Resolve:
    about, project = row["dispute"], row["project"]
    keys = await work.keys(("project", project))
    told = None if truth is None else keys.seal_json("project", project, "dispute", about, "truth", truth)
    return domain.Resolve(
        by=PrincipalId(work.me),
        met=await met(work, row),
        outcome=outcome,
        reason=keys.seal_json("project", project, "dispute", about, "words", reason),
        truth=told,
        truth_class=None if truth is None else class_token(work, row["skill"], truth),
        answer_class=answer["answer_class"],
        gold_wrong=gold_wrong,
        now=work.now,
    )


async def _decided_anew(work: Work, row: Row, answer: Row, outcome: str, truth: Any) -> bool:
    """What a review had made of the item is decided by an expert's word; gold has no result. In a workflow the item has
    one once it is through; what has been done again since stands."""
    if row["gold"] is not None or (truth is None and outcome != "reversed"):
        return False
    stands = await tasks.rows(work.conn, tasks.RESULT_OF_ITEM, work.tenant, row["item"])
    if stands and stands[0]["generation"] > answer["generation"]:
        return False
    (task,) = await tasks.by_ids(work.conn, tasks.TASKS_BY_ID, work.tenant, [answer["task"]])
    if task["workflow_version"] and not stands:
        return False
    about = stands[0]["task"] if task["workflow_version"] else answer["task"]
    await tasks.by_ids(work.conn, tasks.LOCK_TASKS, work.tenant, [about])
    if truth is None:
        place = Sealed("project", row["project"], "lease", row["lease"], "answer", answer["answer"])
        (truth,) = await work.open([place])
    weighed = Weighed(
        result={"answer": truth, "top": [truth]},
        confidence_ppm=PPM,
        judgments=stands[0]["judgments"] if stands else 1,
        basis=await proficiency.basis(work.conn, work.tenant),
    )
    return await decide_task(work, row["project"], about, weighed, "expert")


async def _key_retired(work: Work, row: Row, gold_wrong: bool) -> bool:
    """Whether the gold item was retired now: its key is wrong by the resolver's word, and all that was held against it
    is taken back; or disputes were won twice, which only makes it doubtful."""
    await work.flush()
    reversals = await work.conn.fetchval(rows.REVERSALS, work.tenant, row["gold"])
    (state,) = await work.load(gold_domain.GOLD, [row["gold"]])
    asked = isinstance(state, gold_domain.Present)
    if gold_wrong:
        (gold,) = await tasks.by_ids(work.conn, tasks.GOLD_BY_ID, work.tenant, [row["gold"]])
        if gold["key"] == "trusted":
            await find_wrong(work, gold, "doubtful")
        return asked
    if not asked or reversals < REVERSALS_MAX:
        return False
    await retire(work, row["gold"], "doubtful")
    return True


def _not_qualified() -> Refusal:
    return Refusal(
        "forbidden",
        "not_qualified",
        expected="a reviewer or expert of the project, with all it asks for",
        found="somebody who is none at this moment",
        mend="leave it to somebody else, or do what the project asks",
    )
