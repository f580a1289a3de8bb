"""Sharing: pairs of people at one device or on one small network, and when that is a suspicion."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from uuid import UUID

from backend.domain.proficiency.suspicion import Finding, e12
from backend.statistics import co_presence
from backend.statistics.co_presence import CoPresence

DEVICE, ADDRESS = "shared_device", "shared_address"
DAYS_SHOWN_MAX = 50
PLACES_SHOWN_MAX = 5
SHORT_CHARS = 12
Pair = tuple[UUID, UUID]


@dataclass(frozen=True, slots=True)
class Rule:
    """A place that more than `people_max` share is none. A pair is looked at from `days_min` shared days on. Alone a
    device is told when both were there in `common_min` quarters of an hour on `days_min` days, or when it changed hands
    `turns_min` times a day and they were there at once less often than by chance: p < min(`p_max`, `family_max` / pairs
    tested). A device that is only a browser's description, and an address, are told with another signal only."""

    people_max: int = 5
    days_min: int = 5
    common_min: int = 4
    turns_min: int = 3
    p_max: float = 1e-3
    family_max: float = 0.05


DEFAULTS = Rule()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """Somebody at a place on a day: keyed tokens, the quarters of an hour, and the fact behind it. `by_device` and
    `by_network`: few people share it."""

    annotator: UUID
    day: datetime
    address: str
    network: str
    device: str
    weak: bool
    slots: Sequence[int]
    stream: UUID
    version: int
    by_device: bool
    by_network: bool


