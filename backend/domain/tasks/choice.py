"""The choice of the next lane for one person: class by class, a lottery by shares inside a class, and every fifth
pull a turn for what has waited.

Real time is strictly first. Among the other classes the lower number is strictly first in four pulls of five; in the
fifth, a *waiting turn*, the lanes of later classes come first whose head has waited so long that its score
`waited + BOOST_SECONDS[class]` has reached that of fresh work of the first class present (Genesys' score; there it is
followed always, and an old backlog shuts urgent work out). So urgent work keeps four fifths of the pulls however old
the backlog, and whatever is old enough keeps one fifth together.

Inside a class lanes are drawn without replacement by weight, with keys -ln(U)/w (Efraimidis and Spirakis, Weighted
random sampling with a reservoir, 2006):

    w = share of the project x correction / its lanes in this draw x urgency of the lane

and the lane somebody is at keeps the next turn with chance `STAY` whatever its weight, which leaves the shares as they
are (a factor on its weight would favour the large). No weight is ever zero that was not given as zero. So a lane of
classes 1 to 3 whose head has waited `age_seconds(class)` comes first, while no real time work waits for this
person, in at least (1 - STAY) / 5 / 32 of its nominal part of the pulls (share / lanes of the project): 32 is how far
corrections (1/4 to 4) and urgency (1 to 2) can tell against it.
"""

from collections.abc import Sequence
from math import inf, log1p
from typing import Any, NamedTuple
from uuid import UUID

from backend.domain.tasks.fairness import PPM, rest_ppm
from backend.domain.tasks.load import Over

REAL_TIME, LAST = 0, 3
BOOST_SECONDS = {1: 28 * 3_600, 2: 24 * 3_600, 3: 0}
"""What a class is worth in waiting: normal work is as good as fresh urgent work after 4 h, backfill as good as fresh
normal work after 24 h and as urgent work after 28 h."""
WAITING_TURNS = 0.2
STAY = 0.75
URGENCY_MAX = 2.0
"""Less than corrections can make good: a late project gets more for a while, and shares win in the long run."""
LANES_MAX = 300


class Candidate(NamedTuple):
    """A lane that may have work for this person. (A tuple: many times cheaper to make than a frozen dataclass.)

    `waited_s`: age of the lane's head. `weight_ppm`, `staffed_ppm`, `correction`, as of the project: its weight; the
    share staffing gives it of this person's time, None when it is not staffed; what `fairness.corrections` says,
    between 1/4 and 4, from the minutes of all, or of those who are staffed alike. `sticky`: the person is at this
    lane. `ring`: the ring by which they may take from it. `edge_case_ppm`: of a lane that holds edge cases, the part
    of the project's turns kept for them; 0 for every other lane, and when none is kept. `over`: how far the person is
    over the project's load cap, if they are.
    """

    lane: UUID
    project: UUID
    priority: int
    waited_s: float
    wait_target_s: float
    weight_ppm: int = PPM
    staffed_ppm: int | None = None
    correction: float = 1.0
    sticky: bool = False
    ring: int = 0
    edge_case_ppm: int = 0
    over: Over | None = None


class Chosen(NamedTuple):
    """A lane in its place. `turn`: real_time, class or waiting. `share`: the project's part among those drawn from,
    before corrections; `chance`: the lane's, to come first of them; `of_lanes`: how many lanes the person has."""

    candidate: Candidate
    turn: str
    share: float
    chance: float
    of_lanes: int

    @property
    def lane(self) -> UUID:
        """The lane to take from."""
        return self.candidate.lane

    @property
    def why(self) -> dict[str, Any]:
        """The numbers of the recorded reason, as JSON."""
        one = self.candidate
        return {
            "by": "pull",
            "turn": self.turn,
            "priority": one.priority,
            "of_lanes": self.of_lanes,
            "weight": one.weight_ppm / PPM,
            "share": round(self.share, 4),
            "staffed": one.staffed_ppm is not None,
            "correction": round(one.correction, 3),
            "urgency": round(urgency(one.waited_s, one.wait_target_s), 3),
            "sticky": one.sticky,
            "chance": round(self.chance, 4),
            "ring": one.ring,
            "waited_s": round(one.waited_s),
            **({"over_load_cap": one.over.told} if one.over else {}),
        }


def order(
    candidates: Sequence[Candidate], uniforms: Sequence[float], turn: float, limit: int = 4
) -> list[Chosen]:
    """The first `limit` lanes to try for one pull, best first; the same arguments give the same answer.

    `uniforms`: a draw from [0, 1) for every candidate; `turn`: one more, which says whether this is a waiting turn.
    Raises ValueError when there are fewer draws than candidates.
    """
    if len(uniforms) < len(candidates):
        raise ValueError(f"expected a draw for each of {len(candidates)} lanes, found {len(uniforms)}")
    chosen: list[Chosen] = []
    for name, members in _places(candidates, turn < WAITING_TURNS):
        if members and len(chosen) < limit:
            chosen += _draw(candidates, uniforms, name, members, limit - len(chosen))
    return chosen


