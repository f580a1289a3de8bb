"""Flags as managers see and settle them: the case with its numbers, what was decided, and what follows from that."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic_core import from_json

from backend.domain.errors import Refusal, not_found
from backend.domain.proficiency.flag import FLAG, Settle
from backend.events import flags as ev
from backend.events import proficiency as scores
from backend.events.base import Recorded, name_of
from backend.events.ids import AnnotatorId, FlagId, ProjectId
from backend.events.store import log
from backend.readmodels import flags as rows
from backend.readmodels import people
from backend.usecases.quality.flag_formulas import FORMULAS
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work

REDECIDE_MAX = 10_000
Row = dict[str, Any]


async def flag_list(
    work: Work,
    *,
    state: str | None,
    kind: str | None,
    annotator: UUID | None,
    project: UUID | None,
    cursor: str | None,
    limit: int,
) -> Answer:
    """Flags, newest first; of a person also those in which they are the second one of a pair."""
    work.require("flag:read", project=ProjectId(project) if project else None)
    after = UUID(cursor) if cursor else None
    asked = (state, kind, annotator, project, after, limit + 1)
    found = await rows.fetch(work.conn, rows.LIST, work.tenant, *asked)
    page = found[:limit]
    work.saw(subjects={who for row in page for who in _about(row)}, results=[row["flag"] for row in page])
    more = str(page[-1]["flag"]) if len(found) > limit else None
    return Answer({"data": [_brief(row) for row in page], "next_cursor": more})


async def flag_get(work: Work, *, flag: UUID) -> Answer:
    """The case: the numbers with the formula and its thresholds, the answers behind them, both people of a pair, what
    was decided so far, and whose answers weigh nothing."""
    work.require("flag:read")
    return Answer(await _case(work, await _found(work, flag)))


async def flag_settle(
    work: Work,
    *,
    flag: UUID,
    decision: str,
    reason: str,
    since: datetime | None = None,
    annotators: tuple[UUID, ...] = (),
) -> Answer:
    """Decide. `discounted`: the answers from `since` on weigh nothing in results and scores from now on, and are kept;
    another decision later gives them their weight back. Nobody is suspended, and nothing is decided again by itself."""
    work.require("flag:settle")
    row = await _found(work, flag)
    await _there(work, row["annotator"])
    keys = await work.keys(("person", row["annotator"]))
    await work.load(FLAG, [row["stream"]])
    command = Settle(
        flag=FlagId(flag),
        decision=decision,
        reason=keys.seal_json("person", row["annotator"], "flag", flag, "reason", reason),
        now=work.now,
        since=since,
        people=[AnnotatorId(one) for one in sorted(set(annotators))],
    )
    work.decide(FLAG, row["stream"], command)
    await work.flush()
    return Answer(await _case(work, await _found(work, flag)))


async def flag_redecide(work: Work, *, flag: UUID, after: UUID | None = None) -> Answer:
    """Decide items again in which answers count that this flag discounted or gave their weight back, by the answers
    there are; without a workflow only. What a reviewer or an expert decided stands. So many at a time: `next` is where
    to go on."""
    work.require("flag:settle")
    row = await _found(work, flag)
    if row["people_since"] is None:
        raise _never_discounted()
    about = (row["people"], row["people_since"], row["skill"], after, REDECIDE_MAX)
    found = [one["task"] for one in await rows.fetch(work.conn, rows.DECIDABLE, work.tenant, *about)]
    for task in found:
        work.enqueue("task_decide", str(task), {"task": str(task)})
    work.saw(subjects=_about(row), results=[flag])
    return Answer({"tasks": len(found), "next": found[-1] if len(found) == REDECIDE_MAX else None})


# --- shown


def _about(row: Row) -> list[UUID]:
    return [one for one in (row["annotator"], row["other"]) if one is not None]


def _brief(row: Row) -> Row:
    names = ("kind", "annotator", "other", "skill", "project", "amount", "raised_at", "settled_at")
    return {
        "id": row["flag"],
        **{name: row[name] for name in names},
        "state": "open" if row["decision"] is None else "settled",
        "decision": row["decision"],
    }


async def _case(work: Work, row: Row) -> Row:
    evidence = from_json(row["evidence"])
    behind = await rows.fetch(work.conn, rows.BEHIND, work.tenant, [UUID(one) for one in evidence["leases"]])
    weightless = await rows.in_force(work.conn, work.tenant, row["flag"])
    formula = FORMULAS[row["kind"]]
    work.saw("reason", subjects=_about(row), results=[row["flag"]])
    return _brief(row) | {
        "formula": formula.name,
        "says": formula.says,
        "numbers": evidence["numbers"],
        "thresholds": from_json(row["threshold"]),
        "tokens": evidence["tokens"],
        "signals": evidence["signals"],
        "days": evidence.get("days", []),
        "since": row["since"],
        "basis_index": row["basis_index"],
        "answers": [_behind(one) for one in behind],
        "settled_by": row["settled_by"],
        "reason": await _reason(work, row),
        "discounted": [{"annotator": who, "since": at} for who, at in weightless.items()],
        "rework": await _rework(work, row),
        "history": _history((await log.load(work.conn, work.tenant, [row["stream"]]))[row["stream"]]),
    }


def _behind(row: Row) -> Row:
    seconds = row["seconds"]
    return {**row, "seconds": None if seconds is None else round(seconds, 3)}


async def _reason(work: Work, row: Row) -> str | None:
    if row["reason"] is None:
        return None
    place = Sealed("person", row["annotator"], "flag", row["flag"], "reason", row["reason"])
    (clear,) = await work.open([place])
    return clear if clear is None else str(clear)


async def _rework(work: Work, row: Row) -> list[Row]:
    """Per project what `rework_plan` takes to have the items done anew, and how many decided ones there are."""
    if row["people_since"] is None:
        return []
    about = (row["people"], row["people_since"], row["skill"])
    found = await rows.fetch(work.conn, rows.TOUCHED, work.tenant, *about)
    selection = {"annotators": row["people"], "answered_from": row["people_since"]}
    return [{"project": one["project"], "decided": one["items"], "selection": selection} for one in found]


def _history(facts: Sequence[Recorded]) -> list[Row]:
    """Every fact of the case, earlier flags of the same suspicion included."""
    told = []
    for fact in facts:
        e: Any = fact.event
        said: Row = {"at": fact.at, "fact": name_of(type(e)), "flag": e.flag, "by": fact.actor.id}
        more: Row = dict.fromkeys(("decision", "annotator", "since", "amount"))
        match e:
            case ev.FlagRaised():
                more |= {"annotator": e.annotator, "since": e.since, "amount": e.amount}
            case ev.FlagSettled():
                more |= {"decision": e.decision}
            case ev.FlagClosed():
                more |= {"decision": e.because}
            case scores.AnswersDiscounted():
                more |= {"annotator": e.annotator, "since": e.since}
            case _:
                more |= {"annotator": e.annotator}
        told.append(said | more)
    return told


# --- helpers


async def _found(work: Work, flag: UUID) -> Row:
    row = await rows.find(work.conn, work.tenant, flag)
    if row is None:
        raise not_found("a flag")
    return row


async def _there(work: Work, annotator: UUID) -> None:
    """A reason about who was erased could never be erased."""
    found = await people.find(work.conn, work.tenant, work.now, [annotator])
    if not found or found[0]["status"] == "erased":
        raise not_found("the annotator whom the flag is about, not erased,")


def _never_discounted() -> Refusal:
    return Refusal(
        "conflict",
        "nothing_discounted",
        expected="a flag by which answers are or were discounted",
        found="one by which none ever was",
        mend="settle it with the decision discounted first",
    )
