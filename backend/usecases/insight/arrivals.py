"""Arrivals: which items will come in by what did in the last days, and with which steps they begin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.domain.projects import forecast as rules
from backend.events.workflows import Step
from backend.readmodels import forecast as sql
from backend.usecases.insight.capacity import Kind
from backend.usecases.insight.shifts import DAY, HOUR
from backend.usecases.projects.workflows import slots_of
from backend.usecases.work import Work

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Coming:
    """Items of a project in each coming hour, between which multiples of that, and by how many days."""

    items: Sequence[float]
    band: tuple[float, float] | None
    days: int

    def at(self, end: int | None) -> list[float]:
        """The items at the lower (0) or upper (1) end of the band; None: the mean."""
        times = 1.0 if self.band is None or end is None else self.band[end]
        return [n * times for n in self.items]


async def first_steps(work: Work, known: Mapping[UUID, Row]) -> dict[Kind, int]:
    """The steps that new items begin with, and their slots."""
    found: dict[Kind, int] = {}
    by_workflow = await sql.first_steps(work.conn, work.tenant)
    for row in by_workflow:
        step = Step(name=row["step"], stage=row["stage"], slots=row["slots"])
        kind = Kind(row["project"], step.stage, step.name)
        found[kind] = slots_of(step, known[kind.project]["plan"].overlap) if kind.project in known else 0
    for project in known.keys() - {row["project"] for row in by_workflow}:
        found[Kind(project, "annotate", "annotate")] = known[project]["plan"].overlap
    return found


async def coming(work: Work, ids: Sequence[UUID], hours: int) -> dict[UUID, Coming]:
    """What came in at the same hour of the last whole days, seven at most, on average."""
    until = work.now.replace(minute=0, second=0, microsecond=0)
    imported = await sql.imported(work.conn, work.tenant, ids, (until - rules.DAYS_MAX * DAY, until))
    since = await sql.since(work.conn, work.tenant, ids)
    found = {}
    for project in ids:
        days = _days(imported.get(project, {}), since.get(project, until), until)
        usual = rules.usual_day(days)
        items = [usual[(work.now + n * HOUR).hour] for n in range(hours)]
        found[project] = Coming(items, rules.band([sum(day) for day in days], hours), len(days))
    return found


def _days(imported: Mapping[datetime, int], since: datetime, until: datetime) -> list[list[float]]:
    """The last days, each as what came in at its 24 hours; a day that is not over counts as one."""
    days = [[0.0] * 24 for _ in range(min(rules.DAYS_MAX, -((since - until) // DAY)))]
    for hour, n in imported.items():
        ago = (until - hour - HOUR) // DAY
        if ago < len(days):
            days[ago][hour.hour] += n
    return days
