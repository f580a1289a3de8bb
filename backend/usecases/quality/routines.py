"""Quality routines of a project: what every period has to bring, what the last ones brought, and open alerts."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal, not_found
from backend.domain.projects import routine as domain
from backend.domain.projects.routine_periods import Period
from backend.events.ids import ProjectId, RoutinePeriodId
from backend.events.routines import RoutineSet, Rule
from backend.readmodels import projects
from backend.readmodels import routine_counts as counts
from backend.readmodels import routines as rows
from backend.usecases.quality.routine_judging import numbers_of, stream_of, told
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work

FIRST = 1
"""The version before anything was said: an ETag counts from 1."""
LAST, EVENTS_MAX = 5, 200
OWN = {
    "gold": ("least", "per", "active_from"),
    "consensus": ("least", "independent"),
    "sampling": ("least",),
}
"""What is said of each kind beside its days."""
Row = dict[str, Any]


async def project_routines_get(work: Work, *, project: UUID) -> Answer:
    """For each routine what is asked, how far its current period is, what the last ones brought, and open alerts."""
    work.require("review:read", project=ProjectId(project))
    await _there(work, project)
    return await _shown(work, project)


async def project_routines_update(
    work: Work,
    *,
    project: UUID,
    expected_version: int,
    gold: Mapping[str, Any] | None,
    consensus: Mapping[str, Any] | None,
    sampling: Mapping[str, Any] | None,
) -> Answer:
    """Ask for exactly this of every period to come; what is left out is off. A period that is running is judged by what
    it began with. Raises `routines_changed`, `routine_invalid`."""
    work.require("project:update", project=ProjectId(project))
    await _there(work, project)
    stream = stream_of(project)
    (before,) = await work.load(domain.ROUTINES, [stream])
    if FIRST + before.version != expected_version:
        raise Refusal(
            "stale",
            "routines_changed",
            expected=f"the routines' version {FIRST + before.version}",
            found=f"version {expected_version}",
            mend="read them again and decide anew",
        )
    for kind, said in (("gold", gold), ("consensus", consensus), ("sampling", sampling)):
        rule = Rule(**said) if said is not None else domain.OFF
        command = domain.SetRoutine(project=ProjectId(project), kind=kind, rule=rule, now=work.now)
        work.decide(domain.ROUTINES, stream, command)
    await work.flush()
    return await _shown(work, project)


async def routine_period_list(
    work: Work, *, project: UUID, kind: str | None, met: bool | None, cursor: str | None, limit: int
) -> Answer:
    """Judged periods, the newest first: what was asked then, what was found, and who acknowledged what was missed."""
    work.require("review:read", project=ProjectId(project))
    await _there(work, project)
    after = await _behind(work, cursor)
    where = (after["begins"], after["period"]) if after else (None, None)
    found = await rows.fetch(work.conn, rows.PERIODS, work.tenant, project, kind, met, *where, limit + 1)
    return await _page(work, found, limit)


async def routine_period_get(work: Work, *, period: UUID) -> Answer:
    """A judged period, and the first events behind its number, where each stands in the log."""
    work.require("review:read")
    row = await _found(work, period)
    (state,) = await work.load(domain.ROUTINES, [stream_of(row["project"])])
    rule = _rules(state.of(row["kind"]))[row["version"]]
    window = (work.tenant, row["project"], row["begins"], row["ends"])
    behind = await counts.behind(work.conn, window, row["kind"], rule.independent, EVENTS_MAX + 1)
    work.saw(subjects=[one["annotator"] for one in behind[:EVENTS_MAX]])
    (shown,) = await _periods(work, [row])
    return Answer(shown | {"events": behind[:EVENTS_MAX], "more_events": len(behind) > EVENTS_MAX})


async def quality_alert_list(
    work: Work, *, project: UUID | None, state: str | None, cursor: str | None, limit: int
) -> Answer:
    """Missed periods of all projects, or of one: those that nobody has acknowledged first, then the newest."""
    work.require("review:read", project=ProjectId(project) if project else None)
    after = await _behind(work, cursor)
    where = (after["acknowledged_at"] is None, after["ends"], after["period"]) if after else (None,) * 3
    found = await rows.fetch(work.conn, rows.ALERTS, work.tenant, project, state, *where, limit + 1)
    return await _page(work, found, limit)


async def quality_alert_acknowledge(work: Work, *, alert: UUID, note: str) -> Answer:
    """A person has looked at a missed period; what they say of it stays with it. The first word counts."""
    work.require("project:update")
    row = await _found(work, alert)
    if row["met"]:
        raise not_found("an alert")
    if work.caller.subject.kind != "user":
        raise _nobody(work.caller.subject.kind)
    project = row["project"]
    keys = await work.keys(("project", project))
    sealed = keys.seal_json("project", project, "routine", alert, "note", note)
    await work.load(domain.ROUTINES, [stream_of(project)])
    command = domain.Acknowledge(project=ProjectId(project), period=RoutinePeriodId(alert), note=sealed)
    work.decide(domain.ROUTINES, stream_of(project), command)
    await work.flush()
    (shown,) = await _periods(work, [await _found(work, alert)])
    return Answer(shown)


# --- finding


async def _there(work: Work, project: UUID) -> None:
    if not await projects.find(work.conn, work.tenant, [project]):
        raise not_found("a project")


async def _found(work: Work, period: UUID) -> Row:
    found = await rows.fetch(work.conn, rows.FIND, work.tenant, period)
    if not found or work.caller.subject.project not in (None, found[0]["project"]):
        raise not_found("a judged period")
    return found[0]


async def _behind(work: Work, cursor: str | None) -> Row | None:
    return None if cursor is None else await _found(work, UUID(cursor))


def _rules(line: domain.Line) -> dict[int, Rule]:
    return {one.version: one.rule for one in line.versions}


# --- shown


async def _shown(work: Work, project: UUID) -> Answer:
    (state,) = await work.load(domain.ROUTINES, [stream_of(project)])
    open_ = {
        row["kind"]: row["n"] for row in await rows.fetch(work.conn, rows.OPEN_ALERTS, work.tenant, project)
    }
    told_of = {
        kind: await _line(work, project, kind, state.of(kind), open_.get(kind, 0)) for kind in domain.KINDS
    }
    version = FIRST + state.version
    return Answer({"project": project, "version": version, **told_of}, etag=str(version))


async def _line(work: Work, project: UUID, kind: str, line: domain.Line, open_alerts: int) -> Row:
    running = line.at(work.now)
    last = await rows.fetch(work.conn, rows.LAST, work.tenant, project, kind, LAST)
    current = line.versions[-1] if line.versions else None
    later = current is not None and (running is None or running.version != current.version)
    return {
        "asked": _rule(kind, line.rule),
        "asked_from": current.begins if current is not None and later else None,
        "current": await _running(work, project, kind, running) if running is not None else None,
        "judged": await _periods(work, last),
        "open_alerts": open_alerts,
        "history": [_version(kind, one) for one in reversed(line.versions)],
    }


async def _running(work: Work, project: UUID, kind: str, period: Period) -> Row:
    """How far the period is at this moment."""
    found = await numbers_of(work, project, kind, period, period.ends)
    work.saw(subjects=[one.annotator for one in found.short])
    return {
        "begins": period.begins,
        "ends": period.ends,
        "version": FIRST + period.version,
        "asked": _rule(kind, period.rule),
        "enough": found.found >= found.asked,
        "numbers": told(found),
    }


def _version(kind: str, one: RoutineSet) -> Row:
    return {"version": FIRST + one.version, "asked": _rule(kind, one.rule), "begins": one.begins}


def _rule(kind: str, rule: Rule) -> Row | None:
    """None: it is off."""
    if not rule.every_days:
        return None
    return {"every_days": rule.every_days, **{name: getattr(rule, name) for name in OWN[kind]}}


async def _page(work: Work, found: list[Row], limit: int) -> Answer:
    shown = found[:limit]
    more = str(shown[-1]["period"]) if len(found) > limit else None
    return Answer({"data": await _periods(work, shown), "next_cursor": more})


async def _periods(work: Work, found: list[Row]) -> list[Row]:
    noted = [row for row in found if row["note"] is not None]
    places = [
        Sealed("project", row["project"], "routine", row["period"], "note", row["note"]) for row in noted
    ]
    notes = dict(zip((row["period"] for row in noted), await work.open(places), strict=True))
    work.saw(*(["note"] if noted else []), results=[row["period"] for row in found])
    beside = ("project", "kind", "begins", "ends", "met", "judged_at", "acknowledged_by", "acknowledged_at")
    shown = [
        {
            "id": row["period"],
            **{name: row[name] for name in beside},
            "version": FIRST + row["version"],
            "numbers": told(row["numbers"]),
            "note": notes.get(row["period"]),
        }
        for row in found
    ]
    work.saw(subjects=[one["annotator"] for row in shown for one in row["numbers"]["short"]])
    return shown


def _nobody(kind: str) -> Refusal:
    return Refusal(
        "conflict",
        "person_required",
        expected="a person's own key",
        found=f"one of a {kind}",
        mend="let somebody look at it and say what they found",
    )
