"""Diversity of answers: how many different people, teams, vendors or languages stand behind each result."""

from uuid import UUID

from backend.domain.errors import not_found
from backend.events.ids import ProjectId
from backend.readmodels import deliveries, iterations
from backend.readmodels import diversity as rows
from backend.usecases.quality.reports.measuring import project_row
from backend.usecases.work import Answer, Work

Among = rows.Among


async def project_diversity(
    work: Work,
    *,
    project: UUID,
    by: Among,
    least: int,
    delivery: UUID | None = None,
    iteration: UUID | None = None,
    cursor: str | None,
    limit: int,
) -> Answer:
    """Decided items (of a delivery or an iteration, where one is named) by how many different ones answered them, and
    those below `least`. No pull looks at it; deliveries and pilots do where the targets ask for it. Where people belong
    and what they speak is as of now; what a model decided has nobody's answer. Raises not_found, also for a delivery or
    an iteration of another project."""
    work.require("review:read", project=ProjectId(project))
    await project_row(work, project)
    await _known(work, project, delivery, iteration)
    only = rows.Only(delivery=delivery, iteration=iteration)
    counts = await rows.counts(work.conn, work.tenant, project, by, only)
    after = UUID(cursor) if cursor else None
    found = await rows.below(work.conn, work.tenant, project, by, least, after, limit + 1, only)
    shown = found[:limit]
    items = sum(one["items"] for one in counts)
    below = sum(one["items"] for one in counts if one["different"] < least)
    work.saw(results=[row["item"] for row in shown])
    body = {
        "project": project,
        "by": by,
        "least": least,
        "items": items,
        "below": below,
        "below_share": round(below / items, 9) if items else None,
        "counts": counts,
        "data": shown,
        "next_cursor": str(shown[-1]["item"]) if len(found) > limit else None,
    }
    return Answer(body)


async def _known(work: Work, project: UUID, delivery: UUID | None, iteration: UUID | None) -> None:
    """Raises not_found for what is not of the project: nothing found would look like nothing wrong."""
    if delivery is not None:
        row = await deliveries.find(work.conn, work.tenant, delivery)
        if row is None or row["project"] != project:
            raise not_found("a delivery of the project")
    if iteration is not None and not await iterations.fetch(
        work.conn, iterations.FIND, work.tenant, project, iteration
    ):
        raise not_found("an iteration of the project")
