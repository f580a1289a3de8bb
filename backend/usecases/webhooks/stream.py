"""The stream of events: what webhooks carry, read from any index on; a receiver can move between the two."""

from typing import Any
from uuid import UUID

from backend.events.ids import ProjectId
from backend.events.store import outbox
from backend.events.store.subscription import read
from backend.usecases.webhooks.telling import KINDS, kinds_for, may, projects_of, told
from backend.usecases.work import Answer, Work

INDEXES_MAX = 2_000
"""So much of the log is looked at in one request, however little of it is told."""


async def event_stream(
    work: Work, *, after: int, project: UUID | None, events: str | None, limit: int
) -> Answer:
    """Events with an index greater than `after`, in order: ids and outcomes, of the kinds that the caller may be told.
    `next_after` is where to go on, also when nothing was found; `more` says that it is worth it at once."""
    work.require("event:read", project=ProjectId(project) if project else None)
    asked = [one for one in (events or "").split(",") if one]
    kinds = (
        kinds_for(work, asked, project)
        if asked
        else [kind for kind, one in KINDS.items() if may(work, one.right, project)]
    )
    head = int(await work.conn.fetchval(outbox.HEAD, work.tenant))
    first = after + 1
    end = min(head, first + INDEXES_MAX)
    facts = await read(work.conn, work.tenant, first, end, kinds)
    found: list[dict[str, Any]] = []
    place = max(after, end - 1)
    for fact, about in zip(facts, await projects_of(work.conn, work.tenant, facts), strict=True):
        if project is not None and about != project:
            continue
        if len(found) == limit:
            place = found[-1]["index"]
            break
        found.append(told(fact, about))
    return Answer({"data": found, "next_after": place, "more": place < head - 1})
