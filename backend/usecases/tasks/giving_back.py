"""Giving back: a lease is released or declined, for a reason whose policy says what becomes of person and task."""

from typing import Any
from uuid import UUID

from backend.domain.tasks import lease as leases
from backend.domain.tasks.skips import policy_of
from backend.events.base import Secret
from backend.events.ids import AnnotatorId
from backend.events.queue import SkipPolicy
from backend.readmodels import claims, projects
from backend.usecases.tasks.queue import my_lease
from backend.usecases.tasks.steering import hold_at_once, hold_poison
from backend.usecases.work import Answer, Work
from backend.usecases.workforce.pacing import sign_of_life

HELD_BY_SKIP = "skip"
"""The code under which a task is held at once because of what somebody said of it."""


async def lease_release(work: Work, *, lease: UUID, reason: str, code: str = "") -> Answer:
    """Give it back; the person may meet the item again. Raises `skip_code_unknown`."""
    work.require("lease:work", owner=work.me)
    row, _, _ = await _about(work, lease, code)
    why = await sealed_reason(work, row, reason)
    await _give_back(work, row, leases.Release(annotator=AnnotatorId(work.me), reason=why, code=code))
    await sign_of_life(work, [row])
    return Answer({"lease": lease, "status": "released"})


async def lease_skip(work: Work, *, lease: UUID, reason: str, code: str = "") -> Answer:
    """Decline it for a reason of the project's catalogue: its policy says whether the person may meet the item again,
    whether it counts towards holding the task, or holds it at once. Raises `skip_code_unknown`."""
    work.require("lease:work", owner=work.me)
    row, project, policy = await _about(work, lease, code)
    command = leases.Skip(
        annotator=AnnotatorId(work.me),
        reason=await sealed_reason(work, row, reason),
        code=code,
        returns=policy.returns,
        counts=policy.counts,
    )
    declined = await _give_back(work, row, command)
    if declined and policy.holds:
        await hold_at_once(work, row, project, HELD_BY_SKIP)
    elif declined and policy.counts:
        await hold_poison(work, row, project)
    await sign_of_life(work, [row])
    return Answer({"lease": lease, "status": "skipped"})


async def sealed_reason(work: Work, row: dict[str, Any], reason: str, field: str = "reason") -> Secret | None:
    """What somebody said of the lease in `row`, as ciphertext: free text may hold a name."""
    if not reason:
        return None
    keys = await work.keys(("project", row["project"]))
    return keys.seal_json("project", row["project"], "lease", row["lease"], field, reason)


async def _about(work: Work, lease: UUID, code: str) -> tuple[dict[str, Any], dict[str, Any], SkipPolicy]:
    row = await my_lease(work, lease)
    (project,) = await projects.find(work.conn, work.tenant, [row["project"]])
    return row, project, policy_of(project["queue"], code)


async def _give_back(work: Work, row: dict[str, Any], command: leases.Command) -> bool:
    """Whether it was not given back already; flushed."""
    await work.conn.fetch(claims.LOCK_LEASES, work.tenant, [row["lease"]])
    await work.load(leases.LEASE, [row["lease"]])
    events = work.decide(leases.LEASE, row["lease"], command)
    await work.flush()
    return bool(events)
