"""Disputing: authors have an error they were told of looked at again, and read what came of it, never by whom."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.domain.access import policy
from backend.domain.errors import not_found
from backend.domain.review import dispute as domain
from backend.events import projects as projects_ev
from backend.events.ids import (
    AnnotatorId,
    DisputeId,
    GoldId,
    ItemId,
    LeaseId,
    PrincipalId,
    ProjectId,
    ReviewId,
    SkillId,
    uuid8,
)
from backend.events.store import log
from backend.readmodels import disputes as rows
from backend.readmodels import released, tasks
from backend.readmodels.reviews import REVIEWS_OF_LEASES
from backend.usecases.access.delegation import within
from backend.usecases.projects.feedback import disputable_until, settings
from backend.usecases.review.dispute_cases import case_of, served
from backend.usecases.tasks.queue import my_lease
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work

Row = dict[str, Any]
TO_ALL = ("lease", "project", "opened_at", "resolved_at", "outcome")
TO_MANAGERS = ("annotator", "item", "source", "gold", "review", "holder", "until", "resolved_by")


async def dispute_open(work: Work, *, lease: UUID, reason: str) -> Answer:
    """Dispute an error that one's own feedback shows, once. Anything else is `nothing_to_dispute`, whether or not it
    was judged: the error would tell gold."""
    work.require("dispute:open", owner=work.me)
    await my_lease(work, lease)
    about = dispute_of(lease)
    (before,) = await work.load(domain.DISPUTE, [about])
    if not isinstance(before, domain.Undisputed):
        raise domain.already_disputed()
    error = await _released(work, lease)
    if error is None:
        raise domain.nothing_to_dispute()
    work.decide(domain.DISPUTE, about, await _command(work, about, error, reason))
    work.saw(subjects=[work.me], results=[about])
    return Answer({"id": about, "lease": lease, "state": "open", "opened_at": work.now}, "created")


async def dispute_list(
    work: Work,
    *,
    state: str | None,
    outcome: str | None,
    project: UUID | None,
    annotator: UUID | None,
    cursor: str | None,
    limit: int,
) -> Answer:
    """Disputes, newest first, with how many came to what: to who looks after quality all of them, to anybody else their
    own."""
    work.require("dispute:read", owner=work.me)
    project = within(work, project)
    manages = _may(work, "dispute:read", project)
    only = annotator if manages else work.me
    if not manages and annotator not in (None, work.me):
        raise not_found("an annotator")
    at, _, last = (cursor or "").partition("|")
    before = (datetime.fromisoformat(at), UUID(last)) if cursor else (None, None)
    asked = (work.tenant, only, project, state, outcome, *before, limit + 1)
    found = await rows.fetch(work.conn, rows.LIST, *asked)
    page = found[:limit]
    (counted,) = await rows.fetch(work.conn, rows.SUMMARY, work.tenant, only, project)
    more = f"{page[-1]['opened_at'].isoformat()}|{page[-1]['dispute']}" if len(found) > limit else None
    words = [(None, None)] * len(page) if manages else await words_of(work, page)
    work.saw(subjects={row["annotator"] for row in page}, results=[row["dispute"] for row in page])
    data = [shown(row, said, manages) for row, said in zip(page, words, strict=True)]
    return Answer({"data": data, "next_cursor": more, "summary": _summary(counted)})


async def dispute_get(work: Work, *, dispute: UUID) -> Answer:
    """A dispute: to its author with what came of it, to who looks at it with the case."""
    work.require("dispute:read", owner=work.me)
    row = await found_(work, dispute)
    manages = _may(work, "dispute:read", row["project"])
    looks = row["holder"] == work.me and row["outcome"] is None
    if not (manages or looks or row["annotator"] == work.me):
        raise not_found("a dispute")
    case = (
        await case_of(work, row) if looks and row["project"] in await served(work, [row["project"]]) else None
    )
    reads = row["annotator"] == work.me or _may(work, "dispute:resolve", row["project"])
    (words,) = await words_of(work, [row]) if reads else [(None, None)]
    work.saw(subjects=[row["annotator"]], results=[dispute])
    return Answer(shown(row, words, manages) | {"case": case})


# --- opening


def dispute_of(lease: UUID) -> DisputeId:
    """The one dispute that there may be about an answer."""
    return DisputeId(uuid8(lease, "dispute"))


async def _released(work: Work, lease: UUID) -> Row | None:
    """The error that the person was told of, and when last: with a ten, or when its gold was disclosed."""
    at = (work.conn, work.tenant, work.me)
    told = {row["lease"]: row | {"at": row["told_at"]} for row in await released.errors(*at, lease=lease)}
    for row in await released.disclosed(*at, lease=lease):
        told[lease] = row | {"at": row["disclosed_at"], "source": "gold"}
    error = told.get(lease)
    return error if error is not None and error["wrong"] else None


async def _command(work: Work, about: DisputeId, error: Row, reason: str) -> domain.OpenDispute:
    keys = await work.keys(("person", work.me))
    days = (await settings(work, [error["project"]]))[error["project"]].dispute_days
    review, judged_by = await _review(work, error)
    return domain.OpenDispute(
        dispute=about,
        lease=LeaseId(error["lease"]),
        annotator=AnnotatorId(work.me),
        project=ProjectId(error["project"]),
        item=ItemId(error["item"]),
        generation=error["generation"],
        skill=SkillId(error["skill"]),
        source=error["source"],
        gold=GoldId(error["gold"]) if error["gold"] else None,
        review=review,
        judged_by=judged_by,
        keyed_by=await _keyed_by(work, error["gold"]) if error["gold"] else None,
        released_at=error["at"],
        reason=keys.seal_json("person", work.me, "dispute", about, "reason", reason),
        until=disputable_until(error["at"], days),
        now=work.now,
    )


async def _review(work: Work, error: Row) -> tuple[ReviewId | None, AnnotatorId | None]:
    if error["gold"] is not None:
        return None, None
    (row,) = await tasks.by_ids(work.conn, REVIEWS_OF_LEASES, work.tenant, [error["lease"]])
    return ReviewId(row["review"]), AnnotatorId(row["reviewer"])


async def _keyed_by(work: Work, gold: UUID) -> PrincipalId | None:
    """Who said last what the gold item's truth is."""
    facts = (await log.load(work.conn, work.tenant, [gold]))[gold]
    actors = [fact.actor for fact in facts if isinstance(fact.event, projects_ev.GoldAdded)]
    return (actors[-1].behalf_of or actors[-1].id) if actors else None


