"""What stops work now, and for whom; and the roster of everybody with what stops them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from statistics import median
from typing import Any
from uuid import UUID

from backend.domain.projects.coverage import (
    Crowd,
    Stops,
    Weights,
    alone,
    crowd,
    places,
    tally,
    weights,
)
from backend.domain.projects.requirement import Requirement
from backend.readmodels import workforce_reports as sql
from backend.usecases.gates import asked
from backend.usecases.insight.mending import PACE, STANDING, mends, told
from backend.usecases.insight.resting import resting
from backend.usecases.reach import limited, reach_filter
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work
from backend.usecases.workforce.onboarding import weigh

IDS_MAX = 200
CHUNK_PEOPLE = 500
UNITS = 100
"""Hours are added up in hundredths."""
Row = dict[str, Any]
Place = tuple[str, UUID | None]
"""A condition or a code, and a vendor."""


@dataclass(slots=True)
class Scene:
    """The lanes with open work, each with what it asks for."""

    lanes: Sequence[Row]
    asked: Sequence[Requirement]
    exams: frozenset[str]
    _codes: dict[str, str] = field(default_factory=dict)

    def code(self, condition: str) -> str:
        """The stable code of a condition, as an empty pull tells it."""
        if condition not in self._codes:
            self._codes[condition] = str(told(condition, self.exams)["code"])
        return self._codes[condition]

    def stops(self, people: Crowd) -> Iterator[Stops]:
        """Lane by lane, what keeps whom of these people from it."""
        return (people.stops(one) for one in self.asked)

    def meant_for(self, people: Crowd) -> "Scene":
        """The lanes whose work is meant for at least one of these people."""
        kept = [place for place, stops in enumerate(self.stops(people)) if stops.meant]
        return replace(self, lanes=[self.lanes[n] for n in kept], asked=[self.asked[n] for n in kept])

    def by_code(self, closing: Mapping[str, int]) -> dict[str, int]:
        """Whom each code stops."""
        found: dict[str, int] = {}
        for condition, mask in closing.items():
            code = self.code(condition)
            found[code] = found.get(code, 0) | mask
        return found


async def scene(work: Work, project: UUID | None = None) -> Scene:
    """Lanes with open work now, of one project or all."""
    lanes = await sql.rows(work.conn, sql.LANES_OPEN, work.tenant, project)
    exams = await sql.rows(work.conn, sql.EXAMS, work.tenant)
    return Scene(lanes, [asked(lane) for lane in lanes], frozenset(str(row["course"]) for row in exams))


async def gathered(work: Work, rows: Sequence[Row]) -> Crowd:
    """These people with what they hold and with what of their standing keeps them from all work."""
    waiting = [row["annotator"] for row in rows if row["status"] == "onboarding"]
    weighed = await weigh(work, waiting) if waiting else {}
    rest = await resting(work, [row["annotator"] for row in rows])
    lacking = {who: missing for who, (_, missing) in weighed.items()}
    lacking |= {who: (PACE + code,) for who, code in rest.items()}
    return crowd([row["held"] for row in rows], [_standing(row, lacking) for row in rows])


def _standing(row: Row, lacking: Mapping[UUID, Sequence[str]]) -> Sequence[str]:
    """Onboarding stops with what it still asks for, a rest with its code, every other status with itself."""
    own = () if row["status"] == "active" else (STANDING + row["status"],)
    return lacking.get(row["annotator"]) or own


def by_vendor(rows: Iterable[Row]) -> dict[UUID | None, int]:
    """Vendor -> its people, as bits; None: people without one."""
    masks: dict[UUID | None, int] = defaultdict(int)
    for place, row in enumerate(rows):
        masks[row["vendor"]] |= 1 << place
    return masks


@dataclass(slots=True)
class Stopped:
    """Whom a condition or code keeps from some lane, and whom it alone does."""

    people: int = 0
    alone: int = 0


async def workforce_blockers(work: Work, *, project: UUID | None, limit: int) -> Answer:
    """What stops work now: reason x vendor, how many people, the hours a week that mending it alone unlocks, and how.

    A person counts as unlocked by a reason when nothing else keeps them from some lane with open work. Who reaches only
    some of the people learns nothing of lanes that are meant for none of these.
    """
    work.require("workforce_report:read")
    now = await scene(work, project)
    rows = await sql.rows(work.conn, sql.PEOPLE, work.tenant, *reach_filter(work), work.now)
    people, vendors = await gathered(work, rows), by_vendor(rows)
    if limited(work):
        now = now.meant_for(people)
    hours = await _usual_hours(work, rows)
    conditions, codes, meant, served = _stopped(now, people)
    cells = _cells(conditions, vendors, hours)
    shown = cells[:limit]
    acts = await mends(work, {place[0] for place, _ in shown})
    lanes = _lanes(now, people, vendors, {place for place, _ in shown})
    data = []
    for (condition, vendor), cell in shown:
        about = told(condition, now.exams)
        place: Row = {"code": about.pop("code"), "condition": condition, "about": about, "vendor": vendor}
        who = [rows[n]["annotator"] for n in islice(places(cell.people), IDS_MAX)]
        numbers = _numbers(cell, hours) | {"lanes": lanes[condition, vendor]}
        data.append(place | numbers | {"ids": who, "act": acts[condition]})
    work.saw(subjects={who for one in data for who in one["ids"]})
    body = {
        "lanes": len(now.lanes),
        "people": len(rows),
        "people_served": served.bit_count(),
        "people_stopped": (meant & ~served).bit_count(),
        "codes": [
            {"code": code, "vendor": vendor, **_numbers(cell, hours)}
            for (code, vendor), cell in _cells(codes, vendors, hours)
        ],
        "reasons": len(cells),
        "data": data,
    }
    return Answer(body)


def _stopped(now: Scene, people: Crowd) -> tuple[dict[str, Stopped], dict[str, Stopped], int, int]:
    """By condition and by code, over all lanes; for whom any work is meant, and who would get any."""
    conditions: dict[str, Stopped] = defaultdict(Stopped)
    codes: dict[str, Stopped] = defaultdict(Stopped)
    meant = served = 0
    for stops in now.stops(people):
        meant |= stops.meant
        served |= stops.served
        for kept, closing in ((conditions, stops.closing), (codes, now.by_code(stops.closing))):
            for one, mask in closing.items():
                kept[one].people |= mask
            for one, mask in alone(closing).items():
                kept[one].alone |= mask
    return conditions, codes, meant, served


def _cells(
    stopped: Mapping[str, Stopped], vendors: Mapping[UUID | None, int], hours: Weights | None
) -> list[tuple[Place, Stopped]]:
    """Each in each vendor, what unlocks most first."""
    cells = [
        ((one, vendor), Stopped(found.people & own, found.alone & own))
        for one, found in stopped.items()
        for vendor, own in vendors.items()
        if found.people & own
    ]
    return sorted(cells, key=lambda cell: (*_worth(cell[1], hours), cell[0][0], str(cell[0][1])))


def _worth(cell: Stopped, hours: Weights | None) -> tuple[int, int, int]:
    return -(hours.of(cell.alone) if hours else 0), -cell.alone.bit_count(), -cell.people.bit_count()


def _numbers(cell: Stopped, hours: Weights | None) -> Row:
    return {
        "people": cell.people.bit_count(),
        "people_unlocked": cell.alone.bit_count(),
        "hours": hours.of(cell.alone) / UNITS if hours else None,
    }


def _lanes(
    now: Scene, people: Crowd, vendors: Mapping[UUID | None, int], shown: set[Place]
) -> dict[Place, int]:
    """How many lanes each of the shown reasons closes to somebody of its vendor."""
    wanted: dict[str, list[UUID | None]] = defaultdict(list)
    for condition, vendor in shown:
        wanted[condition].append(vendor)
    counts: dict[Place, int] = defaultdict(int)
    for stops in now.stops(people):
        for condition in stops.closing.keys() & wanted.keys():
            for vendor in wanted[condition]:
                counts[condition, vendor] += stops.closing[condition] & vendors[vendor] != 0
    return counts


async def _usual_hours(work: Work, rows: Sequence[Row]) -> Weights | None:
    """Counted hours a week: a person's own, else the middle of everybody's; None when nobody's are known."""
    found = await sql.rows(work.conn, sql.USUAL_HOURS, work.tenant, *reach_filter(work), work.now)
    known = {row["annotator"]: row["hours"] for row in found}
    if not known:
        return None
    middle = median(known.values())
    return weights([round(known.get(row["annotator"], middle) * UNITS) for row in rows])


