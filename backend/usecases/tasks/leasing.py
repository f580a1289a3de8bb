"""Leasing: the command that makes a slot somebody's, the row that shows it, and handing out what was given by name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.domain.tasks import lease as leases
from backend.events.ids import (
    AnnotatorId,
    GoldId,
    ItemGroupId,
    ItemId,
    LaneId,
    LeaseId,
    ProjectId,
    TaskId,
)
from backend.readmodels import claims, tasks
from backend.usecases.work import Work

FACT = tuple(
    "lease annotator project lane stage step task item slot ord generation gold guideline_version ring priority"
    " assigned again start_by hard_until until why".split()
)
"""What a lease's row has from its first fact under the same names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """How a slot is given: by which step and ring, why (JSON text), opened at once or to be opened in `start_seconds`,
    ended after `hard_seconds` of work whatever the heartbeats say; `assigned` by name, `again` to who met the item."""

    step: str
    stage: str
    why: str
    ring: int = 0
    priority: int = 2
    gold: GoldId | None = None
    opened: bool = True
    assigned: bool = False
    again: bool = False
    start_seconds: int | None = None
    hard_seconds: int | None = None


def claim_command(
    work: Work, lease: LeaseId, annotator: UUID, slot: claims.Slot, project: dict[str, Any], given: Given
) -> leases.ClaimSlot:
    """The command that makes this slot this person's; `project` is a row of projects.find or projects.working."""
    start_by = None
    if not given.opened:
        wait = given.start_seconds or project["queue"].start_seconds
        if slot.group is not None and given.hard_seconds is not None:
            # The items of a group are worked on one after the other.
            wait = max(wait, given.hard_seconds)
        start_by = work.in_seconds(wait)
    hard_until = None
    if given.hard_seconds is not None:
        hard_until = work.in_seconds(given.hard_seconds + (0 if start_by is None else wait))
    return leases.ClaimSlot(
        lease=lease,
        annotator=AnnotatorId(annotator),
        project=ProjectId(project["project"]),
        lane=LaneId(slot.lane),
        stage=given.stage,
        step=given.step,
        task=TaskId(slot.task),
        item=ItemId(slot.item),
        slot=slot.slot,
        ord=slot.ord,
        generation=slot.generation,
        group=ItemGroupId(slot.group) if slot.group is not None else None,
        gold=given.gold,
        guideline_version=project["guideline_version"],
        until=start_by or work.in_seconds(project["plan"].lease_seconds),
        why=given.why,
        ring=given.ring,
        priority=given.priority,
        assigned=given.assigned,
        again=given.again,
        opened=given.opened,
        start_by=start_by,
        hard_until=hard_until,
    )


def shown_row(claimed: leases.ClaimSlot, at: datetime, slot: claims.Slot) -> dict[str, Any]:
    """The lease as its row will be, with what it shows, as gate.SHOWN would find it: whoever claimed it under the
    person's lock has asked what the gate asks."""
    row = {name: getattr(claimed, name) for name in FACT}
    return row | {
        "item_group": claimed.group,
        "claimed_at": at,
        "state": "started" if claimed.opened else "held",
        "started_at": at if claimed.opened else None,
        "how": None,
        "payload": slot.payload,
        "workflow_version": slot.workflow_version,
    }


async def handed_out(
    work: Work, waiting: Sequence[UUID], project: UUID | None, stages: Sequence[str], most: int
) -> list[LeaseId]:
    """Those leases given to this person by name, of this project or any and of these stages, oldest first, at most so
    many. The first is opened by being shown; the others wait for theirs to be opened."""
    if not waiting:
        return []
    rows = await tasks.by_ids(work.conn, tasks.LEASES_BY_ID, work.tenant, waiting)
    mine = [
        row
        for row in rows
        if row["how"] is None and row["stage"] in stages and project in (None, row["project"])
    ]
    shown = [LeaseId(row["lease"]) for row in sorted(mine, key=lambda row: row["claimed_at"])][:most]
    for lease in shown[:1]:
        await work.load(leases.LEASE, [lease])
        work.decide(leases.LEASE, lease, leases.Start(annotator=AnnotatorId(work.me), now=work.now))
        await work.flush()
        await work.conn.execute(claims.ALIVE, work.tenant, [lease], work.now)
    return shown
