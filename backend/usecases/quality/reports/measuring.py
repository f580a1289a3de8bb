"""Measuring: one way to an estimate for all reports of quality, and who may see how much of one."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.domain.access import policy
from backend.domain.errors import not_found
from backend.domain.proficiency.difference import newcombe
from backend.events.ids import ProjectId
from backend.readmodels import projects
from backend.statistics.effective import effective
from backend.statistics.wilson import wilson
from backend.usecases.reach import limited
from backend.usecases.work import Work

PPM = 1_000_000
Row = Mapping[str, Any]


def counted(cells: Iterable[Row]) -> tuple[float, float]:
    """Right answers and all, as many as they are worth together drawn alike: each stands for 1 / rate answers (Horvitz
    and Thompson), the sum is Kish's effective size."""
    told = effective((row["passed"], row["rate_ppm"] / PPM, row["n"]) for row in cells)
    right = told.get(True, 0.0)
    return right, right + told.get(False, 0.0)


def measured(cells: Iterable[Row]) -> dict[str, Any]:
    """The share of right answers with Wilson's 95 % interval, from cells of rate_ppm, passed and n; `n` of them were
    judged, of which `errors` were wrong. Nothing judged: no value, 0..1."""
    rows = list(cells)
    right, total = counted(rows)
    low, high = wilson(right, total)
    return {
        "n": sum(row["n"] for row in rows),
        "errors": sum(row["n"] for row in rows if not row["passed"]),
        "n_effective": round(total, 6),
        "value": round(right / total, 9) if total else None,
        "low": round(low, 9),
        "high": round(high, 9),
    }


def difference(one: Iterable[Row], other: Iterable[Row]) -> dict[str, Any] | None:
    """One's share of right answers minus the other's with Newcombe's 95 % interval; None where one has nothing.
    `certain`: 0 is outside."""
    mine, theirs = counted(one), counted(other)
    if not mine[1] or not theirs[1]:
        return None
    low, high = newcombe(mine, theirs)
    between = mine[0] / mine[1] - theirs[0] / theirs[1]
    told = {"difference": round(between, 9), "low": round(low, 9), "high": round(high, 9)}
    return {**told, "certain": low > 0.0 or high < 0.0}


def until(work: Work, as_of: datetime | None) -> datetime:
    """Up to when a report looks. Who manages one vendor or team sees whole days (UTC) that are over: a number that
    moves at once with an answer would tell that the answer was gold."""
    newest = work.now.replace(hour=0, minute=0, second=0, microsecond=0) if limited(work) else work.now
    return newest if as_of is None else min(as_of, newest)


def sees_labels(work: Work, project: UUID | None) -> bool:
    """Whether the caller may read what answers say; otherwise classes stay keyed tokens."""
    about = policy.Resource(tenant=work.tenant, project=ProjectId(project) if project else None)
    return policy.decide(work.caller.subject, "project:export", about).allow


async def project_row(work: Work, project: UUID) -> dict[str, Any]:
    """The project's row; not_found."""
    rows = await projects.find(work.conn, work.tenant, [project])
    if not rows:
        raise not_found("a project")
    return rows[0]
