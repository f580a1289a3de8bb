"""A small world of lanes and people for the choice: tasks arrive, people pull, minutes are delivered; no database."""

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import log
from random import Random
from uuid import UUID

from backend.domain.tasks.choice import STAY, WAITING_TURNS, Candidate, Chosen, order
from backend.domain.tasks.fairness import corrections, shares

WINDOW_S, EVERY_S = 900, 30
"""Corrections look back this far, and are made anew so often."""


@dataclass
class Lane:
    """Tasks that wait, oldest first, by when they came; a new one every `every_s`."""

    id: UUID
    project: UUID
    priority: int
    waiting: deque[float]
    every_s: float = 0.0
    next_s: float = 0.0

    def arrive(self, now: float) -> None:
        """What came until now waits."""
        while self.every_s and self.next_s <= now:
            self.waiting.append(self.next_s)
            self.next_s += self.every_s


@dataclass
class Person:
    """Who may take from these lanes; staffed like this, and measured together with the others of `team`."""

    lanes: Sequence[Lane]
    team: str = "all"
    staffed: Mapping[UUID, int] = field(default_factory=dict)
    at: UUID | None = None
    free_s: float = 0.0


@dataclass
class Shop:
    """Everybody works without a pause, each task as long as its project's tasks take."""

    people: Sequence[Person]
    weights: Mapping[UUID, int]
    seconds: Mapping[UUID, float]
    dice: Random
    corrects: bool = True
    remembers: bool = True
    delivered: list[tuple[float, str, UUID, float]] = field(default_factory=list)
    mended: dict[str, dict[UUID, float]] = field(default_factory=lambda: defaultdict(dict))
    looked_s: float = 0.0

    def candidates(self, who: Person, now: float) -> list[Candidate]:
        """The lanes that have work for this person."""
        for lane in who.lanes:
            lane.arrive(now)
        return [
            Candidate(
                lane.id,
                lane.project,
                lane.priority,
                now - lane.waiting[0],
                86_400.0,
                self.weights[lane.project],
                who.staffed.get(lane.project),
                self.mended[who.team].get(lane.project, 1.0),
                who.at == lane.id,
            )
            for lane in who.lanes
            if lane.waiting
        ]

    def pulls(self, until_s: float) -> Iterator[tuple[float, Person, list[Candidate], Chosen | None]]:
        """One pull after the other, of whoever is free first; what was chosen is done."""
        while (who := min(self.people, key=lambda one: one.free_s)).free_s < until_s:
            now = who.free_s
            if self.corrects and now - self.looked_s >= EVERY_S:
                self.correct(now)
            found = self.candidates(who, now)
            draws = [self.dice.random() for _ in found]
            first = next(iter(order(found, draws, self.dice.random(), limit=1)), None)
            yield now, who, found, first
            who.free_s += self.work(who, now, first) if first else 60.0

    def work(self, who: Person, now: float, chosen: Chosen) -> float:
        """Do the lane's first task; returns how long it takes."""
        next(lane for lane in who.lanes if lane.id == chosen.lane).waiting.popleft()
        project = chosen.candidate.project
        takes = self.seconds[project] * (0.5 + self.dice.random())
        self.delivered.append((now, who.team, project, takes / 60))
        who.at = chosen.lane
        return takes

    def correct(self, now: float) -> None:
        """As a sweeper would, for every team."""
        self.looked_s = now
        for who in {one.team: one for one in self.people}.values():
            target = shares(self.weights, who.staffed)
            got = self.minutes(now - WINDOW_S, who.team)
            before = self.mended[who.team] if self.remembers else None
            self.mended[who.team] = corrections(target, got, before, EVERY_S / WINDOW_S)

    def minutes(self, since_s: float, team: str = "all") -> dict[UUID, float]:
        """Project -> minutes begun since then."""
        sums: dict[UUID, float] = defaultdict(float)
        for at, of, project, took in reversed(self.delivered):
            if at < since_s:
                break
            if of == team:
                sums[project] += took
        return sums

    def realised(self, since_s: float, team: str = "all") -> dict[UUID, float]:
        """Project -> its share of the minutes since then."""
        sums = self.minutes(since_s, team)
        return {project: took / sum(sums.values()) for project, took in sums.items()}


def chances(candidates: Sequence[Candidate]) -> dict[UUID, float]:
    """Lane -> its chance of being the first to be tried in the next pull, whosever turn that is."""
    found: dict[UUID, float] = defaultdict(float)
    for turn, of in ((1.0, 1 - WAITING_TURNS), (0.0, WAITING_TURNS)):
        drawn = order(candidates, [0.5] * len(candidates), turn, len(candidates))
        for one in drawn:
            if (one.turn, one.candidate.priority) == (drawn[0].turn, drawn[0].candidate.priority) or (
                one.turn == drawn[0].turn == "waiting"
            ):
                found[one.lane] += of * one.chance
    return found


def least(candidates: Sequence[Candidate], lane: Candidate) -> float:
    """What the lane's chance never falls below once it has waited long enough: see backend/domain/tasks/choice.py."""
    projects = {one.project: one for one in candidates}
    due = shares(
        {project: one.weight_ppm for project, one in projects.items()},
        {project: one.staffed_ppm for project, one in projects.items() if one.staffed_ppm is not None},
    )
    lanes = sum(one.project == lane.project for one in candidates)
    return WAITING_TURNS * (1 - STAY) / 32 * due[lane.project] / lanes


def spent(chance: float) -> float:
    """How much of a lane's luck one pull that passed it by used up: it is passed by for so long with chance e^-sum."""
    return -log(max(1 - chance, 1e-12))
