"""Screening: checks with evidence and an end, an approval on their strength, and the activation that follows."""

from datetime import datetime
from typing import Any
from uuid import UUID

from backend.domain.workforce import annotator as annotators
from backend.domain.workforce import onboarding as policies
from backend.domain.workforce.refusals import not_from
from backend.domain.workforce.standing import Onboarding, status_of
from backend.events.base import Secret
from backend.readmodels import holdings
from backend.usecases.entitlement import revoke_lost
from backend.usecases.gates import gates_shared
from backend.usecases.reach import reach
from backend.usecases.work import Answer, Work
from backend.usecases.workforce.onboarding import activate_if_complete, missing_of, onboarding_stream, weigh
from backend.usecases.workforce.standing import locked, why

__all__ = [
    "activate_if_complete",
    "annotator_activate",
    "annotator_check_record",
    "annotator_screen",
    "checks_expire",
    "weigh",
]


async def annotator_check_record(
    work: Work, *, annotator: UUID, kind: str, passed: bool, evidence: Any, until: datetime | None
) -> Answer:
    """Record the result of a check with its evidence; a passed one gives `check:{kind}` until its end."""
    work.require("annotator:check")
    await gates_shared(work)
    await reach(work, [annotator])
    row = (await locked(work, [annotator]))[annotator]
    if row["status"] == "erased":
        raise not_from("RecordCheck", "erased")
    command = annotators.RecordCheck(
        check=kind,
        passed=passed,
        evidence=await _evidence(work, annotator, evidence),
        until=until,
        now=work.now,
    )
    work.decide(annotators.ANNOTATOR, annotator, command)
    await activate_if_complete(work, annotator)
    revoked = await revoke_lost(work, [annotator], "check_failed") if not passed else 0
    return await _stands(work, annotator, revoked)


async def _evidence(work: Work, annotator: UUID, evidence: Any) -> Secret:
    """Evidence is about the person: it goes with their data key."""
    keys = await work.keys(("person", annotator))
    return keys.seal_json("person", annotator, "annotator", annotator, "evidence", evidence)


async def annotator_screen(work: Work, *, annotator: UUID, reason: str | None) -> Answer:
    """Approve a person on the strength of passed checks."""
    work.require("annotator:screen")
    await gates_shared(work)
    await reach(work, [annotator])
    await locked(work, [annotator])
    (policy,) = await work.load(policies.ONBOARDING, [onboarding_stream(work)])
    said = await why(work, annotator, reason) if reason else None
    command = annotators.Screen(checks=policy.checks, reason=said, now=work.now)
    work.decide(annotators.ANNOTATOR, annotator, command)
    await activate_if_complete(work, annotator)
    return await _stands(work, annotator, None)


async def annotator_activate(work: Work, *, annotator: UUID, reason: str | None) -> Answer:
    """End a person's onboarding; refused with what is missing."""
    work.require("annotator:screen")
    await gates_shared(work)
    await reach(work, [annotator])
    await locked(work, [annotator])
    met, missing = (await weigh(work, [annotator]))[annotator]
    said = await why(work, annotator, reason) if reason else None
    work.decide(annotators.ANNOTATOR, annotator, annotators.Activate(met=met, missing=missing, reason=said))
    return await _stands(work, annotator, None)


async def _stands(work: Work, annotator: UUID, revoked: int | None) -> Answer:
    state = work.state(annotators.ANNOTATOR, annotator)
    body = {"id": annotator, "status": status_of(state), "leases_revoked": revoked}
    if isinstance(state, Onboarding):
        body["missing"] = await missing_of(work, annotator)
    return Answer(body)


async def checks_expire(work: Work, *, most: int) -> Answer:
    """Record that checks are too old to count; nobody asks for it, so the system does."""
    work.require("project:update")
    due = await holdings.due(work.conn, work.tenant, "check", work.now, most)
    who = sorted({row["annotator"] for row in due})
    await locked(work, who)
    expired = 0
    for row in due:
        kind = row["token"].partition(":")[2]
        command = annotators.ExpireCheck(check=kind, now=work.now)
        expired += len(work.decide(annotators.ANNOTATOR, row["annotator"], command))
    await revoke_lost(work, who, "check_expired")
    return Answer({"expired": expired})