# --- shown


async def found_(work: Work, dispute: UUID) -> Row:
    """The dispute's row. Raises not_found, also outside of a key's project."""
    row = await rows.find(work.conn, work.tenant, dispute)
    if row is None or work.caller.subject.project not in (None, row["project"]):
        raise not_found("a dispute")
    return row


async def words_of(work: Work, page: Sequence[Row]) -> list[tuple[str | None, str | None]]:
    """(what the author said, what the resolver did) in clear; None where nothing was, or it was erased."""
    sealed = [
        place
        for row in page
        for place in (
            Sealed("person", row["annotator"], "dispute", row["dispute"], "reason", row["reason"]),
            Sealed("project", row["project"], "dispute", row["dispute"], "words", row["words"] or b""),
        )
        if place.envelope
    ]
    clear = iter(await work.open(sealed))
    work.saw("reason", subjects={row["annotator"] for row in page})
    return [(next(clear), next(clear) if row["words"] else None) for row in page]


def shown(row: Row, words: tuple[str | None, str | None], manages: bool) -> Row:
    """A dispute: to its author without what would tell who judged or decided, or what the answer was judged by."""
    state = "resolved" if row["outcome"] else "taken" if row["holder"] else "open"
    beside = {name: row[name] if manages else None for name in TO_MANAGERS}
    told = {name: row[name] for name in TO_ALL}
    return {"id": row["dispute"], "state": state, **told, **beside, "reason": words[0], "words": words[1]}


def _summary(counted: Row) -> Row:
    ended = sum(counted[name] for name in domain.OUTCOMES)
    share = counted["reversed"] / ended if ended else None
    seconds = None if counted["seconds"] is None else round(counted["seconds"], 3)
    names = ("open", "taken", *domain.OUTCOMES)
    return {name: counted[name] for name in names} | {"reversed_share": share, "seconds_median": seconds}


def _may(work: Work, action: str, project: UUID | None) -> bool:
    """Whether a role alone allows it on what is not the caller's own."""
    about = policy.Resource(tenant=work.tenant, project=ProjectId(project) if project else None)
    return policy.decide(work.caller.subject, action, about).allow
