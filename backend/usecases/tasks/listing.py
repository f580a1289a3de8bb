"""Listing: the leases that people hold, their own for them and everybody's for managers, the oldest first."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from backend.events.ids import ProjectId, uuid8
from backend.readmodels import leases as rows
from backend.usecases.access.delegation import within
from backend.usecases.work import Answer, Work

SHOWN = ("project", "stage", "step", "state", "priority", "assigned", "claimed_at", "started_at", "start_by")


async def lease_list(
    work: Work,
    *,
    project: UUID | None,
    annotator: UUID | None,
    state: Literal["held", "started", "paused"] | None,
    cursor: str | None,
    limit: int,
) -> Answer:
    """Leases held, oldest first: a person's own, or for a manager everybody's, of a project or a person.

    A holder sees handles, a manager the task and the item; nobody payloads."""
    work.require("lease:read", owner=annotator or work.me, project=ProjectId(project) if project else None)
    if work.caller.subject.kind == "annotator":
        annotator = annotator or work.me
    at, _, last = (cursor or "").partition("|")
    after = (datetime.fromisoformat(at), UUID(last)) if cursor else None
    where = within(work, project)
    found = await rows.held(work.conn, work.tenant, annotator, where, state, after, limit + 1)
    page = found[:limit]
    more = f"{page[-1]['claimed_at'].isoformat()}|{page[-1]['lease']}" if len(found) > limit else None
    work.saw(subjects={row["annotator"] for row in page}, results=[row["lease"] for row in page])
    return Answer({"data": [_listed(work, row) for row in page], "next_cursor": more})


def _listed(work: Work, row: dict[str, Any]) -> dict[str, Any]:
    mine = row["annotator"] == work.me
    return {
        "id": row["lease"],
        "annotator": row["annotator"],
        "task": work.vault.handle(work.tenant, row["lease"], "task") if mine else row["task"],
        "item": work.vault.handle(work.tenant, row["lease"], "item") if mine else row["item"],
        **{name: row[name] for name in SHOWN},
        **limits_of(work, row),
        "age_seconds": int((work.now - row["claimed_at"]).total_seconds()),
    }


def limits_of(work: Work, row: dict[str, Any]) -> dict[str, Any]:
    """When it ends, and with what it belongs together: the group's handle is one for all leases of its holder."""
    group = row["item_group"]
    return {
        "expires_at": rows.ends_at(row),
        "hard_until": row["hard_until"],
        "group": work.vault.handle(work.tenant, uuid8(row["annotator"], "group", str(group)), "group")
        if group
        else None,
    }
