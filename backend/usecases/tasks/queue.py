"""The queue as people meet it: pull, look, keep alive, give back, or be given a named task."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal, not_found
from backend.events.ids import LeaseId
from backend.events.store import drafts
from backend.events.store.log import AppendConflict
from backend.readmodels import gate, tasks
from backend.usecases.access.delegation import within
from backend.usecases.insight.explaining import why_nothing
from backend.usecases.tasks.claiming import claim
from backend.usecases.tasks.hands import Ask, Claimed
from backend.usecases.tasks.presenting import leases_shown
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work
from backend.usecases.workforce.pacing import Pace, paces_of

WORKING = ("annotate", "custom", "adjudicate", "expert")


async def lease_pull(work: Work, *, project: UUID | None, max: int) -> Answer:
    """The next tasks for this person, or why there are none."""
    work.require("lease:pull", owner=work.me)
    (answer,) = await pull([work], [(project, max)], WORKING)
    return answer


async def lease_pull_together(works: Sequence[Work], asked: Sequence[Mapping[str, Any]]) -> list[Answer]:
    """lease_pull of several people in one transaction."""
    for work in works:
        with work.own():
            work.require("lease:pull", owner=work.me)
    return await pull(works, [(one["project"], one["max"]) for one in asked], WORKING)


async def pull(
    works: Sequence[Work], asked: Sequence[tuple[UUID | None, int]], stages: tuple[str, ...]
) -> list[Answer]:
    """Claim and show, for each person; an empty hand says why, machine-readably."""
    wishes = []
    for work, (project, most) in zip(works, asked, strict=True):
        with work.own():
            wishes.append((within(work, project), most))
    paces = await paces_of(works[0], [(w.me, p) for w, (p, _) in zip(works, wishes, strict=True)])
    asks = [
        Ask(work, project, stages, most, frozenset(pace.closed))
        for work, (project, most), pace in zip(works, wishes, paces, strict=True)
        if not pace.stops
    ]
    claimed = await claim(asks) if asks else {}
    shown = await _shown_to(works, claimed)
    answers = []
    for work, (project, _), pace in zip(works, wishes, paces, strict=True):
        with work.own():
            leases = list(claimed.get(work.me, ()))
            reasons = [] if leases else await _none(work, pace, project, stages)
        told = {"reasons": reasons, "hints": pace.hints}
        answers.append(Answer({"leases": shown[work], **told}, keep={"leases": leases, **told}))
    return answers


async def _shown_to(
    works: Sequence[Work], claimed: Mapping[UUID, Claimed]
) -> dict[Work, list[dict[str, Any]]]:
    """What each sees of what they claimed. An empty pull is no refusal: where a gate has closed meanwhile it is decided
    again, and says what is missing."""
    hands = [(work, claimed.get(work.me, {})) for work in works]
    try:
        return await leases_shown(hands)
    except Refusal as closed_meanwhile:
        lost = [ids for work, ids in hands if closed_meanwhile.culprit in (None, work)]
        raise AppendConflict({one for ids in lost for one in ids}) from closed_meanwhile


async def _none(
    work: Work, pace: Pace, project: UUID | None, stages: tuple[str, ...]
) -> list[dict[str, Any]]:
    """Why the hand stayed empty: what stops the person now, projects that are closed for now, and what else would have
    to be done."""
    await work.flush()
    closed = pace.stops or [reason for reasons in pace.closed.values() for reason in reasons]
    others = await why_nothing(work, project, stages)
    return [*closed, *(one for one in others if not closed or one["code"] != "no_tasks")]


async def pull_again(work: Work, kept: dict[str, Any]) -> dict[str, Any]:
    """A repeated pull: the same leases, whose payloads are read again through the gate."""
    ids = [LeaseId(UUID(str(lease))) for lease in kept["leases"]]
    told = {"reasons": kept["reasons"], "hints": kept.get("hints", [])}
    await work.conn.fetchval(gate.SHARE_PERSON, work.tenant, work.me)
    return {"leases": (await leases_shown([(work, dict.fromkeys(ids))], strict=False))[work], **told}


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
    await work.conn.fetchval(gate.SHARE_PERSON, work.tenant, work.me)
    row = await my_lease(work, lease)
    (shown,) = (await leases_shown([(work, {LeaseId(lease): None})]))[work]
    draft = await drafts.find(work.conn, work.tenant, row) if row["how"] is None else None
    if draft is not None:
        sealed = Sealed("project", row["project"], "lease", draft["lease"], "draft", draft["draft"])
        (shown["draft"],) = await work.open([sealed])
    return Answer(shown)
