"""Routines: quality checks that every period has to bring; each period is judged once, by the rule it began with.

Periods begin at midnight (UTC) and follow each other without a gap. What happened from its beginning on and before its
end is closed once it is over, so that it does not matter when it is judged.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TypeAlias, assert_never

from backend.domain.checks import in_range, one_of
from backend.domain.decider import Decider
from backend.domain.errors import not_found, not_now
from backend.domain.projects.routine_periods import Period, after, at_moment
from backend.events import routines as ev
from backend.events.base import Secret
from backend.events.ids import ProjectId, RoutinePeriodId, uuid8

KINDS = ("gold", "consensus", "sampling")
PER = ("annotator", "skill")
DAYS_MAX, LEAST_MAX, ACTIVE_MAX, INDEPENDENT_MAX = 366, 1_000_000, 100_000, 10
GRACE = timedelta(minutes=10)
"""Nothing that happened in a period is still on its way so long after it: transactions are cut off long before."""
OFF = ev.Rule(every_days=0)

# --- state


@dataclass(frozen=True, slots=True)
class Line:
    """One kind: every version that was said, and up to where its periods are judged (None: none is)."""

    versions: tuple[ev.RoutineSet, ...] = ()
    judged_to: datetime | None = None

    @property
    def rule(self) -> ev.Rule:
        """What was said last."""
        return self.versions[-1].rule if self.versions else OFF

    @property
    def next(self) -> Period | None:
        """The first period that is not judged, over or not."""
        if not self.versions:
            return None
        return after(self.versions, self.judged_to or self.versions[0].begins)

    def at(self, now: datetime) -> Period | None:
        """The period in which this moment lies."""
        return at_moment(self.versions, now)


@dataclass(frozen=True, slots=True)
class Routines:
    """A project's; `alerts` says of every missed period whether somebody has acknowledged it."""

    version: int = 0
    lines: Mapping[str, Line] = field(default_factory=dict)
    alerts: Mapping[RoutinePeriodId, bool] = field(default_factory=dict)

    def of(self, kind: str) -> Line:
        """The line of a kind, whether or not anything was said."""
        return self.lines.get(kind, Line())


# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRoutine:
    """Ask this of every period that begins after the one that is running."""

    project: ProjectId
    kind: str
    rule: ev.Rule
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """These are the numbers of the kind's period that begins then."""

    project: ProjectId
    kind: str
    begins: datetime
    numbers: ev.Numbers
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledge:
    """Somebody has looked at a missed period."""

    project: ProjectId
    period: RoutinePeriodId
    note: Secret


Command: TypeAlias = SetRoutine | Judge | Acknowledge
Event: TypeAlias = ev.RoutineSet | ev.RoutineMet | ev.RoutineMissed | ev.RoutineAcknowledged

# --- decide


def decide(command: Command, routines: Routines) -> Sequence[Event]:
    """Read as a table: command, state, outcome. What is not listed is refused."""
    match command:
        case SetRoutine(kind=kind, rule=rule):
            return [] if rule == routines.of(kind).rule else [_set(command, routines)]
        case Judge(kind=kind):
            # Another worker was first, or it is too early: then the numbers may not be all.
            period = routines.of(kind).next
            if period is None or period.begins != command.begins or not over(period, command.now):
                return []
            return [_judged(command, routines.of(kind), period)]
        case Acknowledge(period=period) if period not in routines.alerts:
            raise not_found("an alert")
        case Acknowledge(period=period) if routines.alerts[period]:
            return []
        case Acknowledge():
            return [ev.RoutineAcknowledged(period=command.period, project=command.project, note=command.note)]
        case _:
            raise not_now(command, routines)


# --- evolve


def evolve(routines: Routines, event: Event) -> Routines:
    """What is true after the event."""
    match event:
        case ev.RoutineSet(kind=kind, version=version):
            line = routines.of(kind)
            line = replace(line, versions=(*line.versions, event))
            return replace(routines, version=version, lines={**routines.lines, kind: line})
        case ev.RoutineMet(kind=kind, ends=ends) | ev.RoutineMissed(kind=kind, ends=ends):
            line = replace(routines.of(kind), judged_to=ends)
            alerts = dict(routines.alerts)
            if isinstance(event, ev.RoutineMissed):
                alerts[event.period] = False
            return replace(routines, lines={**routines.lines, kind: line}, alerts=alerts)
        case ev.RoutineAcknowledged(period=period):
            return replace(routines, alerts={**routines.alerts, period: True})
        case _:
            assert_never(event)


# --- helpers


def over(period: Period, now: datetime) -> bool:
    """Whether all that happened in it is in the log."""
    return now >= period.ends + GRACE


def period_id(project: ProjectId, kind: str, begins: datetime) -> RoutinePeriodId:
    """The id of a project's period of this kind; also that of its alert."""
    return RoutinePeriodId(uuid8(project, "routine", kind, begins.isoformat()))


def begins_at(line: Line, now: datetime) -> datetime:
    """When what is said now takes effect: when the running period ends; where none is running, when what was said and
    has not begun would have begun, else at the next midnight (UTC)."""
    running = line.at(now)
    if running is not None:
        return running.ends
    if line.versions and line.versions[-1].begins > now:
        return line.versions[-1].begins
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight if midnight == now else midnight + timedelta(days=1)


def _set(command: SetRoutine, routines: Routines) -> ev.RoutineSet:
    _checked(command.kind, command.rule)
    line = routines.of(command.kind)
    said = ev.RoutineSet(
        project=command.project,
        kind=command.kind,
        version=routines.version + 1,
        rule=command.rule,
        begins=begins_at(line, command.now),
        next_ends=None,
    )
    return replace(said, next_ends=_next_ends(replace(line, versions=(*line.versions, said))))


def _checked(kind: str, rule: ev.Rule) -> None:
    one_of("routine_invalid", "kind", kind, KINDS)
    if not rule.every_days:
        return
    in_range("routine_invalid", "every_days", rule.every_days, 1, DAYS_MAX)
    in_range("routine_invalid", "least", rule.least, 1, LEAST_MAX)
    if kind == "gold":
        one_of("routine_invalid", "per", rule.per, PER)
        in_range("routine_invalid", "active_from", rule.active_from, 1, ACTIVE_MAX)
    if kind == "consensus":
        in_range("routine_invalid", "independent", rule.independent, 2, INDEPENDENT_MAX)


def _judged(command: Judge, line: Line, period: Period) -> ev.RoutineMet | ev.RoutineMissed:
    met = command.numbers.found >= command.numbers.asked
    return (ev.RoutineMet if met else ev.RoutineMissed)(
        period=period_id(command.project, command.kind, period.begins),
        project=command.project,
        kind=command.kind,
        version=period.version,
        begins=period.begins,
        ends=period.ends,
        numbers=command.numbers,
        next_ends=_next_ends(replace(line, judged_to=period.ends)),
    )


def _next_ends(line: Line) -> datetime | None:
    return line.next.ends if line.next is not None else None


ROUTINES: Decider[Command, Routines, Event] = Decider(Routines(), decide, evolve)
"""One stream per project."""