async def workforce_roster(
    work: Work,
    *,
    status: str | None,
    vendor: UUID | None,
    team: UUID | None,
    blocked: bool | None,
    cursor: str | None,
    limit: int,
) -> Answer:
    """Everybody with where they stand, what stops them and what they did lately; who left only when asked for."""
    work.require("workforce_report:read")
    now = await scene(work)
    after = UUID(cursor) if cursor else None
    found: list[Row] = []
    while len(found) <= limit:
        most = limit + 1 if blocked is None else CHUNK_PEOPLE
        where = (after, status, vendor, team, most)
        rows = await sql.rows(work.conn, sql.ROSTER, work.tenant, *reach_filter(work), work.now, *where)
        judged = _judged(now, rows, await gathered(work, rows))
        found += [row for row in judged if blocked in (None, row["blocked"])]
        if len(rows) < most:
            break
        after = rows[-1]["annotator"]
    shown = found[:limit]
    more = str(shown[-1]["annotator"]) if len(found) > limit else None
    return Answer({"data": await _named(work, shown), "next_cursor": more})


def _judged(now: Scene, rows: Sequence[Row], people: Crowd) -> list[Row]:
    """With the codes that keep each from some lane, and with how many lanes are meant for them and would serve them."""
    lanes = list(now.stops(people))
    meant = tally((stops.meant for stops in lanes), len(rows))
    served = tally((stops.served for stops in lanes), len(rows))
    codes: dict[str, int] = defaultdict(int)
    for stops in lanes:
        for code, mask in now.by_code(stops.closing).items():
            codes[code] |= mask
    told_of: list[set[str]] = [set() for _ in rows]
    for code, mask in codes.items():
        for place in places(mask):
            told_of[place].add(code)
    return [
        row | _judgement(row, told_of[place], meant[place], served[place]) for place, row in enumerate(rows)
    ]


def _judgement(row: Row, codes: set[str], lanes: int, lanes_open: int) -> Row:
    stands = set() if row["status"] == "active" else {row["status"]}
    return {
        "blockers": sorted(codes | stands),
        "lanes": lanes,
        "lanes_open": lanes_open,
        "blocked": bool(stands) or (lanes > 0 and not lanes_open),
    }


async def _named(work: Work, rows: list[Row]) -> list[Row]:
    readable = [row for row in rows if row["name"] is not None]
    sealed = [
        Sealed("person", row["annotator"], "annotator", row["annotator"], "name", row["name"])
        for row in readable
    ]
    names = dict(zip((row["annotator"] for row in readable), await work.open(sealed), strict=True))
    work.saw("name", subjects=[row["annotator"] for row in rows])
    shown = """status status_since paused_until vendor team roles blockers lanes lanes_open blocked last_seen_at
    open_leases answers_7_days""".split()
    return [
        {"id": row["annotator"], "name": names.get(row["annotator"]), **{name: row[name] for name in shown}}
        for row in rows
    ]
