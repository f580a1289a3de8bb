"""Quotas: how many leases a day a person may be given, of one project or of all; and how many are left."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, assert_never
from uuid import UUID

from backend.domain.checks import in_range
from backend.domain.decider import Decider
from backend.domain.errors import not_found, not_now
from backend.events import queue as ev
from backend.events.ids import AnnotatorId, ProjectId, QuotaId

PER_DAY = (1, 100_000)

# --- state


@dataclass(frozen=True, slots=True)
class NoQuota:
    """None is set, or it was removed."""

    known: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """So many leases a day, of this project or any (None), to this person or to each (None)."""

    quota: QuotaId
    project: ProjectId | None
    annotator: AnnotatorId | None
    per_day: int


State: TypeAlias = NoQuota | Quota

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class SetQuota:
    """Allow so many a day from now on."""

    quota: QuotaId
    project: ProjectId | None
    annotator: AnnotatorId | None
    per_day: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveQuota:
    """Allow any number again."""


Command: TypeAlias = SetQuota | RemoveQuota
Event: TypeAlias = ev.QuotaSet | ev.QuotaRemoved

# --- decide


def decide(command: Command, quota: State) -> Sequence[Event]:
    """Read as a table: command, state, outcome. What is not listed is refused."""
    match command, quota:
        case SetQuota(), Quota() if _told(command) == _told(quota):
            return []
        case SetQuota(), Quota() if _scope(command) != _scope(quota):
            raise not_now(command, quota)
        case SetQuota(per_day=n), _:
            in_range("quota_invalid", "per_day", n, *PER_DAY)
            return [ev.QuotaSet(**_told(command))]
        case RemoveQuota(), Quota(quota=known):
            return [ev.QuotaRemoved(quota=known)]
        case RemoveQuota(), NoQuota(known=True):
            return []
        case _:
            raise not_found("a quota")


# --- evolve


def evolve(quota: State, event: Event) -> State:
    """What is true after the event."""
    match event:
        case ev.QuotaSet():
            return Quota(
                quota=event.quota, project=event.project, annotator=event.annotator, per_day=event.per_day
            )
        case ev.QuotaRemoved():
            return NoQuota(known=True)
        case _:
            assert_never(event)


# --- helpers


def _told(quota: SetQuota | Quota) -> dict[str, Any]:
    return {name: getattr(quota, name) for name in ("quota", "project", "annotator", "per_day")}


def _scope(quota: SetQuota | Quota) -> tuple[object, ...]:
    return quota.quota, quota.project, quota.annotator


QUOTA: Decider[Command, State, Event] = Decider(NoQuota(), decide, evolve)
"""One stream per project (or all) and person (or each); its id follows from them."""


# --- what quotas leave


Used: TypeAlias = Mapping[tuple[UUID, UUID], int]
"""(Person, project) -> leases given today; what is not in it is 0."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """All quotas of a tenant: (project or None, person or None) -> leases a day."""

    per_day: Mapping[tuple[UUID | None, UUID | None], int]

    def of(self, annotator: UUID, project: UUID) -> list[tuple[UUID | None, int]]:
        """What limits this person there: (the project, or None for work of all projects together; leases a day).

        A person's own quota stands in place of everybody's.
        """
        found = ((scope, self._first(scope, annotator)) for scope in (project, None))
        return [(scope, n) for scope, n in found if n is not None]

    def _first(self, project: UUID | None, annotator: UUID) -> int | None:
        own = self.per_day.get((project, annotator))
        return self.per_day.get((project, None)) if own is None else own

    def concerns(self, annotator: UUID) -> bool:
        """Whether any quota limits this person, so that what they were given today must be counted."""
        return any(who in (None, annotator) for _, who in self.per_day)

    def left(self, annotator: UUID, project: UUID, used: Used) -> int | None:
        """How many leases of this project the person may still be given today; None: any number."""
        rooms = [n - given_of(used, annotator, scope) for scope, n in self.of(annotator, project)]
        return max(0, min(rooms)) if rooms else None


def given_of(used: Used, annotator: UUID, project: UUID | None) -> int:
    """Leases given to the person today, of one project or (None) of all."""
    if project is not None:
        return used.get((annotator, project), 0)
    return sum(n for (who, _), n in used.items() if who == annotator)


def allowance(rows: Iterable[Mapping[str, Any]]) -> Allowance:
    """From rows with project, annotator and per_day."""
    return Allowance({(row["project"], row["annotator"]): row["per_day"] for row in rows})
