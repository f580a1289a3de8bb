"""Availability: when a person can work, what they are doing, what is allowed, and how long they worked."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from backend.domain.access import policy
from backend.domain.errors import Refusal, not_found
from backend.domain.workforce import activity as activities
from backend.domain.workforce import limits as limits_domain
from backend.domain.workforce import schedule as schedules
from backend.domain.workforce.annotator import ANNOTATOR
from backend.domain.workforce.refusals import not_from
from backend.domain.workforce.standing import Erased
from backend.events.availability import DayException, WeeklyHours, WorkLimits
from backend.events.ids import AnnotatorId, ProjectId, uuid8
from backend.readmodels import availability, projects
from backend.usecases.reach import reach
from backend.usecases.work import Answer, Work

DAYS_MAX = 366
DAYS_SHOWN = 7
FIRST, LAST = date(1970, 1, 1), date(9998, 12, 31)
"""Days whose beginning is a moment in every time zone."""


async def schedule_get(work: Work, *, annotator: UUID) -> Answer:
    """A person's time zone, hours and activity."""
    work.require("schedule:read", owner=annotator)
    await _person(work, annotator)
    return await _schedule(work, annotator)


async def schedule_update(
    work: Work,
    *,
    annotator: UUID,
    time_zone: str,
    hours: Sequence[dict[str, Any]],
    exceptions: Sequence[dict[str, Any]],
    enforced: bool,
) -> Answer:
    """Replace the whole schedule; only a manager binds a person to it or lets them go."""
    work.require("schedule:update", owner=annotator)
    await _person(work, annotator, "UpdateSchedule")
    stream = uuid8(annotator, "schedule")
    await work.load(schedules.SCHEDULE, [stream])
    wanted = schedules.Schedule(
        time_zone=time_zone,
        hours=tuple(WeeklyHours(**one) for one in hours),
        exceptions=tuple(DayException(**one) for one in exceptions),
        enforced=enforced,
    )
    command = schedules.UpdateSchedule(
        annotator=AnnotatorId(annotator), schedule=wanted, may_bind=_manages(work)
    )
    if work.decide(schedules.SCHEDULE, stream, command):
        await _zone_summed(work, time_zone)
    await work.flush()
    return await _schedule(work, annotator)


def _manages(work: Work) -> bool:
    about = policy.Resource(tenant=work.tenant)
    return policy.decide(work.caller.subject, "schedule:update", about).allow


async def _zone_summed(work: Work, time_zone: str) -> None:
    if not await availability.known_zone(work.conn, time_zone):
        raise Refusal(
            "invalid",
            "time_zone_unknown",
            expected="an IANA time zone that the database knows too",
            found=repr(time_zone),
            mend="use the zone's current name, such as Asia/Kolkata",
        )


async def _schedule(work: Work, annotator: UUID) -> Answer:
    known = await availability.find(work.conn, work.tenant, annotator)
    body = asdict(known) | {"annotator": annotator, "version": known.schedule_version}
    del body["schedule_version"]
    return Answer(body, etag=str(known.schedule_version))


async def activity_update(work: Work, *, annotator: UUID, activity: str) -> Answer:
    """The person does something else from now on; work is handed out only to those who are available."""
    work.require("activity:update", owner=annotator)
    await _person(work, annotator, "ChangeActivity")
    stream = uuid8(annotator, "activity")
    await work.load(activities.ACTIVITY, [stream])
    command = activities.ChangeActivity(annotator=AnnotatorId(annotator), activity=activity)
    work.decide(activities.ACTIVITY, stream, command)
    await work.flush()
    known = await availability.find(work.conn, work.tenant, annotator)
    return Answer({"annotator": annotator, "activity": known.activity, "since": known.activity_since})


async def limits_get(work: Work) -> Answer:
    """What the tenant set for everybody."""
    work.require("limits:read")
    return await _limits(work, None, None)


async def limits_update(work: Work, *, limits: dict[str, Any], open_leases_max: int | None) -> Answer:
    """What holds for everybody who has no limits of their own."""
    work.require("limits:update")
    return await _update(work, None, None, limits, open_leases_max)


async def annotator_limits_get(work: Work, *, annotator: UUID) -> Answer:
    """What was set for one person, and what holds for them in the end."""
    work.require("limits:read", owner=annotator)
    await _person(work, annotator)
    return await _limits(work, annotator, None)


