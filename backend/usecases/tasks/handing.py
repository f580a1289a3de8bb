"""Handing on: a lease moves to a colleague, by its holder or a manager, with the draft or without; or is taken away."""

from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal, not_found
from backend.domain.tasks import lease as leases
from backend.events.ids import AnnotatorId, LeaseId
from backend.events.store import drafts
from backend.readmodels import claims, tasks
from backend.usecases.tasks.assigning import give_by_name, given, may_take
from backend.usecases.tasks.giving_back import sealed_reason
from backend.usecases.tasks.queue import my_lease
from backend.usecases.work import Answer, Work
from backend.usecases.workforce.pacing import sign_of_life

BY_MANAGER = "manager"


async def lease_delegate(
    work: Work, *, lease: UUID, annotator: UUID, keep_draft: bool, reason: str
) -> Answer:
    """The holder hands the lease to a colleague who may do it and has room, by default with what there is of the
    answer. Why a colleague may not is theirs: `cannot_take_over` says no more."""
    work.require("lease:work", owner=work.me)
    row = await my_lease(work, lease)
    try:
        await _hand_on(work, row, annotator, keep_draft, reason, delegated=True, over_capacity=False)
    except Refusal as refusal:
        if refusal.extra.get("lease") == str(lease):
            raise
        raise _cannot() from refusal
    await sign_of_life(work, [row])
    return Answer({"lease": lease, "status": "reassigned"})


async def lease_reassign(
    work: Work, *, lease: UUID, annotator: UUID, keep_draft: bool, over_capacity: bool, reason: str
) -> Answer:
    """A manager moves a lease to another person who may do it, with the draft or without."""
    work.require("lease:reassign")
    row = await _lease(work, lease)
    command = await _hand_on(
        work, row, annotator, keep_draft, reason, delegated=False, over_capacity=over_capacity
    )
    work.saw(subjects=[row["annotator"], annotator], results=[row["item"]])
    return Answer(given(command), "created")


async def lease_revoke(work: Work, *, lease: UUID, reason: str) -> Answer:
    """A manager takes a lease away; its slot goes back, and an answer sent under it is kept and does not count."""
    work.require("lease:revoke")
    row = await _lease(work, lease)
    await work.conn.fetch(claims.LOCK_LEASES, work.tenant, [lease])
    await work.load(leases.LEASE, [lease])
    note = await sealed_reason(work, row, reason, "note")
    work.decide(leases.LEASE, lease, leases.Revoke(reason=BY_MANAGER, note=note))
    state = work.state(leases.LEASE, lease)
    if not isinstance(state, leases.Ended) or state.how != "revoked":
        assert isinstance(state, leases.Submitted | leases.Ended)
        raise leases.lost(state)
    work.saw(subjects=[row["annotator"]], results=[row["item"]])
    return Answer({"lease": lease, "status": "revoked"})


async def _lease(work: Work, lease: UUID) -> dict[str, Any]:
    rows = await tasks.by_ids(work.conn, tasks.LEASES_BY_ID, work.tenant, [lease])
    if not rows:
        raise not_found("a lease")
    return rows[0]


async def _hand_on(
    work: Work,
    row: dict[str, Any],
    to: UUID,
    keep_draft: bool,
    reason: str,
    *,
    delegated: bool,
    over_capacity: bool,
) -> leases.ClaimSlot:
    """The slot of the lease in `row` becomes the lease of `to`, in one transaction: nobody else can take it between."""
    lease = row["lease"]
    if to != row["annotator"]:
        await may_take(work, to, row, over_capacity=over_capacity)
    await work.conn.fetch(claims.LOCK_LEASES, work.tenant, [lease])
    await work.load(leases.LEASE, [lease])
    handed = leases.Reassign(
        to=AnnotatorId(to),
        next=LeaseId(work.new_id()),
        keep_draft=keep_draft,
        delegated=delegated,
        reason=await sealed_reason(work, row, reason),
    )
    work.decide(leases.LEASE, lease, handed)
    by = "delegation" if delegated else "reassignment"
    command = await give_by_name(work, handed.next, to, claims.slot_of(row), row, by=by, of=str(lease))
    await work.flush()
    if keep_draft:
        await drafts.hand_on(work.conn, work.tenant, row, to, work.now)
    return command


def _cannot() -> Refusal:
    return Refusal(
        "conflict",
        "cannot_take_over",
        expected="a colleague who may do this work now and has room for it",
        found="somebody who may not, or has none",
        mend="ask another colleague, or release it",
    )
