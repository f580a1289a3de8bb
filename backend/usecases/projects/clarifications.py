"""Clarifications: who works in a project asks; managers, reviewers and experts answer, and may share the answer."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from backend.domain.access import policy
from backend.domain.errors import Refusal, not_found
from backend.domain.projects import clarification as domain
from backend.events.ids import AnnotatorId, ClarificationId, LeaseId, ProjectId, ReplyId
from backend.readmodels import clarifications, projects, tasks
from backend.usecases.reach import reach_filter, reached
from backend.usecases.tasks.queue import my_lease
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work

Seat = Literal["manager", "reviewer", "asker", "reader"]
"""From where somebody looks at a thread; a reader is whom it was shared with."""
MAY_ASK = ("onboarding", "active", "paused")


async def clarification_ask(work: Work, *, project: UUID, text: str, lease: UUID | None = None) -> Answer:
    """Ask about a project, or about the work under one's own lease in it, held or ended."""
    work.require("clarification:ask", owner=work.me, project=ProjectId(project))
    await _existing(work, project)
    stands = await clarifications.near(work.conn, work.tenant, project, work.me, work.now)
    if stands["status"] not in MAY_ASK:
        raise _not_active(stands["status"])
    if lease is not None and (await my_lease(work, lease))["project"] != project:
        raise not_found("a lease")
    asked = ClarificationId(work.new_id())
    keys = await work.keys(("project", project))
    command = domain.Ask(
        clarification=asked,
        project=ProjectId(project),
        annotator=AnnotatorId(work.me),
        lease=LeaseId(lease) if lease else None,
        text=keys.seal_json("project", project, "clarification", asked, "text", text),
    )
    work.decide(domain.CLARIFICATION, asked, command)
    work.saw(subjects=[work.me], results=[asked])
    return Answer({"id": asked, "asked_at": work.now}, "created")


async def clarification_reply(work: Work, *, clarification: UUID, text: str) -> Answer:
    """Answer a question, or say more to one's own."""
    work.require("clarification:reply", owner=work.me)
    row, _ = await _thread(work, "clarification:reply", clarification)
    reply = ReplyId(work.new_id())
    keys = await work.keys(("project", row["project"]))
    sealed = keys.seal_json("project", row["project"], "clarification_reply", reply, "text", text)
    command = domain.Reply(reply=reply, by=work.me, text=sealed)
    await work.load(domain.CLARIFICATION, [clarification])
    work.decide(domain.CLARIFICATION, clarification, command)
    work.saw(subjects=[row["annotator"]], results=[clarification])
    return Answer({"id": reply, "clarification": clarification, "at": work.now}, "created")


async def clarification_close(work: Work, *, clarification: UUID, shared: bool) -> Answer:
    """End it. Whoever may answer may share it with all who work in the project; the asker only ends it."""
    work.require("clarification:close", owner=work.me)
    row, seat = await _thread(work, "clarification:close", clarification)
    if shared and seat == "asker":
        raise _not_yours_to_share()
    await work.load(domain.CLARIFICATION, [clarification])
    work.decide(domain.CLARIFICATION, clarification, domain.Close(by=work.me, shared=shared))
    work.saw(subjects=[row["annotator"]], results=[clarification])
    return Answer({"id": clarification, "state": "closed", "shared": shared})


async def clarification_get(work: Work, *, clarification: UUID) -> Answer:
    """A thread with its replies in order; who asked and who answered is named to managers alone."""
    work.require("clarification:read", owner=work.me)
    row, seat = await _thread(work, "clarification:read", clarification)
    said = await clarifications.replies(work.conn, work.tenant, clarification)
    sealed = [
        Sealed("project", row["project"], "clarification_reply", one["reply"], "text", one["text"])
        for one in said
    ]
    (shown,) = await _shown(work, [(row, seat)])
    replies = [
        {
            "id": one["reply"],
            "at": one["at"],
            "by": one["by"],
            "principal": one["said_by"] if seat == "manager" else None,
            "text": text,
        }
        for one, text in zip(said, await work.open(sealed), strict=True)
    ]
    return Answer(shown | {"item": await _item(work, row, seat), "replies": replies})


