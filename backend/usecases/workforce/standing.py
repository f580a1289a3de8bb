"""Standing: pausing, suspending, moving, letting go and erasing people; whoever may not work loses their leases."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.domain.errors import not_found
from backend.domain.workforce import annotator as annotators
from backend.domain.workforce.standing import Place, status_of
from backend.domain.workforce.steps import Because
from backend.events.base import Secret
from backend.events.ids import VendorId
from backend.events.store import drafts
from backend.readmodels import people, sightings
from backend.usecases.entitlement import revoke_leases, revoke_lost
from backend.usecases.gates import gates_shared, one_at_a_time
from backend.usecases.reach import placed, reach, working_vendor
from backend.usecases.work import Answer, Work
from backend.usecases.workforce.onboarding import activate_if_complete


async def locked(work: Work, who: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """These people's standing, with their streams loaded; their pulls wait until this transaction ends.

    Raises not_found when one of them does not exist.
    """
    rows = await people.lock(work.conn, work.tenant, who)
    if len(rows) < len(set(who)):
        raise not_found("an annotator")
    await work.load(annotators.ANNOTATOR, list(rows))
    work.saw(subjects=rows)
    return rows


async def why(work: Work, person: UUID, reason: str) -> Secret:
    """What the manager said, as ciphertext of the tenant: it outlives an erasure, and it may hold a name."""
    keys = await work.keys(("tenant", work.tenant))
    return keys.seal_json("tenant", work.tenant, "annotator", person, "reason", reason)


async def pause_people(work: Work, who: Sequence[UUID], reason: str, until: datetime | None) -> int:
    """Pause these people, who must be active or paused; returns how many leases go back."""
    await locked(work, who)
    for person in sorted(set(who)):
        command = annotators.Pause(reason=await why(work, person, reason), until=until, now=work.now)
        work.decide(annotators.ANNOTATOR, person, command)
    return await revoke_leases(work, who, "paused")


async def suspend_people(
    work: Work,
    who: Sequence[UUID],
    reason: str,
    vendor: VendorId | None = None,
    because: Because | None = None,
) -> int:
    """Suspend these people, because of their vendor or by a rule where one is named; returns how many leases are
    revoked."""
    await locked(work, who)
    for person in sorted(set(who)):
        command = annotators.Suspend(reason=await why(work, person, reason), vendor=vendor, because=because)
        work.decide(annotators.ANNOTATOR, person, command)
    return await revoke_leases(work, who, "suspended")


async def move_people(work: Work, who: Sequence[UUID], place: Place) -> int:
    """Move these people; the caller changes gates one at a time. Returns how many leases were lost with a right."""
    await locked(work, who)
    command = annotators.Move(origin=place.origin, vendor=place.vendor, team=place.team)
    for person in sorted(set(who)):
        work.decide(annotators.ANNOTATOR, person, command)
    return await revoke_lost(work, who, "moved")


def stands(work: Work, person: UUID, revoked: int | None = None) -> Answer:
    """Where the person stands now, and how many leases were taken away."""
    status = status_of(work.state(annotators.ANNOTATOR, person))
    return Answer({"id": person, "status": status, "leases_revoked": revoked})


async def annotator_pause(work: Work, *, annotator: UUID, reason: str, until: datetime | None) -> Answer:
    """No new work for a while; open leases go back."""
    work.require("annotator:pause")
    await reach(work, [annotator])
    return stands(work, annotator, await pause_people(work, [annotator], reason, until))


async def annotator_resume(work: Work, *, annotator: UUID, reason: str | None) -> Answer:
    """End a pause before its time."""
    work.require("annotator:pause")
    await reach(work, [annotator])
    await locked(work, [annotator])
    said = await why(work, annotator, reason) if reason else None
    work.decide(annotators.ANNOTATOR, annotator, annotators.Resume(reason=said))
    return stands(work, annotator)


async def annotators_resume(work: Work, *, most: int) -> Answer:
    """End the pauses whose time is over; nobody asks for it, so the system does."""
    work.require("project:update")
    over = [row["annotator"] for row in await work.conn.fetch(people.OVER, work.tenant, work.now, most)]
    rows = await locked(work, over)
    resumed = 0
    for person in (one for one, row in rows.items() if _is_over(row, work.now)):
        resumed += len(work.decide(annotators.ANNOTATOR, person, annotators.Resume(reason=None)))
    return Answer({"resumed": resumed})


def _is_over(row: dict[str, Any], now: datetime) -> bool:
    """Looked at under the lock: somebody may have prolonged the pause meanwhile."""
    return row["status"] == "paused" and row["paused_until"] is not None and row["paused_until"] <= now


async def annotator_suspend(work: Work, *, annotator: UUID, reason: str) -> Answer:
    """No new work; open leases are revoked and their slots returned in this transaction."""
    work.require("annotator:suspend")
    await reach(work, [annotator])
    return stands(work, annotator, await suspend_people(work, [annotator], reason))


async def annotator_reinstate(work: Work, *, annotator: UUID, reason: str) -> Answer:
    """End a suspension; refused while the person's vendor is suspended."""
    work.require("annotator:reinstate")
    await gates_shared(work)
    await reach(work, [annotator])
    row = (await locked(work, [annotator]))[annotator]
    if row["vendor"] is not None and row["status"] == "suspended":
        await working_vendor(work, row["vendor"])
    command = annotators.Reinstate(reason=await why(work, annotator, reason))
    work.decide(annotators.ANNOTATOR, annotator, command)
    await activate_if_complete(work, annotator)
    return stands(work, annotator)


async def annotator_offboard(work: Work, *, annotator: UUID, reason: str) -> Answer:
    """The person leaves: leases and credentials are revoked, what they did stays theirs."""
    work.require("annotator:offboard")
    await reach(work, [annotator])
    await locked(work, [annotator])
    command = annotators.Offboard(reason=await why(work, annotator, reason))
    work.decide(annotators.ANNOTATOR, annotator, command)
    return stands(work, annotator, await revoke_leases(work, [annotator], "offboarded"))


async def annotator_move(
    work: Work, *, annotator: UUID, origin: str | None, vendor: UUID | None, team: UUID | None
) -> Answer:
    """For whom and in which team the person works from now on; rights of the old vendor end."""
    work.require("annotator:move")
    await one_at_a_time(work)
    await reach(work, [annotator])
    place = await placed(work, origin, vendor, team)
    return stands(work, annotator, await move_people(work, [annotator], place))


async def annotator_erase(work: Work, *, annotator: UUID, reason: str) -> Answer:
    """Destroy the person's data key: their name, address and signatures become unreadable for ever."""
    work.require("annotator:erase")
    await reach(work, [annotator])
    await locked(work, [annotator])
    command = annotators.Erase(reason=await why(work, annotator, reason))
    work.decide(annotators.ANNOTATOR, annotator, command)
    revoked = await revoke_leases(work, [annotator], "erased")
    await drafts.forget(work.conn, work.tenant, [annotator])
    await sightings.forget(work.conn, work.tenant, [annotator])
    await work.vault.data_keys.destroy(work.conn, work.tenant, "person", annotator)
    # Other processes hear of it through the database; this one must not depend on a listener.
    work.after_commit.append(lambda: work.vault.data_keys.forget(work.tenant, "person", annotator))
    return stands(work, annotator, revoked)
