"""Staff: all active people as sets, who of them is on shift, and whom a lane would serve; for thousands at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from backend.domain.projects.coverage import Crowd, alone, crowd, union
from backend.domain.projects.explanation import spelled
from backend.domain.projects.requirement import Requirement
from backend.domain.workforce.schedule import Schedule, working
from backend.readmodels import lane_report
from backend.readmodels import workforce_reports as sql
from backend.readmodels.availability import Available
from backend.usecases.insight.resting import resting
from backend.usecases.work import Work

ELSEWHERE = ("vendor", "team", "origin")
"""Kinds of conditions that say whose people the work is for."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A condition, how many lack it, and how many would be served without it, more than are now."""

    condition: str
    lacking: int
    served_without: int


@dataclass(slots=True)
class Staff:
    """Active people in their order; sets of them are bits. `on_shift`: would be handed work at this moment."""

    rows: Sequence[dict[str, Any]]
    people: Crowd
    on_shift: int
    _failing: dict[str, int] = field(default_factory=dict)
    _vendors: dict[UUID, int] = field(default_factory=dict)

    def failing(self, condition: str) -> int:
        """Who does not meet a condition; each is looked up once for all lanes."""
        if condition not in self._failing:
            self._failing[condition] = self.people.failing(condition)
        return self._failing[condition]

    def served(self, asked: Requirement) -> int:
        """Whom a lane that asks for this would serve."""
        return self.people.everybody & ~union(map(self.failing, spelled(asked)))

    def served_from_anywhere(self, asked: Requirement) -> int:
        """Whom it would serve if it did not matter whose people they are."""
        kept = (one for one in spelled(asked) if not _elsewhere(one))
        return self.people.everybody & ~union(map(self.failing, kept))

    def missing(self, asked: Requirement) -> list[Missing]:
        """What stands between the people on shift (or all, while nobody is) and a lane, most lacking first."""
        among = self.on_shift or self.people.everybody
        closing = {one: self.failing(one) & among for one in spelled(asked)}
        single = alone(closing)
        found = [
            Missing(one, mask.bit_count(), single.get(one, 0).bit_count())
            for one, mask in closing.items()
            if mask
        ]
        return sorted(found, key=lambda one: (-one.lacking, -one.served_without, one.condition))

    def named(self, people: int) -> list[UUID]:
        """Who is in a set."""
        return [row["annotator"] for place, row in enumerate(self.rows) if people >> place & 1]

    def by_vendor(self, people: int) -> dict[UUID, int]:
        """Vendor -> those of these people who work for it."""
        if not self._vendors:
            for place, row in enumerate(self.rows):
                if row["vendor"]:
                    self._vendors[row["vendor"]] = self._vendors.get(row["vendor"], 0) | 1 << place
        return {vendor: mask & people for vendor, mask in self._vendors.items() if mask & people}


def _elsewhere(condition: str) -> bool:
    options = condition.removeprefix("any:").removeprefix("not:").split("|")
    return all(one.partition(":")[0] in ELSEWHERE for one in options)


async def staff(work: Work) -> Staff:
    """Everybody who is active. Who rests, is doing something else or is outside their hours is not on shift; who never
    said any hours may work at any."""
    rows = await sql.rows(work.conn, sql.PEOPLE, work.tenant, None, None, work.now)
    active = [row for row in rows if row["status"] == "active"]
    away = set(await resting(work))
    hours = await lane_report.hours_kept(work.conn, work.tenant)
    away |= {who for who, known in hours.items() if not working(_schedule(known), work.now)}
    shift = sum(1 << place for place, row in enumerate(active) if row["annotator"] not in away)
    return Staff(active, crowd([row["held"] for row in active]), shift)


def _schedule(known: Available) -> Schedule:
    return Schedule(time_zone=known.time_zone, hours=known.hours, exceptions=known.exceptions)
