"""Pacing: what stops a person before anything is claimed, and every sign of life."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from typing import Any
from uuid import UUID

from backend.domain.workforce import pacing as rules
from backend.domain.workforce.limits import DEFAULTS, effective
from backend.domain.workforce.schedule import Schedule
from backend.events.availability import WorkLimits
from backend.readmodels import availability
from backend.readmodels import pacing as measured
from backend.usecases.work import Work

Reason = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pace:
    """What a pull is told: `stops` empty the hand, `closed` projects are left out for their reasons, `hints` only
    advise."""

    stops: list[Reason] = field(default_factory=list)
    closed: dict[UUID, list[Reason]] = field(default_factory=dict)
    hints: list[Reason] = field(default_factory=list)


async def pace_of(work: Work, annotator: UUID, project: UUID | None) -> Pace:
    """What stops this person now: everywhere, in the `project` asked for, or in single projects. One query."""
    (pace,) = await paces_of(work, [(annotator, project)])
    return pace


async def paces_of(work: Work, asked: Sequence[tuple[UUID, UUID | None]]) -> list[Pace]:
    """pace_of for many people at once, in one query."""
    found = await measured.paces(work.conn, work.tenant, asked, work.now)
    return [_pace(work, project, *rows) for (_, project), rows in zip(asked, found, strict=True)]


def _pace(work: Work, project: UUID | None, person: Mapping[str, Any], *projects: Mapping[str, Any]) -> Pace:
    limits = effective(WorkLimits(**_five(person["everyone"])), WorkLimits(**_five(person["own"])))
    known, worked = availability.available(person), _worked(person)
    schedule = Schedule(
        time_zone=known.time_zone, hours=known.hours, exceptions=known.exceptions, enforced=known.enforced
    )
    found = [_told(work, stop) for stop in rules.stops(work.now, worked, limits, schedule, known.activity)]
    closed: dict[UUID, list[Reason]] = {}
    for row in projects:
        own = WorkLimits(**_five(row["own"]))
        stops = rules.project_stops(work.now, _worked(row), own, limits, schedule.zone)
        if stops:
            closed[row["project"]] = [_told(work, stop) | {"project": row["project"]} for stop in stops]
    tired = not found and rules.suggests_break(work.now, worked, limits)
    hints = [{"code": "break_suggested", "since": worked.since}] if tired else []
    return Pace(found + (closed.get(project, []) if project else []), closed, hints)


def _five(values: list[int | None]) -> dict[str, int | None]:
    return dict(zip(availability.LIMITS, values, strict=True))


def _worked(row: Mapping[str, Any]) -> rules.Worked:
    names = ("seen_at", "since", "day_since", "day_ms", "week_ms")
    return rules.Worked(**{name: row[name] for name in names})


def _told(work: Work, stop: rules.Stop) -> Reason:
    told: Reason = {"code": stop.code}
    if stop.why is not None:
        told["why"] = stop.why
    if stop.activity is not None:
        told["activity"] = stop.activity
    if stop.until is not None:
        told |= {"until": stop.until, "retry_after_s": ceil((stop.until - work.now).total_seconds())}
    return told


async def sign_of_life(work: Work, leases: Iterable[Mapping[str, Any]]) -> None:
    """Whoever holds these leases works on them at this moment: rows with annotator, project, claimed_at, started_at and
    state as they were before it and, where the lease has ended, ended_at. One statement; call it last, because it locks
    the person's presence."""
    first: dict[UUID, tuple[Any, ...]] = {}
    for row in leases:
        # Under several leases at once a person works once: since the earliest of them.
        at = min(work.now, row.get("ended_at") or work.now)
        sign = (row["annotator"], row["project"], _worked_on_since(row, at), at)
        known = first.get(row["annotator"])
        if known is None or sign[2] < known[2]:
            first[row["annotator"]] = sign
    if first:
        signs = [first[who] for who in sorted(first)]
        usual = (DEFAULTS.break_minutes, DEFAULTS.rest_minutes, DEFAULTS.idle_seconds)
        await measured.sign(work.conn, work.tenant, signs, *usual)


def _worked_on_since(row: Mapping[str, Any], at: datetime) -> datetime:
    """Nobody worked on what was not opened, or lay aside."""
    if row.get("state", "started") != "started":
        return at
    since: datetime = row.get("started_at") or row["claimed_at"]
    return since