def subset(
    candidates: Sequence[Candidate], uniforms: Sequence[float], cap: int = LANES_MAX
) -> list[Candidate]:
    """At most `cap` of a person's lanes, to be drawn anew every minute or so: as `order` would have them, with every
    fifth place for what has waited."""
    if len(candidates) <= cap:
        return list(candidates)
    by_class = cap - int(cap * WAITING_TURNS)
    kept = {one.lane: one.candidate for one in order(candidates, uniforms, 1.0, by_class)}
    for one in order(candidates, uniforms, 0.0, cap):
        if len(kept) == cap:
            break
        kept.setdefault(one.lane, one.candidate)
    return list(kept.values())


def age_seconds(priority: int, first: int = 1) -> int:
    """How long the head of a lane of this class waits before waiting turns are its own, while there is always work
    of the class `first` (1 to 3)."""
    return max(0, BOOST_SECONDS[first] - BOOST_SECONDS[priority])


def urgency(waited_s: float, wait_target_s: float) -> float:
    """1 up to the wait target, then waited / target, 2 at most."""
    if waited_s <= wait_target_s:
        return 1.0
    return URGENCY_MAX if waited_s >= URGENCY_MAX * wait_target_s else waited_s / wait_target_s


Places = tuple[tuple[str, list[int]], ...]


def _places(candidates: Sequence[Candidate], waiting: bool) -> Places:
    """The candidates' indexes in the lists in which they are drawn, one list after the other."""
    by_class: tuple[list[int], ...] = ([], [], [], [])
    for index, one in enumerate(candidates):
        by_class[one.priority].append(index)
    aged: list[int] = []
    first = next((priority for priority in BOOST_SECONDS if by_class[priority]), LAST)
    for priority in range(first + 1, LAST + 1) if waiting else ():
        enough = age_seconds(priority, first)
        young: list[int] = []
        for index in by_class[priority]:
            (aged if candidates[index].waited_s >= enough else young).append(index)
        by_class[priority][:] = young
    real_time, *others = by_class
    return (("real_time", real_time), ("waiting", aged), *(("class", members) for members in others))


class _Part:
    """One project's part of a draw: its share, and what one lane of it weighs, of edge cases and of others."""

    __slots__ = ("edge", "edge_ppm", "first", "lanes", "share", "weight", "weight_edge")
    share: float
    weight: float
    weight_edge: float

    def __init__(self, first: Candidate) -> None:
        self.first = first
        self.lanes = self.edge = self.edge_ppm = 0

    def weigh(self, share: float) -> None:
        self.share = share
        share *= self.first.correction
        kept = self.edge_ppm / PPM
        if 0 < self.edge < self.lanes:
            self.weight = share * (1 - kept) / (self.lanes - self.edge)
            self.weight_edge = share * kept / self.edge
        else:
            self.weight = self.weight_edge = share / self.lanes


def _draw(
    candidates: Sequence[Candidate], uniforms: Sequence[float], turn: str, members: list[int], most: int
) -> list[Chosen]:
    """Up to `most` of the members, by lot."""
    parts, of_parts = _parts(candidates, members)
    weights: list[float] = []
    sticky: list[int] = []
    for index, part in zip(members, of_parts, strict=True):
        one = candidates[index]
        weight = part.weight_edge if one.edge_case_ppm else part.weight
        if one.waited_s > one.wait_target_s:
            weight *= urgency(one.waited_s, one.wait_target_s)
        if one.sticky:
            sticky.append(len(weights))
        weights.append(weight)
    total = sum(weights)
    for place in sticky:
        weights[place] += total * STAY / (1 - STAY) / len(sticky)
    keys = [
        -log1p(-uniforms[index]) / weight if weight > 0 else inf
        for index, weight in zip(members, weights, strict=True)
    ]
    places = sorted(range(len(keys)), key=keys.__getitem__)[:most]
    due, whole = sum(part.share for part in parts) or 1.0, sum(weights) or 1.0
    return [
        Chosen(
            candidates[members[place]],
            turn,
            of_parts[place].share / due,
            weights[place] / whole,
            len(candidates),
        )
        for place in places
    ]


def _parts(candidates: Sequence[Candidate], members: list[int]) -> tuple[list[_Part], list[_Part]]:
    """The parts of all projects, and the part to which each member belongs."""
    parts: dict[UUID, _Part] = {}
    of_parts = []
    staffed = loose = 0
    for index in members:
        one = candidates[index]
        part = parts.get(one.project)
        if part is None:
            parts[one.project] = part = _Part(one)
            if one.staffed_ppm is None:
                loose += one.weight_ppm
            else:
                staffed += one.staffed_ppm
        part.lanes += 1
        if one.edge_case_ppm:
            part.edge += 1
            part.edge_ppm = one.edge_case_ppm
        of_parts.append(part)
    rest = rest_ppm(staffed) / loose if loose else 0.0
    for part in parts.values():
        given = part.first.staffed_ppm
        part.weigh(part.first.weight_ppm * rest if given is None else given)
    return list(parts.values()), of_parts
