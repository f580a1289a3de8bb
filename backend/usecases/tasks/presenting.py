"""Presenting: leases as their holders see them, and the gate through which payloads are shown."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from backend.domain.errors import Kind, Refusal
from backend.events.ids import LeaseId
from backend.readmodels import gate, tasks
from backend.usecases.gates import unmet
from backend.usecases.insight.explaining import reasons
from backend.usecases.review.label_showing import shown_labels
from backend.usecases.tasks.designs import design, steps_of
from backend.usecases.tasks.listing import limits_of
from backend.usecases.tasks.showing import reviewed_answers, shown_answers
from backend.usecases.vault import Sealed
from backend.usecases.work import Work

Row = dict[str, Any]


async def leases_shown(
    hands: Sequence[tuple[Work, Mapping[LeaseId, Row | None]]], *, strict: bool = True
) -> dict[Work, list[dict[str, Any]]]:
    """Leases as their holders see them: own handles, and payloads only of what is held and still allowed.

    A row given with its lease is of one just claimed; the others are looked up and pass the gate first. `strict` raises
    what closes it; otherwise the payload is left out.
    """
    work = hands[0][0]
    rows: dict[UUID, Row] = {i: row for _, of_one in hands for i, row in of_one.items() if row is not None}
    open_ = dict(rows)
    sought = [one for _, of_one in hands for one in of_one if one not in rows]
    held = await _held(work, sought)
    ended = await tasks.by_ids(
        work.conn, tasks.LEASES_BY_ID, work.tenant, [i for i in sought if i not in held]
    )
    rows |= held | {row["lease"]: row for row in ended}
    for member, of_one in hands:
        with member.own():
            open_ |= {i: held[i] for i in of_one if i in held and await _gate_open(member, held[i], strict)}
    seen = await _seen(work, open_)
    shown = {}
    for member, of_one in hands:
        mine = [open_[one] for one in of_one if one in open_]
        others = any(seen[row["lease"]].keys() & {"answer", "shown"} for row in mine)
        member.saw(*["payload"] * bool(mine), *["answer"] * others, results=[row["item"] for row in mine])
        shown[member] = [_shown(member, rows[i], seen.get(i, {})) for i in of_one if i in rows]
    return shown


async def _held(work: Work, ids: Collection[UUID]) -> dict[UUID, Row]:
    """Those of the leases that are held, with what the gate asks and the sealed payload."""
    if not ids:
        return {}
    found = await tasks.rows(work.conn, gate.SHOWN, work.tenant, list(ids), work.now)
    return {row["lease"]: row for row in found}


async def _gate_open(work: Work, row: Row, strict: bool) -> bool:
    """Whether the lease's holder may see the payload at this moment."""
    lacking = unmet(row)
    if row["status"] == "active" and not lacking:
        return True
    if strict:
        raise await closed(work, work.me, row["status"], lacking)
    return False


async def _seen(work: Work, rows: Mapping[UUID, Row]) -> dict[UUID, dict[str, Any]]:
    """Lease -> what its holder is shown: the payload, the answer under review, others' answers, the step's design."""
    sealed = [
        Sealed("project", r["project"], "item", r["item"], "payload", r["payload"]) for r in rows.values()
    ]
    clear = await work.open(sealed)
    seen: dict[UUID, dict[str, Any]] = {
        lease: {"payload": payload} for lease, payload in zip(rows, clear, strict=True)
    }
    reviewing = [row for row in rows.values() if row["stage"] == "review"]
    for lease, answer in (await reviewed_answers(work, reviewing)).items():
        seen[lease]["answer"] = answer
    for lease, others in (await shown_labels(work, list(rows.values()))).items():
        seen[lease]["shown"] = others
    begun = [row for row in rows.values() if row["workflow_version"]]
    if begun:
        steps = await steps_of(work, begun)
        # Gold is shown only where a step shows nothing of others: there neither it nor work asks for what there is.
        showing = [row for row in begun if row["task"] in steps and steps[row["task"]].shows]
        for row in (one for one in begun if one["task"] in steps):
            seen[row["lease"]] |= design(steps[row["task"]])
        for lease, told in (await shown_answers(work, showing)).items():
            seen[lease] |= {"shown": told} if told else {}
    return seen


def _shown(work: Work, row: Row, seen: Mapping[str, Any]) -> dict[str, Any]:
    """The same fields for every lease, so that none of them tells gold from work."""
    shown = {
        "id": row["lease"],
        "task": work.vault.handle(work.tenant, row["lease"], "task"),
        "item": work.vault.handle(work.tenant, row["lease"], "item"),
        "project": row["project"],
        "stage": row["stage"],
        "step": row["step"],
        "state": row["how"] or row["state"],
        "priority": row["priority"],
        "assigned": row["assigned"],
        "payload": seen.get("payload"),
        "tool": seen.get("tool"),
        "answer_schema": seen.get("answer_schema"),
        "shown": seen.get("shown", []),
        "guideline_version": row["guideline_version"],
        "claimed_at": row["claimed_at"],
        "start_by": row["start_by"],
        **limits_of(work, row),
    }
    return shown | ({"answer": seen.get("answer")} if row["stage"] == "review" else {})


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
