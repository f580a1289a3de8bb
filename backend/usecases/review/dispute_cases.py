"""The case of a dispute: who may look at it, and what they see then."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from backend.domain.errors import not_found
from backend.events import review as review_ev
from backend.events.base import Secret
from backend.events.store import log
from backend.readmodels import disputes as rows
from backend.readmodels import gate, people, projects, tasks
from backend.readmodels.released import REGIONS
from backend.readmodels.reviews import REVIEWS_OF_LEASES
from backend.usecases.gates import requirements
from backend.usecases.vault import Sealed
from backend.usecases.work import Work

DECIDING = ("review", "expert")
"""Who may do one of these kinds of work in a project may decide its disputes."""
Row = dict[str, Any]


async def served(work: Work, about: Iterable[UUID]) -> set[UUID]:
    """Those of these projects whose disputes the caller may look at: a person where they may review or are an expert at
    this moment, anybody else by the right they have asked for. None outside of a key that is for one project."""
    limit = work.caller.subject.project
    asked = sorted({one for one in about if limit is None or one == limit})
    if work.caller.subject.kind != "annotator":
        return set(asked)
    await work.conn.fetchval(gate.SHARE_PERSON, work.tenant, work.me)
    found = await people.find(work.conn, work.tenant, work.now, [work.me])
    if not found or found[0]["status"] != "active":
        return set()
    open_ = set()
    for project in await projects.find(work.conn, work.tenant, asked) if asked else []:
        wanted = await requirements(work, project)
        if any(not wanted[stage].unmet(found[0]["tokens"]) for stage in DECIDING):
            open_.add(project["project"])
    return open_


async def met(work: Work, row: Row) -> bool:
    """Whether the caller has answered or judged the item, in any role, or holds it now."""
    asked = (row["project"], row["item"], work.me)
    return bool(await work.conn.fetchval(rows.MET, work.tenant, *asked))


async def answer_of(work: Work, row: Row) -> Row:
    """The row of the answer that is disputed."""
    found = await rows.fetch(work.conn, rows.ANSWER, work.tenant, row["lease"])
    if not found:
        raise not_found("an answer")
    return found[0]


async def case_of(work: Work, row: Row) -> Row:
    """What is looked at: the item, the answer, what is held to be right, and what was said, each None where there is
    none or it was erased. Nothing says who answered or judged."""
    answer = await answer_of(work, row)
    about, item = row["project"], row["item"]
    (place,) = await tasks.by_ids(work.conn, tasks.ITEMS, work.tenant, [item])
    judged, sealed = await _judged(work, row)
    payload, said, reason, *more = await work.open(
        [
            Sealed("project", about, "item", item, "payload", place["payload"]),
            Sealed("project", about, "lease", row["lease"], "answer", answer["answer"]),
            Sealed("person", row["annotator"], "dispute", row["dispute"], "reason", row["reason"]),
            *sealed.values(),
        ]
    )
    opened = dict(zip(sealed, more, strict=True))
    work.saw("payload", "answer", "truth", "reason", subjects=[row["annotator"]], results=[item])
    return {
        "id": row["dispute"],
        "project": about,
        "source": row["source"],
        "until": row["until"],
        "guideline_version": answer["guideline_version"],
        "payload": payload,
        "answer": said,
        "truth": opened.get("truth"),
        "note": opened.get("note"),
        **judged,
        "reason": reason,
    }


async def _judged(work: Work, row: Row) -> tuple[Row, dict[str, Sealed]]:
    """The verdict with its regions, and where truth and note are written."""
    about = row["project"]
    if row["gold"] is not None:
        (gold,) = await tasks.by_ids(work.conn, tasks.GOLD_BY_ID, work.tenant, [row["gold"]])
        place = Sealed("project", about, "gold", row["gold"], "truth", gold["truth"])
        return {"verdict": None, "regions": []}, {"truth": place}
    (review,) = await tasks.by_ids(work.conn, REVIEWS_OF_LEASES, work.tenant, [row["lease"]])
    regions = await rows.fetch(work.conn, REGIONS, work.tenant, [review["review"]])
    sealed = {}
    if review["correction"] is not None:
        sealed["truth"] = Sealed(
            "project", about, "review", review["review"], "correction", review["correction"]
        )
    note = (await notes_of(work, [review["review"]])).get(review["review"])
    if note is not None:
        sealed["note"] = Sealed("project", about, "review", review["review"], "note", note)
    told = [{name: one[name] for name in ("at", "verdict", "code")} for one in regions]
    return {"verdict": review["verdict"], "regions": told}, sealed


async def notes_of(work: Work, reviews: list[UUID]) -> dict[UUID, Secret]:
    """Review -> the note (ciphertext) of its verdict, of those that have one."""
    found = await log.load(work.conn, work.tenant, reviews)
    return {
        about: fact.event.note
        for about, facts in found.items()
        for fact in facts
        if isinstance(fact.event, review_ev.VerdictGiven) and fact.event.note is not None
    }