@dataclass(frozen=True, slots=True)
class SharedDay:
    """A day on which both were at a place that they share."""

    day: datetime
    first: tuple[int, ...]
    second: tuple[int, ...]
    streams: tuple[UUID, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Two people who share a device or an address, `first` the smaller id; on `days`, at `places` (keyed tokens), which
    `people` share at most. `first_days` and `second_days`: on how many days each was seen there at all."""

    kind: str
    first: UUID
    second: UUID
    weak: bool
    people: int
    places: tuple[str, ...]
    days: tuple[SharedDay, ...]
    first_days: int
    second_days: int
    found: CoPresence

    @property
    def pair(self) -> Pair:
        """Who."""
        return self.first, self.second

    @property
    def share(self) -> float:
        """The shared days as a part of the days of whoever was there less."""
        return len(self.days) / max(1, min(self.first_days, self.second_days))


Place = tuple[str, str, bool]
"""Kind, token, weak."""
At = dict[Place, dict[UUID, list[Sighting]]]


def links(seen: Iterable[Sighting], days_min: int, rule: Rule = DEFAULTS) -> list[Link]:
    """Pairs with `days_min` days or more at places that they share, in a fixed order.

    Time: sightings * people per place.
    """
    at = _places(seen)
    shared: dict[tuple[str, Pair], list[Place]] = defaultdict(list)
    for place, people in at.items():
        if 2 <= len(people) <= rule.people_max:
            for first, second in combinations(sorted(people), 2):
                shared[place[0], (first, second)].append(place)
    made = [_link(kind, pair, places, at, rule) for (kind, pair), places in sorted(shared.items())]
    return [one for one in made if len(one.days) >= days_min]


def _places(seen: Iterable[Sighting]) -> At:
    """Place -> person -> sightings. What is only a browser's description is a place together with the address."""
    at: At = defaultdict(lambda: defaultdict(list))
    for one in seen:
        if one.by_device:
            at[DEVICE, one.device, False][one.annotator].append(one)
        if one.by_network:
            at[ADDRESS, one.network, False][one.annotator].append(one)
            if one.weak and one.device and one.address:
                at[DEVICE, f"{one.device}{one.address}", True][one.annotator].append(one)
    return at


def _link(kind: str, pair: Pair, places: Sequence[Place], at: At, rule: Rule) -> Link:
    strong = [place for place in places if not place[2]] or places
    days = _days([(at[place][pair[0]], at[place][pair[1]]) for place in strong])
    return Link(
        kind=kind,
        first=pair[0],
        second=pair[1],
        weak=strong[0][2],
        people=max(len(at[place]) for place in strong),
        places=tuple(sorted(place[1] for place in strong)),
        days=days,
        first_days=len({one.day for place in strong for one in at[place][pair[0]]}),
        second_days=len({one.day for place in strong for one in at[place][pair[1]]}),
        found=co_presence.compare([(one.first, one.second) for one in days], rule.common_min),
    )


def _days(places: Sequence[tuple[Sequence[Sighting], Sequence[Sighting]]]) -> tuple[SharedDay, ...]:
    """The days on which both were at the same one of these places."""
    both: dict[datetime, tuple[list[Sighting], list[Sighting]]] = defaultdict(lambda: ([], []))
    for first, second in places:
        for day in {one.day for one in first} & {one.day for one in second}:
            both[day][0].extend(one for one in first if one.day == day)
            both[day][1].extend(one for one in second if one.day == day)
    return tuple(
        SharedDay(day, _slots(first), _slots(second), _streams([*first, *second]))
        for day, (first, second) in sorted(both.items())
    )


def _slots(seen: Iterable[Sighting]) -> tuple[int, ...]:
    return tuple(sorted({slot for one in seen for slot in one.slots}))


def _streams(seen: Iterable[Sighting]) -> tuple[UUID, ...]:
    return tuple(sorted({one.stream for one in seen}))


# --- when it is told


def sharers(
    found: Sequence[Link],
    told: Sequence[Finding],
    signals: Mapping[UUID, Collection[str]],
    rule: Rule = DEFAULTS,
) -> list[Finding]:
    """Links that are a suspicion: by what they are, or because something else points the same way: another finding
    about this very pair, or signals about both. Who is at one device is at one address: that points to nothing more."""
    by_pair: dict[Pair, set[str]] = defaultdict(set)
    for finding in told:
        if finding.other is not None:
            first, second = sorted(finding.people)
            by_pair[first, second].add(finding.kind)
    tested = [one for one in found if len(one.days) >= rule.days_min]
    suspected = []
    for kind in (DEVICE, ADDRESS):
        these = [one for one in tested if one.kind == kind]
        limit = co_presence.limit(len(these), rule.p_max, rule.family_max)
        for link in these:
            own = _by_itself(link, limit, rule)
            more = set(by_pair[link.pair])
            if signals.get(link.first) and signals.get(link.second):
                more |= {*signals[link.first], *signals[link.second]}
            if own or more:
                suspected.append(_finding(link, (*own, *sorted(more)), limit, rule))
    return suspected


def _by_itself(link: Link, limit: float, rule: Rule) -> tuple[str, ...]:
    """`together`: at one device at once, day after day; `apart`: in turns, and never at once more than chance."""
    if link.kind != DEVICE or link.weak:
        return ()
    if link.found.together_days >= rule.days_min:
        return ("together",)
    in_turns = link.found.turns >= rule.turns_min * link.found.days
    return ("apart",) if in_turns and link.found.apart_p < limit else ()


def _finding(link: Link, signals: tuple[str, ...], limit: float, rule: Rule) -> Finding:
    return Finding(
        kind=link.kind,
        annotator=link.first,
        other=link.second,
        amount=len(link.days),
        numbers=numbers(link),
        thresholds={
            "people_max": rule.people_max,
            "days_min": rule.days_min,
            "common_min": rule.common_min,
            "turns_min": rule.turns_min,
            "p_max_e12": e12(limit),
        },
        since=link.days[0].day,
        tokens=short(link),
        signals=signals,
        days=[
            {"day": one.day, "first": one.first, "second": one.second, "streams": one.streams}
            for one in link.days[-DAYS_SHOWN_MAX:]
        ],
    )


def numbers(link: Link) -> dict[str, int]:
    """What a link is, in counts and parts per trillion."""
    return {
        "days": len(link.days),
        "places": len(link.places),
        "people": link.people,
        "weak": int(link.weak),
        "slots_first": link.found.first_slots,
        "slots_second": link.found.second_slots,
        "slots_common": link.found.common_slots,
        "together_days": link.found.together_days,
        "turns": link.found.turns,
        "apart_p_e12": e12(link.found.apart_p),
        "together_p_e12": e12(link.found.together_p),
    }


def short(link: Link) -> dict[str, str]:
    """The first characters of the places' tokens, enough to tell them apart."""
    name = link.kind.removeprefix("shared_")
    return {f"{name} {n}": place[:SHORT_CHARS] for n, place in enumerate(link.places[:PLACES_SHOWN_MAX], 1)}
