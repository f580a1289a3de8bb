"""Double reviews as managers see them: which words of experts were looked at again, by whom, and what it came to."""

from typing import Any
from uuid import UUID

from backend.domain.errors import not_found
from backend.events.ids import ProjectId
from backend.readmodels import double_reviews, projects, tasks
from backend.statistics.wilson import wilson
from backend.usecases.work import Answer, Work

PPM = 1_000_000
Row = dict[str, Any]


async def double_review_list(
    work: Work, *, project: UUID, state: str | None, cursor: str | None, limit: int
) -> Answer:
    """Every draw of a project by id, or those in a state (passed, waiting, differed, closed), with the counts of all of
    them and the share of compared words that another expert confirmed."""
    work.require("review:read", project=ProjectId(project))
    if not await projects.find(work.conn, work.tenant, [project]):
        raise not_found("a project")
    after = UUID(cursor) if cursor else None
    asked = (project, after, state, limit + 1)
    rows = await tasks.rows(work.conn, double_reviews.PAGE, work.tenant, *asked)
    (counts,) = await tasks.rows(work.conn, double_reviews.COUNTS, work.tenant, project)
    page = rows[:limit]
    work.saw(
        subjects={one for row in page for one in (row["expert"], row["second"], row["third"]) if one},
        results=[row["item"] for row in page],
    )
    more = str(page[-1]["escalation"]) if len(rows) > limit else None
    told = {"project": project, "counts": counts, "confirmed": _confirmed(counts)}
    return Answer(told | {"data": [_shown(row) for row in page], "next_cursor": more})


def _confirmed(counts: Row) -> Row | None:
    """Of the first experts' words that were compared the share that stood, with Wilson's interval at 95 %."""
    stood = counts["agreed"] + counts["first"]
    n = stood + counts["second"] + counts["third"]
    if not n:
        return None
    low, high = wilson(stood, n)
    return {"value": stood / n, "low": low, "high": high, "n": n}


def _shown(row: Row) -> Row:
    names = (
        "item",
        "task",
        "state",
        "period",
        "draw",
        "sampled",
        "drawn_at",
        "closed_at",
        "outcome",
        "corrected",
    )
    return {
        "id": row["escalation"],
        **{name: row[name] for name in names},
        "rate": row["rate_ppm"] / PPM,
        "experts": [
            {"annotator": row[who], "lease": row[lease]}
            for who, lease in (("expert", "lease"), ("second", "second_lease"), ("third", "third_lease"))
            if row[who]
        ],
    }
