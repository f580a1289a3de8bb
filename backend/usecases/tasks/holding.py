"""Holding: a lease is kept alive, given back, declined, or taken back when nobody is there any more."""

from typing import Any
from uuid import UUID

from backend.domain.tasks import lease as leases
from backend.events.base import Secret
from backend.events.ids import AnnotatorId
from backend.events.store import drafts
from backend.readmodels import claims, projects, tasks
from backend.usecases.tasks.escalating import escalate
from backend.usecases.tasks.queue import my_lease
from backend.usecases.work import Answer, Work
from backend.usecases.workforce.pacing import sign_of_life


async def lease_heartbeat(work: Work, *, lease: UUID) -> Answer:
    """A sign of life: the lease runs for its full time again. Not an event; losing one loses nothing."""
    work.require("lease:work", owner=work.me)
    beat = await work.conn.fetchrow(claims.HEARTBEAT, work.tenant, lease, work.me, work.now)
    if beat is None:
        await my_lease(work, lease)
        (state,) = await work.load(leases.LEASE, [lease])
        assert isinstance(state, leases.Submitted | leases.Ended)
        raise leases.lost(state)
    await sign_of_life(work, [beat])
    return Answer({"lease": lease, "expires_at": beat["until"]})


async def lease_draft(work: Work, *, lease: UUID, draft: Any) -> Answer:
    """Keep what the person has so far; it waits for them even if the lease is lost."""
    work.require("lease:work", owner=work.me)
    row = await my_lease(work, lease)
    (state,) = await work.load(leases.LEASE, [lease])
    if isinstance(state, leases.Submitted | leases.Ended):
        raise leases.lost(state)
    keys = await work.keys(("project", row["project"]))
    sealed = keys.seal_json("project", row["project"], "lease", lease, "draft", draft)
    await drafts.keep(work.conn, work.tenant, row, sealed, work.now)
    await sign_of_life(work, [row])
    return Answer({"lease": lease, "kept_at": work.now})


async def lease_release(work: Work, *, lease: UUID, reason: str) -> Answer:
    """Give it back; the person may meet the item again."""
    work.require("lease:work", owner=work.me)
    row = await my_lease(work, lease)
    command = leases.Release(annotator=AnnotatorId(work.me), reason=await _why(work, row, reason))
    answer = await _give_back(work, lease, command, "released")
    await sign_of_life(work, [row])
    return answer


async def lease_skip(work: Work, *, lease: UUID, reason: str) -> Answer:
    """Decline it; the person is not offered the item again, and after the plan's number of skips an expert gets it."""
    work.require("lease:work", owner=work.me)
    row = await my_lease(work, lease)
    command = leases.Skip(annotator=AnnotatorId(work.me), reason=await _why(work, row, reason))
    answer = await _give_back(work, lease, command, "skipped")
    await work.flush()
    await _poison(work, row)
    await sign_of_life(work, [row])
    return answer


async def _why(work: Work, row: dict[str, Any], reason: str) -> Secret | None:
    """What the person said of the lease in `row`, as ciphertext: free text may hold a name."""
    if not reason:
        return None
    keys = await work.keys(("project", row["project"]))
    return keys.seal_json("project", row["project"], "lease", row["lease"], "reason", reason)


async def _give_back(work: Work, lease: UUID, command: leases.Command, status: str) -> Answer:
    await work.conn.fetch(claims.LOCK_LEASES, work.tenant, [lease])
    await work.load(leases.LEASE, [lease])
    work.decide(leases.LEASE, lease, command)
    return Answer({"lease": lease, "status": status})


async def _poison(work: Work, row: dict[str, Any]) -> None:
    """An item that people keep declining goes to an expert instead of going round for ever."""
    if row["stage"] != "annotate" or row["gold"] is not None:
        return
    (project,) = await projects.find(work.conn, work.tenant, [row["project"]])
    await tasks.by_ids(work.conn, tasks.LOCK_TASKS, work.tenant, [row["task"]])
    if await work.conn.fetchval(claims.SKIPS, work.tenant, row["task"]) >= project["plan"].skips_max:
        await escalate(work, row, "skipped_often", None)


async def leases_expire(work: Work, *, most: int) -> Answer:
    """Take back leases without a sign of life; nobody asks for it, so the system does."""
    work.require("project:update")
    rows = await work.conn.fetch(claims.EXPIRED, work.tenant, work.now, most)
    ids = [row["lease"] for row in rows]
    await work.load(leases.LEASE, ids)
    for lease in ids:
        work.decide(leases.LEASE, lease, leases.Expire(now=work.now))
    work.saw(results=ids)
    return Answer({"expired": len(ids)})
