"""Lanes as managers see them: what waits in each and for whom; those that nobody on shift can serve; and what would
bring more people to those that wait too long."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic_core import from_json

from backend.domain.projects import predicates
from backend.domain.projects.waiting import Ring, opens_at
from backend.events.ids import ProjectId
from backend.events.projects import Conditions
from backend.readmodels import lane_report, projects
from backend.readmodels import workforce_reports as sql
from backend.usecases.insight.mending import mends, told
from backend.usecases.insight.staff import Missing, Staff, staff
from backend.usecases.insight.waiting import Waiting, waiting
from backend.usecases.tasks.stages import EXPERTS
from backend.usecases.work import Answer, Work

Row = dict[str, Any]


# --- all of them


async def lane_list(work: Work, *, project: UUID | None, cursor: str | None, limit: int) -> Answer:
    """Lanes by id: what each asks for and by which rings, what waits, and how many people it would serve now."""
    work.require("lane:read", project=ProjectId(project) if project else None)
    after = UUID(cursor) if cursor else None
    rows = await lane_report.page(work.conn, work.tenant, project, after, limit + 1)
    shown, ids = rows[:limit], [row["lane"] for row in rows[:limit]]
    everybody = await staff(work)
    slots = await lane_report.open_slots(work.conn, work.tenant, ids)
    due = await lane_report.deadlines(work.conn, work.tenant, ids)
    page = [
        _lane(lane, everybody, slots[lane.row["lane"]], due.get(lane.row["lane"]))
        | {"unserved": await _unserved(work, lane, everybody, slots[lane.row["lane"]])}
        for lane in await waiting(work, shown)
    ]
    return Answer({"data": page, "next_cursor": str(ids[-1]) if len(rows) > limit else None})


async def _unserved(work: Work, lane: Waiting, everybody: Staff, slots: int) -> Row | None:
    """What waits for an expert who has not met its item, where the lane serves some and each of them has: a second
    look, or a contested word, in a project with one expert. It would wait for ever."""
    who = everybody.served(lane.rings[0].asked)
    if not slots or not who or lane.row["stage"] not in EXPERTS:
        return None
    left = await lane_report.nobody_new(work.conn, work.tenant, lane.row["lane"], everybody.named(who))
    return {"code": "no_second_expert", "slots": left} if left else None


def _lane(lane: Waiting, everybody: Staff, slots: int, due: datetime | None) -> Row:
    whole = lane.rings[0].asked
    return {
        **_named(lane),
        "paused": lane.row["paused"],
        "needs": _needs(lane.row["needs"]),
        "requires": whole.requires,
        "any_of": whole.any_of,
        "excludes": whole.excludes,
        "rings": [_ring(lane, ring, everybody) for ring in lane.rings],
        "open_slots": min(slots, lane_report.OPEN_MAX),
        "open_slots_at_least": slots > lane_report.OPEN_MAX,
        "next_deadline": due,
        **_counts(everybody, everybody.served(lane.open.asked)),
    }


def _named(lane: Waiting) -> Row:
    names = ("lane", "project", "stage", "step", "priority")
    waited = round(lane.waited_s, 1) if lane.since else None
    return {**{name: lane.row[name] for name in names}, "waited_s": waited, "ring": lane.open.ring}


def _ring(lane: Waiting, ring: Ring, everybody: Staff) -> Row:
    return {
        "ring": ring.ring,
        "after_seconds": ring.after_seconds,
        "opens_at": opens_at(ring, lane.since) if lane.since else None,
        **_counts(everybody, everybody.served(ring.asked)),
    }


def _counts(everybody: Staff, people: int) -> Row:
    """How many there are, and how many of them are on shift."""
    return {"eligible": people.bit_count(), "on_shift": (people & everybody.on_shift).bit_count()}


def _needs(kept: str) -> Row:
    said = from_json(kept)
    groups = tuple(tuple(group) for group in said.get("any_of", ()))
    one = Conditions(
        all_of=tuple(said.get("all_of", ())), any_of=groups, none_of=tuple(said.get("none_of", ()))
    )
    return predicates.shown(one)


async def _open(work: Work, project: UUID | None) -> list[Waiting]:
    """Lanes that serve and in which something waits, the longest waiting first."""
    rows = await lane_report.page(work.conn, work.tenant, project, None, None)
    found = await waiting(work, [row for row in rows if not row["paused"]])
    return sorted((one for one in found if one.since), key=lambda one: -one.waited_s)


# --- those that nobody on shift can serve


async def lane_orphans(work: Work, *, project: UUID | None, limit: int) -> Answer:
    """Lanes with work that nobody on shift may take: what most people lack for it, how many it would serve without
    that, who could when they are back, and which ring would bring somebody."""
    work.require("lane:read", project=ProjectId(project) if project else None)
    lanes, everybody = await _open(work, project), await staff(work)
    orphans = [one for one in lanes if not everybody.served(one.open.asked) & everybody.on_shift]
    exams = frozenset(str(row["course"]) for row in await sql.rows(work.conn, sql.EXAMS, work.tenant))
    lacking = [everybody.missing(one.open.asked) for one in orphans[:limit]]
    acts = await mends(work, {missing.condition for found in lacking for missing in found})
    data = [
        _orphan(one, everybody, _missing(found, exams, acts))
        for one, found in zip(orphans, lacking, strict=False)
    ]
    body = {
        "lanes": len(lanes),
        "orphans": len(orphans),
        "people": everybody.people.size,
        "people_on_shift": everybody.on_shift.bit_count(),
        "data": data,
    }
    return Answer(body)


def _orphan(lane: Waiting, everybody: Staff, missing: Row) -> Row:
    off_shift = everybody.served(lane.open.asked).bit_count()
    later = (ring for ring in lane.rings if ring.after_seconds > lane.open.after_seconds)
    helps = next((ring for ring in later if everybody.served(ring.asked) & everybody.on_shift), None)
    ring = _ring(lane, helps, everybody) if helps else None
    return {**_named(lane), "eligible_off_shift": off_shift, "ring_that_helps": ring, **missing}


def _missing(found: Sequence[Missing], exams: frozenset[str], acts: Mapping[str, Row]) -> Row:
    """What most people lack, and what would bring most if it were not asked; the same where one is both."""
    best = max(found, key=lambda one: one.served_without, default=None)
    unlocks = best if best is not None and best.served_without else None
    return {
        "missing": _condition(found[0], exams, acts) if found else None,
        "unlocks": _condition(unlocks, exams, acts) if unlocks else None,
    }


def _condition(one: Missing, exams: frozenset[str], acts: Mapping[str, Row]) -> Row:
    about = told(one.condition, exams)
    return {
        "code": about.pop("code"),
        "condition": one.condition,
        "about": about,
        "lacking": one.lacking,
        "eligible_without": one.served_without,
        "act": acts[one.condition],
    }


# --- those that wait too long


async def lane_overflow(work: Work, *, project: UUID | None, limit: int) -> Answer:
    """Lanes whose work waits longer than the project's target: how many people more each later ring would open them
    to, and how many of each vendor who are kept out only by whose people they are."""
    work.require("lane:read", project=ProjectId(project) if project else None)
    lanes = await _open(work, project)
    found = await projects.working(work.conn, work.tenant, sorted({one.row["project"] for one in lanes}))
    targets = {row["project"]: row["queue"].wait_target_seconds for row in found}
    late = [one for one in lanes if one.waited_s > targets[one.row["project"]]]
    everybody = await staff(work)
    data = [_late(one, everybody, targets[one.row["project"]]) for one in late[:limit]]
    return Answer({"lanes": len(lanes), "late": len(late), "data": data})


def _late(lane: Waiting, everybody: Staff, target_s: int) -> Row:
    now = everybody.served(lane.open.asked)
    more = everybody.served_from_anywhere(lane.open.asked) & ~now
    vendors = sorted(everybody.by_vendor(more).items(), key=lambda one: -one[1].bit_count())
    return {
        **_named(lane),
        "wait_target_seconds": target_s,
        **_counts(everybody, now),
        "rings": [
            _ring(lane, ring, everybody) | {"more": _counts(everybody, everybody.served(ring.asked) & ~now)}
            for ring in lane.rings
            if ring.after_seconds > lane.open.after_seconds
        ],
        "vendors": [{"vendor": vendor, **_counts(everybody, people)} for vendor, people in vendors],
    }
