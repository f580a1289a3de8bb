"""Enforcing agreements: whose signature is over by time stops, loses the leases that need it, and is told why."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from backend.domain.projects.requirement import agreement_token
from backend.domain.workforce import agreement as agreements_domain
from backend.domain.workforce import signature as domain
from backend.events.ids import AgreementId, AnnotatorId
from backend.readmodels import agreements, claims, signatures
from backend.readmodels.signatures import Pair
from backend.usecases.agreements.agreements import known, rows_of
from backend.usecases.agreements.signing import endings, signature_stream
from backend.usecases.entitlement import revoke_lost
from backend.usecases.gates import gates_shared, one_at_a_time
from backend.usecases.lanes import refresh_lanes
from backend.usecases.work import Answer, Work

BATCH_PEOPLE = 200


async def agreement_enforce(work: Work, *, agreement: UUID, version: int) -> Answer:
    """A version's deadline: lanes ask for it, and who has not signed it loses open leases, batch by batch.

    The right itself ended at the deadline to the microsecond, by the tokens' own end: this records it and tidies up.
    """
    work.require("agreement:publish")
    await one_at_a_time(work)
    await known(work, agreement)
    about = AgreementId(agreement)
    command = agreements_domain.EnforceAgreement(agreement=about, version=version, now=work.now)
    if work.decide(agreements_domain.AGREEMENT, about, command):
        await refresh_lanes(work, await agreements.concerned(work.conn, work.tenant, about))
    await work.flush()
    asked = (await agreements.asked(work.conn, work.tenant, work.now))[about]
    token = agreement_token(about, asked)
    over = await signatures.overdue(work.conn, work.tenant, about, work.now, BATCH_PEOPLE)
    holding = await signatures.holding_without(work.conn, work.tenant, token, work.now, BATCH_PEOPLE)
    revoked = await _stop(work, [(about, one) for one in over], holding)
    if BATCH_PEOPLE in (len(over), len(holding)):
        args = {"agreement": str(agreement), "version": version}
        work.enqueue("agreement_enforce", f"{agreement}:{version}", args)
    return Answer({"expired": len(over), "leases_revoked": revoked})


async def signatures_expire(work: Work, *, most: int) -> Answer:
    """Record signatures whose time is over, and take away the leases that needed them."""
    work.require("project:update")
    await gates_shared(work)
    over = await signatures.due(work.conn, work.tenant, work.now, most)
    revoked = await _stop(work, over, [])
    return Answer({"expired": len(over), "leases_revoked": revoked})


async def _stop(work: Work, over: Sequence[Pair], more: Sequence[UUID]) -> int:
    """Expire these signatures, and take from these people and from `more` what they no longer may hold."""
    people = sorted({person for _, person in over} | set(more))
    await claims.lock_people(work.conn, work.tenant, people, work.now)
    await work.load(domain.SIGNATURE, [signature_stream(person, about) for about, person in over])
    ends: dict[UUID, Any] = {
        about: endings(await rows_of(work, about)) for about in sorted({about for about, _ in over})
    }
    for about, person in over:
        command = domain.Expire(
            agreement=about, annotator=AnnotatorId(person), endings=ends[about], now=work.now
        )
        work.decide(domain.SIGNATURE, signature_stream(person, about), command)
    work.saw(subjects=people)
    return await revoke_lost(work, people, "agreement")