async def annotator_limits_update(
    work: Work, *, annotator: UUID, limits: dict[str, Any], open_leases_max: int | None
) -> Answer:
    """Limits and capacity of one person."""
    work.require("limits:update")
    await _person(work, annotator, "UpdateLimits")
    return await _update(work, annotator, None, limits, open_leases_max)


async def project_limits_get(work: Work, *, project: UUID) -> Answer:
    """What was set for work in one project."""
    work.require("limits:read", project=ProjectId(project))
    await _project(work, project)
    return await _limits(work, None, project)


async def project_limits_update(work: Work, *, project: UUID, limits: dict[str, Any]) -> Answer:
    """Limits of work in one project: whoever reaches them is stopped there alone."""
    work.require("limits:update", project=ProjectId(project))
    await _project(work, project)
    return await _update(work, None, project, limits, None)


async def _update(
    work: Work,
    annotator: UUID | None,
    project: UUID | None,
    limits: dict[str, Any],
    open_leases_max: int | None,
) -> Answer:
    stream = uuid8(annotator or project or work.tenant, "limits")
    await work.load(limits_domain.LIMITS, [stream])
    command = limits_domain.UpdateLimits(
        annotator=AnnotatorId(annotator) if annotator else None,
        project=ProjectId(project) if project else None,
        limits=WorkLimits(**limits),
        open_leases_max=open_leases_max,
    )
    work.decide(limits_domain.LIMITS, stream, command)
    await work.flush()
    return await _limits(work, annotator, project)


async def _limits(work: Work, annotator: UUID | None, project: UUID | None) -> Answer:
    """Own limits of the holder; for the tenant and for people also what holds in the end."""
    holder = annotator or project or work.tenant
    rows = await availability.limits_of(work.conn, work.tenant, [holder, work.tenant])
    own, everyone = (rows.get(one, {}) for one in (holder, work.tenant))
    nothing = WorkLimits()
    body = {
        "annotator": annotator,
        "project": project,
        "limits": asdict(own.get("limits", nothing)),
        "open_leases_max": own.get("open_leases_max"),
        "version": own.get("version", 0),
    }
    if project is None:
        found = limits_domain.effective(everyone.get("limits", nothing), own.get("limits", nothing))
        capacity = own.get("open_leases_max") or everyone.get("open_leases_max")
        body["effective"] = asdict(found) | {"open_leases_max": capacity or limits_domain.CAPACITY_DEFAULT}
    return Answer(body, etag=str(body["version"]))


async def working_time_get(work: Work, *, annotator: UUID, first: date | None, last: date | None) -> Answer:
    """Time worked per project and local day, from `first` to `last`, both included: raw, and without idle time."""
    work.require("working_time:read", owner=annotator)
    await _person(work, annotator)
    known = await availability.find(work.conn, work.tenant, annotator)
    zone = schedules.Schedule(time_zone=known.time_zone).zone
    last = last or schedules.day_of(zone, work.now)
    first = first or max(last, FIRST) - timedelta(days=DAYS_SHOWN - 1)
    if not (FIRST <= first <= last <= LAST and last - first < timedelta(days=DAYS_MAX)):
        raise Refusal(
            "invalid",
            "period_invalid",
            expected=f"from <= to, at most {DAYS_MAX} days, between {FIRST} and {LAST}",
            found=f"{first} to {last}",
            mend="ask for a shorter period",
        )
    span = schedules.begin_of(zone, first), schedules.begin_of(zone, last + timedelta(days=1))
    rows = await availability.worked(work.conn, work.tenant, annotator, span, known.time_zone)
    total = {name: sum(row[name] for row in rows) for name in ("raw_ms", "counted_ms")}
    body = {"annotator": annotator, "time_zone": known.time_zone, "first": first, "last": last}
    return Answer({**body, "idle_seconds": limits_domain.IDLE_SECONDS, "days": rows, "total": total})


async def _person(work: Work, annotator: UUID, changing: str | None = None) -> None:
    """Raises not_found for whom the caller does not reach or who was never invited; `changing`: also `not_now` for who
    was erased, about whom nothing new is kept."""
    if annotator != work.me:
        await reach(work, [annotator])
    (state,) = await work.load(ANNOTATOR, [annotator])
    if state == ANNOTATOR.initial:
        raise not_found("an annotator")
    if changing is not None and isinstance(state, Erased):
        raise not_from(changing, "erased")
    work.saw(subjects=[annotator])


async def _project(work: Work, project: UUID) -> None:
    if not await projects.find(work.conn, work.tenant, [project]):
        raise not_found("a project")
