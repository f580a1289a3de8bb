"""The forecast of one step as it is told: what is known, hour by hour, and what would keep a target that is missed."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backend.domain.projects import forecast as rules
from backend.domain.projects.coverage import union
from backend.domain.projects.waiting import opens_at
from backend.readmodels.forecast import Handled
from backend.usecases.insight.capacity import Kind
from backend.usecases.insight.demand import Open, Scene
from backend.usecases.insight.shifts import HOUR
from backend.usecases.insight.staff import Staff
from backend.usecases.insight.waiting import Waiting
from backend.usecases.work import Work

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ahead:
    """A step, what waits, the hours of people, and its course by what is to come on average, at least and at most."""

    kind: Kind
    open: Open
    time: Sequence[float]
    usual: rules.Course
    low: rules.Course
    high: rules.Course


def told_of(work: Work, scene: Scene, ahead: Ahead) -> Row:
    """One step; without a handling time only what waits, who is there and what comes in is known."""
    kind, known = ahead.kind, scene.handled(ahead.kind)
    coming, lanes = scene.coming[kind.project], scene.lanes[kind]
    waited_s = max((one.waited_s for one in lanes), default=0.0)
    target_s = scene.projects[kind.project]["queue"].wait_target_seconds
    return {
        **kind._asdict(),
        "open_slots": round(ahead.open.slots),
        "open_slots_by": ahead.open.by,
        "waited_s": round(waited_s, 1) if any(one.since for one in lanes) else None,
        "wait_target_seconds": target_s,
        "arrivals_days": coming.days,
        "handling": _handling(known) if known else None,
        "people": _people(scene, scene.able(kind)),
        "person_hours": _rounded(ahead.time),
        "arrivals": _rounded(ahead.usual.arrivals),
        **_worked(work, ahead, known is not None, coming.band is not None),
        "missed": _missed(work, scene, ahead, waited_s, target_s) if known else None,
    }


def _handling(known: tuple[Handled, str]) -> Row:
    found, whose = known
    return {
        "answers": found.n,
        "of": whose,
        "mean_seconds": round(found.mean, 1),
        "median_seconds": round(found.median, 1) if found.median else None,
        "p95_seconds": round(found.p95, 1) if found.p95 else None,
    }


def _people(scene: Scene, able: int) -> Row:
    known = scene.there.scheduled | scene.there.delivering
    return {
        "eligible": able.bit_count(),
        "on_shift": (able & scene.everybody.on_shift).bit_count(),
        "by_schedule": (able & scene.there.scheduled).bit_count(),
        "by_delivery": (able & scene.there.delivering).bit_count(),
        "unknown": (able & ~known).bit_count(),
    }


def _worked(work: Work, ahead: Ahead, known: bool, banded: bool) -> Row:
    return {
        "capacity": _rounded(ahead.usual.capacity) if known else None,
        "backlog": _rounded(ahead.usual.backlog) if known else None,
        "backlog_low": _rounded(ahead.low.backlog) if known and banded else None,
        "backlog_high": _rounded(ahead.high.backlog) if known and banded else None,
        "worked_off_at": _worked_off(work, ahead.usual) if known else None,
        "worked_off_at_latest": _worked_off(work, ahead.high) if known and banded else None,
    }


def _rounded(values: Iterable[float]) -> list[float]:
    return [round(one, 2) for one in values]


def _worked_off(work: Work, course: rules.Course) -> datetime | None:
    after = rules.worked_off(course)
    return None if after is None else work.now + after * HOUR


# --- what would keep the target


def _missed(work: Work, scene: Scene, ahead: Ahead, waited_s: float, target_s: float) -> Row | None:
    late = rules.overdue(ahead.usual, waited_s, target_s)
    hour = next((n for n, slots in enumerate(late) if slots), None)
    if hour is None:
        return None
    lacking = sum(rules.lacking(ahead.usual, waited_s, target_s))
    kind, each = ahead.kind, scene.slots_an_hour(ahead.kind)
    lanes, everybody = scene.lanes[kind], scene.everybody
    now = scene.able(kind)
    more = union(everybody.served_from_anywhere(one.open.asked) for one in lanes) & ~now
    vendors = sorted(everybody.by_vendor(more).items(), key=lambda one: -one[1].bit_count())
    return {
        "at": work.now + hour * HOUR,
        "slots_lacking": round(lacking, 2),
        "hours_lacking": round(lacking / each, 2) if each else None,
        "rings": _rings(everybody, lanes, now),
        "vendors": [{"vendor": vendor, **_counts(everybody, people)} for vendor, people in vendors],
    }


def _rings(everybody: Staff, lanes: Sequence[Waiting], now: int) -> list[Row]:
    """Rings that one of the lanes has not reached yet, with how many people more than now each serves."""
    opened: dict[int, int] = defaultdict(int)
    after: dict[int, int] = {}
    at: dict[int, list[datetime]] = defaultdict(list)
    for lane in lanes:
        for ring in lane.rings:
            if ring.after_seconds > lane.open.after_seconds:
                opened[ring.ring] |= everybody.served(ring.asked)
                after[ring.ring] = ring.after_seconds
                at[ring.ring] += [opens_at(ring, lane.since)] if lane.since else []
    return [
        {
            "ring": ring,
            "after_seconds": after[ring],
            "opens_at": min(at[ring], default=None),
            "more": _counts(everybody, opened[ring] & ~now),
        }
        for ring in sorted(opened)
    ]


def _counts(everybody: Staff, people: int) -> Row:
    return {"eligible": people.bit_count(), "on_shift": (people & everybody.on_shift).bit_count()}
