"""Holding: a lease is opened, kept alive, put aside with a draft and taken up again; time alone ends it too."""

from datetime import datetime
from typing import Any
from uuid import UUID

from backend.domain.errors import not_found
from backend.domain.tasks import lease as leases
from backend.events.ids import AnnotatorId
from backend.events.store import drafts
from backend.readmodels import claims, projects
from backend.readmodels import leases as rows
from backend.usecases.tasks.giving_back import lease_release, lease_skip
from backend.usecases.tasks.queue import my_lease
from backend.usecases.tasks.steering import hold_poison
from backend.usecases.work import Answer, Work
from backend.usecases.workforce.pacing import sign_of_life

__all__ = [
    "lease_draft",
    "lease_heartbeat",
    "lease_pause",
    "lease_release",
    "lease_resume",
    "lease_skip",
    "lease_start",
    "leases_expire",
]


async def lease_heartbeat(work: Work, *, lease: UUID) -> Answer:
    """A sign of life: the lease runs for its full time again, though never beyond its hard limit. Not an event; losing
    one loses nothing.

    What was prefetched or assigned is opened by it. What is paused is not taken up again by it, because a window left
    open sends heartbeats too: `lease_paused`.
    """
    work.require("lease:work", owner=work.me)
    beat = await _beat(work, lease)
    if beat is None:
        beat = await _opened(work, lease)
    await sign_of_life(work, [beat])
    return _running(beat)


async def lease_start(work: Work, *, lease: UUID) -> Answer:
    """Open what was prefetched or assigned: from now on it counts as worked on, and its hard limit begins."""
    work.require("lease:work", owner=work.me)
    beat = await _opened(work, lease)
    await sign_of_life(work, [beat])
    return _running(beat)


async def lease_pause(work: Work, *, lease: UUID, draft: Any) -> Answer:
    """Put it aside with what there is of the answer (None: what was kept before). It still counts as held; when it is
    not resumed in the project's time, it is given back and the draft waits for its author."""
    work.require("lease:work", owner=work.me)
    row = await my_lease(work, lease)
    (project,) = await projects.find(work.conn, work.tenant, [row["project"]])
    await _loaded(work, lease)
    until = work.in_seconds(project["queue"].pause_seconds_max)
    command = leases.Pause(annotator=AnnotatorId(work.me), now=work.now, until=until)
    work.decide(leases.LEASE, lease, command)
    if draft is not None:
        await _keep(work, row, draft)
    state = work.state(leases.LEASE, lease)
    assert isinstance(state, leases.Held)
    await sign_of_life(work, [row])
    return _stands(lease, state.state, state.until, state.hard_until)


async def lease_resume(work: Work, *, lease: UUID) -> Answer:
    """Take it up again; the time it lay aside does not count towards the hard limit."""
    work.require("lease:work", owner=work.me)
    row = await my_lease(work, lease)
    (project,) = await projects.find(work.conn, work.tenant, [row["project"]])
    await _loaded(work, lease)
    seconds = project["plan"].lease_seconds
    command = leases.Resume(annotator=AnnotatorId(work.me), now=work.now, lease_seconds=seconds)
    work.decide(leases.LEASE, lease, command)
    await work.flush()
    beat = await _alive(work, lease)
    await sign_of_life(work, [row])
    return _running(beat)


async def lease_draft(work: Work, *, lease: UUID, draft: Any) -> Answer:
    """Keep what the person has so far; it waits for them even if the lease is lost. It opens what was not opened; what
    is paused stays paused."""
    work.require("lease:work", owner=work.me)
    row = await my_lease(work, lease)
    state = await _loaded(work, lease)
    if isinstance(state, leases.Submitted | leases.Ended):
        raise leases.lost(state)
    if isinstance(state, leases.Held) and state.state == "held":
        await _opened(work, lease)
    await _keep(work, row, draft)
    await sign_of_life(work, [row])
    return Answer({"lease": lease, "kept_at": work.now})


async def leases_expire(work: Work, *, most: int) -> Answer:
    """Take back what time alone has ended: what was not opened in time, lay aside for too long, shows no sign of life,
    or took longer than work on its step may take. What is abandoned too often is held."""
    work.require("project:update")
    over = await rows.over(work.conn, work.tenant, work.now, most)
    ids = [row["lease"] for row in over]
    await work.load(leases.LEASE, ids)
    for row in over:
        work.decide(leases.LEASE, row["lease"], leases.Expire(now=work.now, until=row["until"]))
    await work.flush()
    await _hold_abandoned(work, over)
    work.saw(results=ids)
    return Answer({"expired": len(ids)})


async def _hold_abandoned(work: Work, over: list[dict[str, Any]]) -> None:
    by_task = {row["task"]: row for row in over if row["gold"] is None and row["state"] == "started"}
    often = await rows.given_back_often(work.conn, work.tenant, sorted(by_task))
    concerned = {by_task[task]["project"] for task in often}
    known = await projects.find(work.conn, work.tenant, sorted(concerned)) if concerned else []
    project_of = {row["project"]: row for row in known}
    for task in often:
        await hold_poison(work, by_task[task], project_of[by_task[task]["project"]])


# --- parts


async def _beat(work: Work, lease: UUID) -> dict[str, Any] | None:
    return await rows.beat(work.conn, work.tenant, lease, work.me, work.now, work.caller.subject.project)


async def _alive(work: Work, lease: UUID) -> dict[str, Any]:
    """Keep alive what was opened in this transaction."""
    beat = await _beat(work, lease)
    if beat is None:
        raise not_found("a lease")
    return beat


async def _loaded(work: Work, lease: UUID) -> leases.Lease:
    """Its state, under lock."""
    await work.conn.fetch(claims.LOCK_LEASES, work.tenant, [lease])
    (state,) = await work.load(leases.LEASE, [lease])
    return state


async def _opened(work: Work, lease: UUID) -> dict[str, Any]:
    """Open it, and keep it alive. Raises what stands against it: not theirs, ended, or paused."""
    await my_lease(work, lease)
    await _loaded(work, lease)
    start = leases.Start(annotator=AnnotatorId(work.me), now=work.now)
    if work.decide(leases.LEASE, lease, start):
        await work.flush()
        # Until now it ran until it had to be opened, which may be hours.
        await work.conn.execute(claims.ALIVE, work.tenant, [lease], work.now)
    return await _alive(work, lease)


async def _keep(work: Work, row: dict[str, Any], draft: Any) -> None:
    keys = await work.keys(("project", row["project"]))
    sealed = keys.seal_json("project", row["project"], "lease", row["lease"], "draft", draft)
    await drafts.keep(work.conn, work.tenant, row, sealed, work.now)


def _running(beat: dict[str, Any]) -> Answer:
    return _stands(beat["lease"], beat["state"], beat["until"], beat["hard_until"])


def _stands(lease: UUID, state: str, until: datetime, hard_until: datetime | None) -> Answer:
    return Answer({"lease": lease, "state": state, "expires_at": until, "hard_until": hard_until})
