"""Entitlement: whoever loses a right loses the leases that need it, in the same transaction; drafts stay."""

from collections.abc import Sequence
from uuid import UUID

from backend.domain.tasks import lease as leases
from backend.readmodels import claims, gate
from backend.usecases.gates import unmet
from backend.usecases.work import Work


async def revoke_leases(work: Work, people: Sequence[UUID], reason: str) -> int:
    """Take every lease of these people away; their slots go back. Returns how many."""
    return await _revoke(work, people, reason, only_lost=False)


async def revoke_lost(work: Work, people: Sequence[UUID], reason: str) -> int:
    """Take away the leases of these people whose lane asks for what they do not hold at this moment."""
    return await _revoke(work, people, reason, only_lost=True)


async def _revoke(work: Work, people: Sequence[UUID], reason: str, *, only_lost: bool) -> int:
    await work.flush()
    await claims.lock_people(work.conn, work.tenant, sorted(set(people)), work.now)
    held = await work.conn.fetch(gate.MAY_OF_PEOPLE, work.tenant, sorted(set(people)), work.now)
    ending = [may["lease"] for may in held if not only_lost or unmet(may)]
    # Who was answered or given back meanwhile has no row any more.
    ending = [row["lease"] for row in await work.conn.fetch(claims.LOCK_LEASES, work.tenant, ending)]
    await work.load(leases.LEASE, ending)
    for lease in ending:
        work.decide(leases.LEASE, lease, leases.Revoke(reason=reason))
    return len(ending)
