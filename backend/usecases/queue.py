"""The queue as people meet it: pull, look, keep alive, give back, or be given a named task."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from backend.domain.errors import Kind, Refusal, not_found
from backend.domain.projects.requirement import missing
from backend.events.store.log import AppendConflict
from backend.readmodels import agreements, claims, tasks
from backend.usecases.claiming import Ask, claim
from backend.usecases.delegation import within
from backend.usecases.gates import reason
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work

EMPTY_RETRY_SECONDS = 5
WORKING = ("annotate", "expert")


async def lease_pull(work: Work, *, project: UUID | None, max: int) -> Answer:
    """The next tasks for this person, or why there are none."""
    work.require("lease:pull", owner=work.me)
    return await pull(work, project, WORKING, max)


async def pull(work: Work, project: UUID | None, stages: tuple[str, ...], most: int) -> Answer:
    """Claim and show; an empty hand says why, machine-readably."""
    project = within(work, project)
    claimed = (await claim(work, [Ask(work.me, project, stages, most)]))[work.me]
    await work.flush()
    try:
        shown = await leases_shown(work, claimed)
    except Refusal as closed_meanwhile:
        # An empty pull is no refusal: decide again, and say what is missing.
        raise AppendConflict(set(claimed)) from closed_meanwhile
    reasons = [] if claimed else await why_nothing(work, project, stages)
    return Answer({"leases": shown, "reasons": reasons}, keep={"leases": claimed, "reasons": reasons})


async def pull_again(work: Work, kept: dict[str, Any]) -> dict[str, Any]:
    """A repeated pull: the same leases, whose payloads are read again through the gate."""
    ids = [UUID(str(lease)) for lease in kept["leases"]]
    return {"leases": await leases_shown(work, ids, strict=False), "reasons": kept["reasons"]}


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
    for may in await tasks.by_ids(work.conn, claims.MAY_OF_LEASES, work.tenant, held):
        lacking = missing(may["requires"], may["tokens"])
        if may["status"] == "active" and not lacking:
            open_.add(may["lease"])
        elif strict:
            raise await closed(work, may["status"], lacking)
    return open_


async def closed(work: Work, status: str, lacking: Sequence[str], kind: Kind = "forbidden") -> Refusal:
    """What closes the gate, with what the person can do about it."""
    why = {"code": "suspended"} if status != "active" else reason(lacking[0], await _exams(work))
    return Refusal(
        kind,
        why["code"],
        expected="an active person who holds everything the work asks for",
        found=f"status {status}, missing {', '.join(lacking) or 'nothing'}",
        mend="do what is missing, then pull again",
        extra={"missing": list(lacking)},
    )


async def _exams(work: Work) -> frozenset[str]:
    return frozenset(
        str(c["course"]) for c in await agreements.courses(work.conn, work.tenant) if c["exam_gold"]
    )


async def why_nothing(work: Work, project: UUID | None, stages: tuple[str, ...]) -> list[dict[str, Any]]:
    """Reasons for an empty pull, most binding first; no_tasks when nothing but work is missing."""
    person = (await claims.lock_people(work.conn, work.tenant, [work.me])).get(work.me)
    if person is None or person.status != "active":
        return [{"code": person.status if person and person.status != "invited" else "suspended"}]
    if person.room <= 0:
        return [{"code": "at_capacity", "retry_after_s": EMPTY_RETRY_SECONDS}]
    lanes = await tasks.rows(work.conn, claims.LANES_OF_PROJECT, work.tenant, project, list(stages))
    mine = [lane for lane in lanes if f"role:{_ROLE[lane['stage']]}" in person.tokens]
    lacking = [missing(lane["requires"], person.tokens) for lane in mine]
    if not mine or any(not one for one in lacking):
        return [{"code": "no_tasks", "retry_after_s": EMPTY_RETRY_SECONDS}]
    exams = await _exams(work)
    counts: dict[str, int] = {}
    for token in (token for one in lacking for token in one):
        counts[token] = counts.get(token, 0) + 1
    return [{**reason(token, exams), "count": n} for token, n in sorted(counts.items())]


_ROLE = {"annotate": "annotator", "review": "reviewer", "expert": "expert"}


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
    """A lease as its holder sees it; its payload only while it is held and allowed."""
    work.require("lease:work", owner=work.me)
    await my_lease(work, lease)
    return Answer((await leases_shown(work, [lease]))[0])


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
