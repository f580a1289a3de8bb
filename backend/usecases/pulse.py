"""The pulse: what one process knows of a tenant's queue without asking. Copies and hints, renewed every second.

The catalogue of lanes and projects is exact, because every claim reads its version under lock. The heads are hints:
where the first open slot of a lane was, so that a scan begins behind what is long gone. A hint may be lost at any time;
it costs speed.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from backend.domain.projects import eligibility
from backend.domain.projects.requirement import Requirement
from backend.domain.tasks.limits import hard_seconds
from backend.domain.tasks.load import Over
from backend.events.ids import TenantId
from backend.events.queue import QueueSettings
from backend.readmodels import lanes, projects
from backend.readmodels.handling import p95_seconds
from backend.readmodels.heads import Head, look
from backend.usecases.balance import WEIGH_SECONDS, Balance
from backend.usecases.gold.mixing import Mix
from backend.usecases.loads import Loads

RENEW_SECONDS = 1.0
# A slot's place is the time at which its import began, and an import may take a minute: no hint is younger than this.
SETTLED_US = 90_000_000
LOOK_AGAIN_AFTER = 256
PEOPLE_KEPT_MAX = 20_000
CURSORS_MAX = 200_000
RECENT_MAX = 50_000
MICRO = 1_000_000
USUAL = QueueSettings()


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody may be served: a lane, under the ring of its requirement that they meet, of what has waited
    `after_seconds`. `over`: how far this person is over the load cap, which makes them wait."""

    lane: UUID
    project: UUID
    stage: str
    step: str
    priority: int
    edge_case: bool
    ring: int
    after_seconds: int
    over: Over | None = None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All lanes of a tenant that serve, and what each project says to a pull (rows of projects.working), as of
    `version`."""

    version: int
    index: eligibility.Index[Place]
    projects: Mapping[UUID, dict[str, Any]]


NOTHING = Catalogue(-1, eligibility.compiled([]), {})


@dataclass(frozen=True, slots=True)
class Stay:
    """Where somebody works: the lane, since when, and how many tasks of it they took."""

    lane: UUID
    since: datetime
    tasks: int


@dataclass(slots=True)
class Pulse:
    """Of one tenant in one process."""

    catalogue: Catalogue = NOTHING
    heads: dict[UUID, Head] = field(default_factory=dict)
    hints: dict[UUID, int] = field(default_factory=dict)
    renewed_at: float = float("-inf")
    renewing: bool = False
    settings: dict[UUID, QueueSettings] = field(default_factory=dict)
    p95_s: dict[tuple[UUID, str], float] = field(default_factory=dict)
    balance: Balance = field(default_factory=Balance)
    weighed_at: float = float("-inf")
    loads: Loads = field(default_factory=Loads)
    mix: Mix = field(default_factory=Mix)
    recent: dict[UUID, tuple[int, Any]] = field(default_factory=dict)
    _last: dict[UUID, Stay] = field(default_factory=dict)
    _places: dict[UUID, Place] = field(default_factory=dict)
    _people: dict[UUID, tuple[list[str], int, list[Place]]] = field(default_factory=dict)
    _cursors: dict[tuple[UUID, UUID], int] = field(default_factory=dict)
    _taken: dict[UUID, int] = field(default_factory=dict)

    async def know_lanes(self, conn: asyncpg.Connection, tenant: TenantId, version: int) -> None:
        """Have the catalogue of this version, which the caller read under lock, or of a later one."""
        if self.catalogue.version == version:
            return
        rows = [row for row in await lanes.every(conn, tenant) if not row["paused"]]
        names = ("lane", "project", "stage", "step", "priority", "edge_case", "ring", "after_seconds")
        entries = [
            (
                Place(*(row[name] for name in names)),
                Requirement(
                    requires=tuple(row["requires"]), any_of=row["any_of"], excludes=tuple(row["excludes"])
                ),
            )
            for row in rows
        ]
        told = {row["project"]: row for row in await projects.working(conn, tenant)}
        self.catalogue = Catalogue(version, eligibility.compiled(entries), told)
        self.settings = {project: row["queue"] for project, row in told.items()}
        self._people.clear()
        self._places = {place.lane: place for place, _ in entries if place.ring == 0}

    def places(self, annotator: UUID, tokens: list[str]) -> list[Place]:
        """Where the holder of these tokens may be served: each lane once, under the first ring that they meet."""
        known = self._people.get(annotator)
        if known is not None and known[1] == self.catalogue.version and known[0] == tokens:
            return known[2]
        first: dict[UUID, Place] = {}
        for place in self.catalogue.index.of(tokens):
            first.setdefault(place.lane, place)
        found = list(first.values())
        if len(self._people) >= PEOPLE_KEPT_MAX:
            self._people.clear()
        self._people[annotator] = (tokens, self.catalogue.version, found)
        return found

    def remember(self, seen: Mapping[UUID, tuple[int, Any]]) -> None:
        """Stream -> its version and state, as this process has just committed them."""
        if len(self.recent) > RECENT_MAX:
            self.recent.clear()
        self.recent.update(seen)

    # --- what is known of projects

    def settings_of(self, project: UUID) -> QueueSettings:
        """How the project's work waits and is handed out, as of the catalogue."""
        return self.settings.get(project, USUAL)

    def hard_seconds(self, project: dict[str, Any], step: str) -> int:
        """How long work on this step may take, from its own 95th percentile."""
        return hard_seconds(project["queue"], self.p95_s.get((project["project"], step)))

    def stays_in(self, annotator: UUID, now: datetime) -> UUID | None:
        """The lane in which the person goes on: not too long and not for too many tasks."""
        stay = self._last.get(annotator)
        place = None if stay is None else self._places.get(stay.lane)
        if stay is None or place is None:
            return None
        asked = self.settings_of(place.project)
        long = (now - stay.since).total_seconds()
        return stay.lane if long < asked.affinity_seconds and stay.tasks < asked.affinity_tasks else None

    def over(self, annotator: UUID, project: UUID) -> Over | None:
        """How far the person is over the project's load cap; None: not, or there is none."""
        return self.loads.over(annotator, project, self.settings_of(project))

    def load_held(self, annotator: UUID, places: Sequence[Place]) -> Sequence[Place]:
        """The places as the load caps leave them to this person: real-time work as it is, of other work of a project
        in which they are over the cap only what has waited long enough."""
        held = {project: over for project in self.loads.of if (over := self.over(annotator, project))}
        if not held:
            return places
        return [
            replace(place, after_seconds=max(place.after_seconds, over.wait_seconds), over=over)
            if place.priority and (over := held.get(place.project))
            else place
            for place in places
        ]

    # --- heads

    def due(self) -> bool:
        """Whether it is time to look at all lanes again."""
        return not self.renewing and time.monotonic() - self.renewed_at > RENEW_SECONDS

    async def renew(self, conn: asyncpg.Connection, tenant: TenantId, now: datetime) -> None:
        """Look where every lane begins: one probe into the index per lane, whatever lies in it."""
        self.renewed_at = time.monotonic()
        everywhere = list({place.lane for place in self.catalogue.index.lanes})
        await self.look(conn, tenant, now, everywhere)
        self.hints = {lane: hint for lane, hint in self.hints.items() if lane in self.heads}
        await self.loads.renew(conn, tenant, now, self.settings, self.renewed_at)
        await self.mix.renew(conn, tenant, self.renewed_at)
        if self.renewed_at - self.weighed_at > WEIGH_SECONDS:
            self.weighed_at = self.renewed_at
            self.p95_s = await p95_seconds(conn, tenant)
            waiting = {place.project for lane, place in self._places.items() if lane in self.heads}
            await self.balance.weigh(conn, tenant, now, self.settings, waiting)

    async def look(
        self, conn: asyncpg.Connection, tenant: TenantId, now: datetime, where: Sequence[UUID]
    ) -> None:
        """Look where these lanes begin; an empty one has no head."""
        found = await look(conn, tenant, where, [self.hints.get(lane, 0) for lane in where])
        newest = _micros(now) - SETTLED_US
        for lane in where:
            self._taken.pop(lane, None)
            head = found.get(lane)
            if head is None:
                self.heads.pop(lane, None)
                continue
            self.heads[lane] = head
            if head.front is not None:
                self.hints[lane] = max(self.hints.get(lane, 0), min(head.front - 1, newest))

    def take_over(self, hints: Mapping[UUID, int]) -> None:
        """What another process saw of the lanes' heads, where it is further."""
        for lane, hint in hints.items():
            if hint > self.hints.get(lane, 0):
                self.hints[lane] = hint

    def filled(self, filled: Mapping[UUID, int]) -> None:
        """These lanes got slots just now: lane -> place of the first."""
        for lane, ord_ in filled.items():
            if lane not in self.heads:
                self.heads[lane] = Head.at(ord_, None) if ord_ >= 0 else Head.at(None, ord_)

    def worn(self) -> list[UUID]:
        """Lanes from which so much was taken that their heads are to be looked at again."""
        return [lane for lane, taken in self._taken.items() if taken >= LOOK_AGAIN_AFTER]

    # --- where to begin

    def begin(self, lane: UUID, annotator: UUID | None = None) -> int:
        """The place behind which a scan of the lane begins; this person's own, if one is named."""
        hint = self.hints.get(lane, 0)
        return hint if annotator is None else max(hint, self._cursors.get((annotator, lane), 0))

    def took(self, taken: Iterable[tuple[UUID, UUID, int]], now: datetime) -> None:
        """These were claimed and committed: annotator, lane, place."""
        newest = _micros(now) - SETTLED_US
        if len(self._cursors) > CURSORS_MAX:
            self._cursors.clear()
            self._last.clear()
        for annotator, lane, ord_ in taken:
            self._taken[lane] = self._taken.get(lane, 0) + 1
            if self.loads.of and (place := self._places.get(lane)):
                self.loads.gave(annotator, place.project)
            stay = self._last.get(annotator)
            if stay is None or stay.lane != lane:
                self._last[annotator] = Stay(lane, now, 1)
            else:
                self._last[annotator] = replace(stay, tasks=stay.tasks + 1)
            if 0 <= ord_ <= newest:
                self._cursors[annotator, lane] = ord_

    def forget_cursors(self, annotator: UUID) -> None:
        """Begin at the heads again: what this person skipped over may have come free."""
        for place in [place for place in self._cursors if place[0] == annotator]:
            del self._cursors[place]


def _micros(at: datetime) -> int:
    return int(at.timestamp() * MICRO)
