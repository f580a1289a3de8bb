"""Reading people: one, many, and everything that ever happened to somebody's standing."""

from dataclasses import fields
from typing import Any
from uuid import UUID

from backend.domain.errors import not_found
from backend.domain.workforce import annotator as annotators
from backend.domain.workforce.standing import status_of
from backend.events.base import Recorded, name_of
from backend.events.store import log
from backend.readmodels import people
from backend.usecases.reach import reach, reach_filter
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work

HIDDEN = frozenset(
    {"annotator", "name", "email", "email_index", "claim_key", "claim_fingerprint", "basis_index"}
)
"""Fields of an event that its history does not tell."""
SEALED = {"reason": "tenant", "evidence": "person"}
"""Field -> under whose key it is."""
PLAIN = (
    "status roles tokens invited_at origin vendor team paused_until status_since screened_at claimed_at"
    " activated_at ended_at"
).split()


async def annotator_get(work: Work, *, annotator: UUID) -> Answer:
    """One person, with name and e-mail for those who may see them."""
    work.require("annotator:read", owner=annotator)
    await reach(work, [annotator])
    rows = await people.find(work.conn, work.tenant, work.now, [annotator])
    if not rows:
        raise not_found("an annotator")
    return Answer((await _shown(work, rows))[0])


async def annotator_list(
    work: Work,
    *,
    status: str | None,
    vendor: UUID | None = None,
    team: UUID | None = None,
    cursor: str | None,
    limit: int,
) -> Answer:
    """People by id, page by page; the manager of a vendor or a team sees their own."""
    work.require("annotator:read")
    own_vendor, own_team = reach_filter(work)
    if (own_vendor and vendor not in (None, own_vendor)) or (own_team and team not in (None, own_team)):
        return Answer({"data": [], "next_cursor": None})
    after = UUID(cursor) if cursor else None
    rows = await people.find(
        work.conn,
        work.tenant,
        work.now,
        None,
        after,
        status,
        limit + 1,
        own_vendor or vendor,
        own_team or team,
    )
    shown = rows[:limit]
    more = str(shown[-1]["annotator"]) if len(rows) > limit else None
    return Answer({"data": await _shown(work, shown), "next_cursor": more})


async def _shown(work: Work, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    wanted = [
        Sealed("person", row["annotator"], "annotator", row["annotator"], field, row[field])
        for row in rows
        for field in ("name", "email")
        if row[field] is not None
    ]
    wanted += [
        Sealed("tenant", work.tenant, "annotator", row["annotator"], "reason", row["reason"])
        for row in rows
        if row["reason"] is not None
    ]
    clear = dict(zip(((s.record_id, s.field) for s in wanted), await work.open(wanted), strict=True))
    work.saw("name", "email", subjects=[row["annotator"] for row in rows])
    return [
        {
            "id": row["annotator"],
            **{name: clear.get((row["annotator"], name)) for name in ("name", "email", "reason")},
            **{name: row[name] for name in PLAIN},
        }
        for row in rows
    ]


async def annotator_history(work: Work, *, annotator: UUID) -> Answer:
    """Every step of a person's standing, oldest first: what, when, by whom, why, on what evidence, and where they
    stood then. The person reads everything but the evidence."""
    work.require("annotator:read", owner=annotator)
    await reach(work, [annotator])
    facts = (await log.load(work.conn, work.tenant, [annotator])).get(annotator)
    if not facts or not isinstance(facts[0].event, annotators.Event):
        raise not_found("an annotator")
    told = ("reason",) if work.me == annotator else ("reason", "evidence")
    sealed = {
        (n, field): place
        for n, fact in enumerate(facts)
        for field in told
        if (place := _place(work, annotator, fact, field)) is not None
    }
    clear = dict(zip(sealed, await work.open(list(sealed.values())), strict=True))
    work.saw(*told, subjects=[annotator])
    steps, state = [], annotators.ANNOTATOR.initial
    for n, fact in enumerate(facts):
        state = annotators.ANNOTATOR.evolve(state, fact.event)
        steps.append(
            _step(fact) | {field: clear.get((n, field)) for field in SEALED} | {"status": status_of(state)}
        )
    return Answer({"annotator": annotator, "steps": steps})


def _place(work: Work, annotator: UUID, fact: Recorded, field: str) -> Sealed | None:
    envelope = getattr(fact.event, field, None)
    if envelope is None:
        return None
    if SEALED[field] == "tenant":
        return Sealed("tenant", work.tenant, "annotator", annotator, field, envelope)
    return Sealed("person", annotator, "annotator", annotator, field, envelope)


def _step(fact: Recorded) -> dict[str, Any]:
    by = {"kind": fact.actor.kind, "id": fact.actor.id, "behalf_of": fact.actor.behalf_of}
    told = [f.name for f in fields(fact.event) if f.name not in HIDDEN and f.name not in SEALED]
    details = {name: getattr(fact.event, name) for name in told}
    return {"type": name_of(fact.event), "at": fact.at, "by": by, "details": details}
