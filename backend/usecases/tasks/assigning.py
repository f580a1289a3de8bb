"""Assigning: a manager gives a named task to a person who may do it; that it may be theirs is asked in one place."""

from typing import Any
from uuid import UUID

from pydantic_core import to_json

from backend.domain.errors import Refusal, not_found
from backend.domain.tasks import lease as leases
from backend.events.ids import LeaseId
from backend.readmodels import claims, gate, projects, tasks
from backend.usecases.gates import unmet
from backend.usecases.review.label_showing import show_again
from backend.usecases.tasks.leasing import Given, claim_command
from backend.usecases.tasks.presenting import closed
from backend.usecases.work import Answer, Work

WAITS_TIMES = 48
"""So many times as long as for what was prefetched, a lease given by name waits to be opened: by default four hours, in
which whoever is on shift finds it. Then its slot is everybody's."""


async def lease_assign(work: Work, *, task: UUID, annotator: UUID, over_capacity: bool = False) -> Answer:
    """A named assignment: a manager gives one open slot of a task to a person who may do it, and who finds it first at
    their next pull. `over_capacity`: even if they hold as many leases as they may."""
    work.require("lease:assign")
    found = await tasks.by_ids(work.conn, tasks.TASKS_BY_ID, work.tenant, [task])
    if not found:
        raise not_found("a task and an annotator")
    await may_take(work, annotator, found[0], over_capacity=over_capacity)
    slot = await work.conn.fetchrow(claims.TAKE_OF_TASK, work.tenant, task)
    if slot is None:
        raise Refusal(
            "conflict",
            "no_open_slot",
            expected="an open slot of the task",
            found="none",
            mend="choose another task",
        )
    lease = LeaseId(work.new_id())
    command = await give_by_name(work, lease, annotator, claims.slot_of(slot), found[0], by="assignment")
    work.saw(subjects=[annotator], results=[found[0]["item"]])
    return Answer(given(command), "created")


async def may_take(work: Work, annotator: UUID, about: dict[str, Any], *, over_capacity: bool) -> None:
    """Ask whether this person may have a slot like `about` (a task's or lease's row): active, holding all that the lane
    asks, not having met the item, and with room. Locks their row. Raises what stands against it (conflict)."""
    person = (await claims.lock_people(work.conn, work.tenant, [annotator], work.now)).get(annotator)
    if person is None:
        raise not_found("a task and an annotator")
    may = await work.conn.fetchrow(gate.MAY, work.tenant, annotator, about["lane"], work.now)
    if may["status"] != "active" or unmet(may):
        raise await closed(work, annotator, may["status"], unmet(may), "conflict")
    met = (about["item"], about["stage"] == "review", about["generation"])
    if await work.conn.fetchval(claims.MET, work.tenant, annotator, *met):
        raise Refusal(
            "conflict",
            "already_worked",
            expected="a person who never met this item",
            found="one who did",
            mend="choose another person",
        )
    if person.room < 1 and not over_capacity:
        raise Refusal(
            "conflict",
            "at_capacity",
            expected="a person who may hold one lease more",
            found="one who holds as many as they may",
            mend="choose another person, wait, or ask for it with over_capacity",
        )


async def give_by_name(
    work: Work,
    lease: LeaseId,
    annotator: UUID,
    slot: claims.Slot,
    about: dict[str, Any],
    **why: str,
) -> leases.ClaimSlot:
    """Make the slot this person's under `lease`, to be opened in time; `about` is its task's or lease's row, `why` says
    how it came to them. Decided, not flushed."""
    (project,) = await projects.find(work.conn, work.tenant, [about["project"]])
    settings = Given(
        step=about["step"],
        stage=about["stage"],
        why=to_json({**why, "principal": str(work.me)}).decode(),
        priority=about["priority"],
        gold=about.get("gold"),
        opened=False,
        assigned=True,
        start_seconds=project["queue"].start_seconds * WAITS_TIMES,
        hard_seconds=work.pulse.hard_seconds(project, about["step"]),
    )
    command = claim_command(work, lease, annotator, slot, project, settings)
    work.decide(leases.LEASE, lease, command)
    await show_again(work, lease, about, project, annotator)
    return command


def given(command: leases.ClaimSlot) -> dict[str, Any]:
    """What the manager is told of a lease that was given by name."""
    return {
        "lease": command.lease,
        "task": command.task,
        "annotator": command.annotator,
        "expires_at": command.until,
        "start_by": command.start_by,
        "hard_until": command.hard_until,
    }
