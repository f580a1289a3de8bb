"""The queue as people meet it: pull, look, keep alive, give back, or be given a named task."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from backend.domain.errors import Kind, Refusal, not_found
from backend.events.store import drafts
from backend.events.store.log import AppendConflict
from backend.readmodels import claims, tasks
from backend.usecases.access.delegation import within
from backend.usecases.gates import unmet
from backend.usecases.insight.explaining import reasons, why_nothing
from backend.usecases.tasks.claiming import Ask, claim
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work
from backend.usecases.workforce.pacing import Pace, pace_of

WORKING = ("annotate", "expert")


async def lease_pull(work: Work, *, project: UUID | None, max: int) -> Answer:
    """The next tasks for this person, or why there are none."""
    work.require("lease:pull", owner=work.me)
    return await pull(work, project, WORKING, max)


async def pull(work: Work, project: UUID | None, stages: tuple[str, ...], most: int) -> Answer:
    """Claim and show; an empty hand says why, machine-readably."""
    project = within(work, project)
    pace = await pace_of(work, work.me, project)
    if pace.stops:
        return await _stopped(work, pace.stops, project, stages)
    claimed = (await claim(work, [Ask(work.me, project, stages, most, frozenset(pace.closed))]))[work.me]
    await work.flush()
    try:
        shown = await leases_shown(work, claimed)
    except Refusal as closed_meanwhile:
        # An empty pull is no refusal: decide again, and say what is missing.
        raise AppendConflict(set(claimed)) from closed_meanwhile
    reasons = [] if claimed else await _none(work, pace, project, stages)
    told = {"reasons": reasons, "hints": pace.hints}
    return Answer({"leases": shown, **told}, keep={"leases": claimed, **told})


async def _stopped(
    work: Work, stops: list[dict[str, Any]], project: UUID | None, stages: tuple[str, ...]
) -> Answer:
    """Nothing is claimed: why not now, and what else would have to be done."""
    others = [one for one in await why_nothing(work, project, stages) if one["code"] != "no_tasks"]
    return Answer({"leases": [], "reasons": [*stops, *others], "hints": []})


async def _none(
    work: Work, pace: Pace, project: UUID | None, stages: tuple[str, ...]
) -> list[dict[str, Any]]:
    """Why the hand stayed empty; projects that are closed for now to this person count as a reason."""
    closed = [reason for reasons in pace.closed.values() for reason in reasons]
    others = await why_nothing(work, project, stages)
    return [*closed, *(one for one in others if not closed or one["code"] != "no_tasks")]


async def pull_again(work: Work, kept: dict[str, Any]) -> dict[str, Any]:
    """A repeated pull: the same leases, whose payloads are read again through the gate."""
    ids = [UUID(str(lease)) for lease in kept["leases"]]
    told = {"reasons": kept["reasons"], "hints": kept.get("hints", [])}
    await work.conn.fetchval(claims.SHARE_PERSON, work.tenant, work.me)
    return {"leases": await leases_shown(work, ids, strict=False), **told}


async def leases_shown(work: Work, ids: list[Any], *, strict: bool = True) -> list[dict[str, Any]]:
    """Leases as their holder sees them: own handles, and payloads only of what is held and still allowed.

    `strict` raises what closes the gate; otherwise the payload is left out.
    """
    rows = {row["lease"]: row for row in await tasks.by_ids(work.conn, tasks.LEASES_BY_ID, work.tenant, ids)}
    open_ = await _gate_open(work, [row["lease"] for row in rows.values() if row["how"] is None], strict)
    held = [row for row in rows.values() if row["lease"] in open_]
    items = {
        row["item"]: row
        for row in await tasks.by_ids(work.conn, tasks.ITEMS, work.tenant, [h["item"] for h in held])
    }
    sealed = [
        Sealed("project", h["project"], "item", h["item"], "payload", items[h["item"]]["payload"])
        for h in held
    ]
    payloads = dict(zip((h["lease"] for h in held), await work.open(sealed), strict=True))
    answers = await _reviewed_answers(work, [h for h in held if h["stage"] == "review"])
    work.saw(*(["payload"] if held else []), results=[h["item"] for h in held])
    return [_shown(work, rows[one], payloads.get(one), answers) for one in ids if one in rows]


def _shown(work: Work, row: dict[str, Any], payload: Any, answers: dict[UUID, Any]) -> dict[str, Any]:
    shown = {
        "id": row["lease"],
        "task": work.vault.handle(work.tenant, row["lease"], "task"),
        "item": work.vault.handle(work.tenant, row["lease"], "item"),
        "project": row["project"],
        "stage": row["stage"],
        "state": row["how"] or "held",
        "payload": payload,
        "guideline_version": row["guideline_version"],
        "claimed_at": row["claimed_at"],
        "expires_at": row["until"],
    }
    return shown | ({"answer": answers.get(row["lease"])} if row["stage"] == "review" else {})


async def _reviewed_answers(work: Work, reviewing: list[dict[str, Any]]) -> dict[UUID, Any]:
    """Review lease -> the answer under review."""
    if not reviewing:
        return {}
    rows = await tasks.by_ids(work.conn, tasks.SUBJECTS, work.tenant, [row["task"] for row in reviewing])
    subjects = {row["review_task"]: row for row in rows}
    sealed = [
        Sealed(
            "project",
            r["project"],
            "lease",
            subjects[r["task"]]["lease"],
            "answer",
            subjects[r["task"]]["answer"],
        )
        for r in reviewing
    ]
    work.saw("answer")
    return dict(zip((row["lease"] for row in reviewing), await work.open(sealed), strict=True))


async def _gate_open(work: Work, held: list[UUID], strict: bool) -> set[UUID]:
    """Those of the held leases whose holder may see the payload at this moment."""
    open_ = set()
    for may in await work.conn.fetch(claims.MAY_OF_LEASES, work.tenant, held, work.now):
        lacking = unmet(may)
        if may["status"] == "active" and not lacking:
            open_.add(may["lease"])
        elif strict:
            raise await closed(work, work.me, may["status"], lacking)
    return open_


async def closed(
    work: Work, annotator: UUID, status: str, lacking: Sequence[str], kind: Kind = "forbidden"
) -> Refusal:
    """What closes the gate, with what the person can do about it."""
    told = await reasons(work, annotator, lacking) if status == "active" else []
    return Refusal(
        kind,
        told[0][1]["code"] if told else "suspended",
        expected="an active person who holds everything the work asks for",
        found=f"status {status}, missing {', '.join(lacking) or 'nothing'}",
        mend=f"{told[0][1]['mend'] or 'do what is missing'}, then pull again"
        if told
        else "ask a manager, then pull again",
        extra={"missing": list(lacking)},
    )


async def my_lease(work: Work, lease: UUID) -> dict[str, Any]:
    """A lease of this person, held or ended; anybody else's does not exist."""
    rows = await tasks.by_ids(work.conn, tasks.LEASES_BY_ID, work.tenant, [lease])
    if not rows or rows[0]["annotator"] != work.me:
        raise not_found("a lease")
    if work.caller.subject.project not in (None, rows[0]["project"]):
        raise not_found("a lease")
    work.saw(subjects=[work.me])
    return rows[0]


async def lease_get(work: Work, *, lease: UUID) -> Answer:
    """A lease as its holder sees it; its payload and the draft begun only while it is held and allowed."""
    work.require("lease:work", owner=work.me)
    await work.conn.fetchval(claims.SHARE_PERSON, work.tenant, work.me)
    row = await my_lease(work, lease)
    (shown,) = await leases_shown(work, [lease])
    draft = await drafts.find(work.conn, work.tenant, row) if shown["state"] == "held" else None
    if draft is not None:
        sealed = Sealed("project", row["project"], "lease", draft["lease"], "draft", draft["draft"])
        (shown["draft"],) = await work.open([sealed])
    return Answer(shown)


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