async def clarification_list(
    work: Work, *, project: UUID, state: Literal["open", "closed"] | None, cursor: str | None, limit: int
) -> Answer:
    """Threads of a project, newest first: to who answers all of them (of their own people, where the key is limited
    to some), to who works there their own and the shared ones."""
    work.require("clarification:read", owner=work.me, project=ProjectId(project))
    await _existing(work, project)
    manages = _manages(work, "clarification:read", project)
    stands = await clarifications.near(work.conn, work.tenant, project, work.me, work.now)
    at, _, last = (cursor or "").partition("|")
    rows = await clarifications.page(
        work.conn,
        work.tenant,
        project,
        None if state is None else state == "open",
        (datetime.fromisoformat(at), UUID(last)) if cursor else (None, None),
        reach_filter(work),
        None if manages or stands["reviews"] else work.me,
        stands["works"],
        limit + 1,
    )
    seats = [(row, _seat(work, row, manages, stands)) for row in rows[:limit]]
    shown = await _shown(work, [(row, seat) for row, seat in seats if seat])
    more = f"{shown[-1]['asked_at'].isoformat()}|{shown[-1]['id']}" if len(rows) > limit else None
    return Answer({"data": shown, "next_cursor": more})


# --- who sees what


async def _existing(work: Work, project: UUID) -> None:
    if not await projects.find(work.conn, work.tenant, [project]):
        raise not_found("a project")


def _manages(work: Work, action: str, project: UUID) -> bool:
    """Whether a role alone allows the action on what is not the caller's own."""
    about = policy.Resource(tenant=work.tenant, project=ProjectId(project))
    return policy.decide(work.caller.subject, action, about).allow


async def _thread(work: Work, action: str, clarification: UUID) -> tuple[dict[str, Any], Seat]:
    """A thread and the seat from which the caller asks for the action. Raises not_found for who has none."""
    row = await clarifications.find(work.conn, work.tenant, clarification)
    if row is None or work.caller.subject.project not in (None, row["project"]):
        raise not_found("a clarification")
    manages = _manages(work, action, row["project"])
    if manages and not await reached(work, [row["annotator"]]):
        raise not_found("a clarification")
    stands = await clarifications.near(work.conn, work.tenant, row["project"], work.me, work.now)
    seat = _seat(work, row, manages, stands)
    if seat is None:
        raise not_found("a clarification")
    return row, seat


def _seat(work: Work, row: dict[str, Any], manages: bool, stands: dict[str, Any]) -> Seat | None:
    if manages:
        return "manager"
    if stands["reviews"]:
        return "reviewer"
    if row["annotator"] == work.me:
        return "asker"
    return "reader" if row["shared"] and stands["works"] else None


async def _shown(work: Work, rows: list[tuple[dict[str, Any], Seat]]) -> list[dict[str, Any]]:
    sealed = [
        Sealed("project", row["project"], "clarification", row["clarification"], "text", row["text"])
        for row, _ in rows
    ]
    clear = await work.open(sealed)
    work.saw(
        "text",
        subjects=[row["annotator"] for row, _ in rows],
        results=[row["clarification"] for row, _ in rows],
    )
    beside = ("project", "shared", "asked_at", "closed_at", "reply_count", "first_answer_after_s")
    return [
        {name: row[name] for name in beside}
        | {
            "id": row["clarification"],
            "state": "open" if row["closed_at"] is None else "closed",
            "mine": row["annotator"] == work.me,
            "annotator": row["annotator"] if seat == "manager" else None,
            "lease": row["lease"] if seat == "manager" or row["annotator"] == work.me else None,
            "text": text,
        }
        for (row, seat), text in zip(rows, clear, strict=True)
    ]


async def _item(work: Work, row: dict[str, Any], seat: Seat) -> UUID | None:
    """The item of the lease that the question names, to managers who may read the project's items."""
    if seat != "manager" or row["lease"] is None or not _manages(work, "item:read", row["project"]):
        return None
    (lease,) = await tasks.by_ids(work.conn, tasks.LEASES_BY_ID, work.tenant, [row["lease"]])
    return UUID(str(lease["item"]))


# --- refusals


def _not_active(status: str | None) -> Refusal:
    return Refusal(
        "conflict",
        "not_active",
        expected="somebody who works here, or is about to",
        found=f"one who is {status or 'no person'}",
        mend="ask a manager what keeps you from working",
    )


def _not_yours_to_share() -> Refusal:
    return Refusal(
        "forbidden",
        "forbidden",
        expected="a manager, a reviewer or an expert, who may share an answer with all who work in the project",
        found="the asker",
        mend="close it without sharing, or ask a manager to share it",
    )
