"""Practising on escalations: what experts decided for a reason code as questions, to read and for a course to draw."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal, not_found
from backend.domain.proficiency.scoring import canonical
from backend.domain.training.stratify import stratified
from backend.events.base import Secret
from backend.events.ids import CourseId, EscalationId, ItemId, LeaseId, ProjectId
from backend.events.training import ModuleTaught, TaughtEscalation
from backend.readmodels import projects, taught
from backend.usecases.review.expert_calls import reasons_of
from backend.usecases.review.expert_words import words_of
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work

LOOKED_MAX = 2_000
"""A course draws from so many of the newest escalations of a code."""
MOST = 20
"""So many of them, where nothing else is said."""
Row = dict[str, Any]


@dataclass(slots=True)
class Read:
    """Escalations that were read: those that are questions, each with the row it was made of, and why others are
    not."""

    questions: list[tuple[Row, Row]] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


async def escalation_questions(
    work: Work,
    *,
    project: UUID,
    code: str,
    since: datetime | None,
    until: datetime | None,
    cursor: str | None,
    limit: int,
) -> Answer:
    """What experts decided on escalations of this code, opened from `since` on and before `until`, as questions of a
    course's module. A page looks at `limit` escalations by id and counts those that are no question by why."""
    work.require("course:publish", project=ProjectId(project))
    work.require("item:read", project=ProjectId(project))
    await _known(work, project)
    after = UUID(cursor) if cursor else None
    asked = (project, code, since, until, after, limit + 1)
    rows = await taught.fetch(work.conn, taught.PAGE, work.tenant, *asked)
    found = await _read(work, project, code, rows[:limit])
    items = [row["item"] for row, _ in found.questions]
    work.saw("payload", "answer", subjects={row["expert"] for row, _ in found.questions}, results=items)
    more = str(rows[limit - 1]["escalation"]) if len(rows) > limit else None
    return Answer(
        {
            "data": [_shown(row, question) for row, question in found.questions],
            "left_out": [{"why": why, "n": n} for why, n in sorted(found.left_out.items())],
            "next_cursor": more,
        }
    )


async def drawn(work: Work, course: CourseId, module: Mapping[str, Any]) -> tuple[ModuleTaught, list[Row]]:
    """The questions of a module that names escalations, as they are frozen with the course, and in clear with
    `decided_at`.

    Drawn evenly over what experts answered, in an order that tells nothing of it, the same for the same course and
    module. Raises `practice_empty` (conflict) where there is none, not_found for an unknown project."""
    said = module["escalations"]
    project, code = UUID(str(said["project"])), said["code"]
    since, until, most = said.get("since"), said.get("until"), said.get("limit", MOST)
    work.require("item:read", project=ProjectId(project))
    await _known(work, project)
    asked = (project, code, since, until, LOOKED_MAX)
    rows = await taught.fetch(work.conn, taught.NEWEST, work.tenant, *asked)
    taken, left_out = await _drawn(work, project, code, rows, most, f"{course}|{module['id']}|{code}")
    if not taken:
        raise _empty(code, left_out)
    keys = await work.keys(("project", project))
    said_of = [{name: q[name] for name in q if name != "prompt"} for _, q in taken]
    frozen = ModuleTaught(
        module=module["id"],
        project=ProjectId(project),
        code=code,
        since=since,
        until=until,
        most=most,
        said=Secret(keys.seal_json("project", project, "course", course, f"taught:{module['id']}", said_of)),
        escalations=tuple(_taught(row) for row, _ in taken),
    )
    work.saw("answer", results=[row["item"] for row, _ in taken])
    # Decided again and the same is a new version: otherwise what was asked of nobody since could never be asked again.
    return frozen, [q | {"decided_at": row["decided_at"].isoformat()} for row, q in taken]


