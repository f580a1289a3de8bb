"""Demand: what waits for each step of each project and what will come, with all that a forecast rests on, read once."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from backend.domain.projects.coverage import union
from backend.readmodels import forecast as sql
from backend.readmodels import lane_report, projects
from backend.readmodels.histogram import ANSWERS_MIN
from backend.usecases.insight.arrivals import Coming, coming, first_steps
from backend.usecases.insight.capacity import Kind
from backend.usecases.insight.shifts import Hours, hours_of
from backend.usecases.insight.staff import Staff, staff
from backend.usecases.insight.waiting import Waiting, waiting
from backend.usecases.work import Work

Row = dict[str, Any]

COUNT_MAX = 1_000_000
"""Open slots that are counted at most, in all lanes together; each lane gets the same part of it."""
SECONDS_UNKNOWN = 60.0
"""What an answer is taken to last where nothing is known: only to share out the time of who does other work, too."""
PPM = 1_000_000


@dataclass(frozen=True, slots=True)
class Scene:
    """All that the forecast rests on, read once."""

    lanes: Mapping[Kind, Sequence[Waiting]]
    projects: Mapping[UUID, Row]
    first: Mapping[Kind, int]
    coming: Mapping[UUID, Coming]
    own: Mapping[tuple[UUID, str], sql.Handled]
    all: Mapping[str, sql.Handled]
    everybody: Staff
    there: Hours

    def handled(self, kind: Kind) -> tuple[sql.Handled, str] | None:
        """How long an answer takes, and by whose answers: the step's own, else those of steps of this name."""
        known = ((self.own.get((kind.project, kind.step)), "step"), (self.all.get(kind.step), "tenant"))
        return next(((found, whose) for found, whose in known if found and found.n >= ANSWERS_MIN), None)

    def seconds(self, kind: Kind) -> float | None:
        """The mean of that."""
        found = self.handled(kind)
        return found[0].mean if found else None

    def work_share(self, kind: Kind) -> float:
        """What part of the answers is not gold, which takes time and no slot."""
        plan = self.projects[kind.project]["plan"]
        return 1.0 if kind.stage == "review" else 1.0 - plan.gold_share_ppm / PPM

    def slots_an_hour(self, kind: Kind) -> float:
        """How many slots one person does in an hour."""
        return 3600 / (self.seconds(kind) or SECONDS_UNKNOWN) * self.work_share(kind)

    def answers(self, kind: Kind) -> float:
        """Answers to slots of this kind that were ever measured."""
        found = self.own.get((kind.project, kind.step))
        return found.n * self.work_share(kind) if found else 0.0

    def follows(self, kind: Kind) -> float:
        """Of a step behind the first ones: its slots for each one done there; 0 where that is not known yet."""
        before = [one for one in self.first if one.project == kind.project]
        answers = sum(self.answers(one) for one in before)
        return self.answers(kind) / answers if answers >= ANSWERS_MIN else 0.0

    def to_come(self, kind: Kind) -> float:
        """Slots of this kind that the items to come will ask for, those of later steps as soon as they come."""
        slots = sum(n for one, n in self.first.items() if one.project == kind.project)
        asked = self.first[kind] if kind in self.first else slots * self.follows(kind)
        return asked * sum(self.coming[kind.project].items)

    def live(self, kind: Kind) -> bool:
        """Whether anything waits or is to come, be it from a step before."""
        if any(one.since for one in self.lanes[kind]):
            return True
        if kind in self.first:
            return sum(self.coming[kind.project].items) > 0
        before = (one for one in self.first if one.project == kind.project and one in self.lanes)
        return self.follows(kind) > 0 and any(self.live(one) for one in before)

    def able(self, kind: Kind) -> int:
        """Whom one of its lanes would serve now."""
        return union(self.everybody.served(one.open.asked) for one in self.lanes[kind])


async def scene_of(work: Work, hours: int) -> Scene:
    """Of all projects, because people's time is shared among all; lanes that are paused serve nobody and are left out.
    Beside what `lane_overflow` reads: of each project a week of `throughput` and what its steps took, of each person
    without a schedule a week of `work_time`."""
    rows = await lane_report.page(work.conn, work.tenant, None, None, None)
    lanes: dict[Kind, list[Waiting]] = defaultdict(list)
    for lane in await waiting(work, [row for row in rows if not row["paused"]]):
        lanes[Kind(lane.row["project"], lane.row["stage"], lane.row["step"])].append(lane)
    ids = sorted({kind.project for kind in lanes})
    known = {row["project"]: row for row in await projects.working(work.conn, work.tenant, ids)}
    everybody = await staff(work)
    own, together = await sql.handled(work.conn, work.tenant)
    first, ahead = await first_steps(work, known), await coming(work, ids, hours)
    there = await hours_of(work, everybody, hours)
    return Scene(lanes, known, first, ahead, own, together, everybody, there)


@dataclass(frozen=True, slots=True)
class Open:
    """How many slots wait now, and how that is known: counted, estimated, or at least so many."""

    slots: float
    by: str


async def open_now(work: Work, scene: Scene, told: Sequence[Kind]) -> dict[Kind, Open]:
    """How many slots of these wait; beyond COUNT_MAX in all, lanes with many are no longer counted to the end."""
    lanes = [one.row["lane"] for kind in told for one in scene.lanes[kind] if one.since]
    most = max(1, COUNT_MAX // max(1, len(lanes)))
    counted = await sql.open_slots(work.conn, work.tenant, lanes, most)
    many = {lane for lane, n in counted.items() if n > most}
    beyond = {kind for kind in told if any(one.row["lane"] in many for one in scene.lanes[kind])}
    ever = await sql.imported_ever(work.conn, work.tenant, sorted({kind.project for kind in beyond}))
    found = {}
    for kind in told:
        slots = sum(counted.get(one.row["lane"], 0) for one in scene.lanes[kind])
        found[kind] = Open(slots, "counted")
        if kind in beyond:
            found[kind] = _beyond(scene, kind, slots, ever.get(kind.project, 0))
    return found


def _beyond(scene: Scene, kind: Kind, counted: int, imported: int) -> Open:
    """Of a first step, what its items asked for and was not answered; of a later one it is only known to be more."""
    left = imported * scene.first.get(kind, 0) - scene.answers(kind)
    return Open(left, "estimated") if left > counted else Open(counted, "at_least")
