"""Capacity: how many hours of people go to each kind of work in each of the coming hours, by who may do it, who is
there then, and what part of their time is meant for it."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from backend.domain.projects.coverage import places
from backend.domain.tasks.fairness import shares
from backend.readmodels import staffing
from backend.usecases.insight.shifts import HOUR, Hours
from backend.usecases.insight.staff import Staff
from backend.usecases.work import Work

S = TypeVar("S", bound=Hashable)
Row = dict[str, Any]
STAFFINGS_MAX = 1_000
"""So many staffings are looked at; there is one per team or vendor at a time."""


class Kind(NamedTuple):
    """One step of one project."""

    project: UUID
    stage: str
    step: str


@dataclass(frozen=True, slots=True)
class Meant:
    """What people may be there for: the work of each kind, above 0 in whatever unit, and the weights of projects."""

    waiting: Mapping[Kind, float]
    weights: Mapping[UUID, int]

    def parts(self, kinds: frozenset[Kind], staffed: Mapping[UUID, int]) -> dict[Kind, float]:
        """The part of the time for each: among projects as a pull would, inside a project by the work that waits."""
        due = shares({kind.project: self.weights[kind.project] for kind in kinds}, staffed)
        work: dict[UUID, float] = defaultdict(float)
        for kind in kinds:
            work[kind.project] += self.waiting[kind]
        return {
            kind: due[kind.project] * self.waiting[kind] / work[kind.project] if work[kind.project] else 0.0
            for kind in kinds
        }


async def person_hours(
    work: Work, everybody: Staff, able: Mapping[Kind, int], meant: Meant, there: Hours, hours: int
) -> dict[Kind, list[float]]:
    """Kind -> hours of people for it in each coming hour; `able` says who may do it."""
    found = {kind: [0.0] * hours for kind in able}
    plans = await _staffings(work, hours)
    holders = {plan["holder"]: everybody.people.holders.get(plan["holder"], 0) for plan in plans}
    sets: list[tuple[Kind | str, int]] = [*able.items(), *holders.items()]
    for people, names in split(everybody.people.everybody, sets):
        kinds = frozenset(one for one in names if isinstance(one, Kind))
        if not kinds:
            continue
        present = _together(people, there, hours)
        own = [plan for plan in plans if plan["holder"] in names]
        parts: dict[UUID | None, dict[Kind, float]] = {}
        for n, time in ((n, time) for n, time in enumerate(present) if time):
            plan = _in_force(own, work.now + n * HOUR)
            about = plan["staffing"] if plan else None
            if about not in parts:
                parts[about] = meant.parts(kinds, plan["shares"] if plan else {})
            for kind, part in parts[about].items():
                found[kind][n] += time * part
    return found


def split(everybody: int, sets: Iterable[tuple[S, int]]) -> Iterator[tuple[int, frozenset[S]]]:
    """Everybody in groups who are in the same of these sets, with the names of those."""
    groups: list[tuple[int, tuple[S, ...]]] = [(everybody, ())]
    for name, mask in sets:
        apart = [(people & mask, (*names, name)) for people, names in groups]
        groups = [one for one in apart if one[0]] + [
            (people & ~mask, names) for people, names in groups if people & ~mask
        ]
    return ((people, frozenset(names)) for people, names in groups)


def _together(people: int, there: Hours, hours: int) -> list[float]:
    present = [there.of[place] for place in places(people) if place in there.of]
    return [sum(column) for column in zip(*present, strict=True)] or [0.0] * hours


async def _staffings(work: Work, hours: int) -> list[Row]:
    span = (work.now, work.now + hours * HOUR)
    rows = await staffing.staffings(work.conn, work.tenant, span, None, None, STAFFINGS_MAX)
    return sorted((row for row in rows if row["ended_at"] is None), key=lambda row: str(row["holder"]))


def _in_force(plans: Iterable[Row], at: datetime) -> Row | None:
    return next((plan for plan in plans if plan["starts"] <= at < plan["ends"]), None)