async def _drawn(
    work: Work, project: UUID, code: str, rows: Sequence[Row], most: int, seed: str
) -> tuple[list[tuple[Row, Row]], Counter[str]]:
    """At most so many of them in their order. What turns out to be no question is left out, and another one drawn."""
    by_id = {row["escalation"]: row for row in rows}
    classes = {one: row["result_class"] for one, row in by_id.items() if row["left_out"] is None}
    left_out = Counter(row["left_out"] for row in rows if row["left_out"])
    read: dict[UUID, Row] = {}
    while True:
        order = stratified(classes, most, seed.encode())
        new = [by_id[one] for one in order if one not in read]
        if not new:
            return [(by_id[one], read[one]) for one in order], left_out
        found = await _read(work, project, code, new)
        read |= {row["escalation"]: question for row, question in found.questions}
        left_out += found.left_out
        for row in new:
            if row["escalation"] not in read:
                del classes[row["escalation"]]


def _taught(row: Row) -> TaughtEscalation:
    lease = row["stands"]
    return TaughtEscalation(
        escalation=EscalationId(row["escalation"]),
        item=ItemId(row["item"]),
        lease=None if lease is None else LeaseId(lease),
    )


def _empty(code: str, left_out: Mapping[str, int]) -> Refusal:
    why = ", ".join(f"{n} {why}" for why, n in sorted(left_out.items()))
    return Refusal(
        "conflict",
        "practice_empty",
        expected=f"escalations for {code!r} whose answer stands",
        found=f"none, left out: {why}" if why else "none at all",
        mend="name another code or a longer period, or wait until experts have answered",
        extra={"code_asked": code, "left_out": dict(left_out)},
    )


async def _known(work: Work, project: UUID) -> None:
    if not await projects.find(work.conn, work.tenant, [project]):
        raise not_found("a project")


# --- reading


async def _read(work: Work, project: UUID, code: str, rows: Sequence[Row]) -> Read:
    """These escalations as questions. Adds `stands` to each row: the lease under which an expert said what is right,
    None where it was decided otherwise since."""
    found = Read(left_out=Counter(row["left_out"] for row in rows if row["left_out"]))
    asked = [row for row in rows if row["left_out"] is None]
    if not asked:
        return found
    places = [
        place
        for row in asked
        for place in (
            Sealed("project", project, "item", row["item"], "payload", row["payload"]),
            Sealed("project", project, "result", row["task"], "result", row["result"]),
            Sealed("project", project, "lease", row["lease"], "answer", row["answer"]),
        )
    ]
    clear = await work.open(places)
    gold = await _gold_payloads(work, project)
    words = await words_of(work, [row["lease"] for row in asked])
    label, asks = (await reasons_of(work, project)).get(code, (code, ""))
    for place, row in enumerate(asked):
        payload, result, said = clear[3 * place : 3 * place + 3]
        why = _no_question(payload, result, gold)
        if why is not None:
            found.left_out[why] += 1
            continue
        row["stands"] = row["lease"] if canonical(said) == canonical(result["answer"]) else None
        question = {
            "id": str(row["escalation"]),
            "prompt": payload,
            "answer": result["answer"],
            **({"hint": asks} if asks else {}),
            "explanation": _explanation(label, asks, words.get(row["stands"])),
        }
        found.questions.append((row, question))
    return found


def _explanation(label: str, asks: str, words: Mapping[str, Any] | None) -> str:
    """What the reason is called and asks; below it what was said of the answer that stands, by whom untold."""
    about = f"{label}: {asks}" if asks else label
    return f"{about}\n\n{words['words']}" if words else about


def _no_question(payload: Any, result: Any, gold: Collection[str]) -> str | None:
    if payload is None or result is None:
        return "erased"
    if len(result.get("top", ())) != 1:
        return "undecided"
    return "gold" if canonical(payload) in gold else None


async def _gold_payloads(work: Work, project: UUID) -> set[str]:
    """What the project's live gold shows: the same payload may have come in twice, once as gold. Nobody is shown any of
    it here."""
    rows = await taught.fetch(work.conn, taught.GOLD_PAYLOADS, work.tenant, project)
    places = [Sealed("project", project, "item", row["item"], "payload", row["payload"]) for row in rows]
    return {canonical(payload) for payload in await work.open(places)}


def _shown(row: Row, question: Row) -> Row:
    return {
        **{name: row[name] for name in ("escalation", "item", "opened_at", "resolved_at", "decided_at")},
        "expert": row["expert"],
        "lease": row["stands"],
        "corrected": row["stands"] != row["first_lease"],
        "question": question,
    }
