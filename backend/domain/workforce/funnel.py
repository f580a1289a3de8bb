"""The funnel: from invitation to the tenth answer, how many reached each step, and how long it took them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, TypeVar

from backend.domain.workforce.spans import HOUR_SECONDS, Spread, spread

STEPS = (
    "invited",
    "claimed",
    "screened",
    "signed",
    "trained",
    "activated",
    "first_answer",
    "tenth_answer",
)
"""In their usual order. Not every tenant asks for every step, and nobody waits for one that nobody takes."""

Times: TypeAlias = Sequence[datetime | None]
"""When a person reached each step, None where not; the invitation is always known."""
Id = TypeVar("Id")
STUCK_HOURS_MIN = 1.0
"""Where everybody takes a step within minutes, nobody who takes some more is stuck."""


@dataclass(frozen=True, slots=True)
class Step:
    """How many reached it; hours since the step before (the latest one that the person had reached by then), and since
    the invitation."""

    step: str
    reached: int
    from_before: Spread | None
    from_invited: Spread | None


def funnel(people: Sequence[Times]) -> list[Step]:
    """All steps over these people."""
    return [_step(place, people) for place in range(len(STEPS))]


def _step(place: int, people: Sequence[Times]) -> Step:
    reached = [(times, at) for times in people if (at := times[place]) is not None]
    if place == 0:
        return Step(STEPS[0], len(reached), None, None)
    before = [hours(_before(times, place, at), at) for times, at in reached]
    invited = [hours(first, at) for times, at in reached if (first := times[0]) is not None]
    return Step(STEPS[place], len(reached), spread(before), spread(invited))


def _before(times: Times, place: int, at: datetime) -> datetime:
    """Steps may change places: a person is screened before or after claiming. Time never runs backwards."""
    return max((one for one in times[:place] if one is not None and one <= at), default=at)


def hours(since: datetime, at: datetime) -> float:
    """Hours between two moments."""
    return (at - since).total_seconds() / HOUR_SECONDS


@dataclass(frozen=True, slots=True)
class Stuck:
    """People who wait for this step longer than nine in ten who took it did, at least an hour; the limit in hours."""

    step: str
    longer_than: float
    people: tuple[object, ...]


def stuck(waiting: Mapping[Id, Times], now: datetime, steps: Sequence[Step]) -> list[Stuck]:
    """Who of those on their way waits for too long, by the step they wait for: the next one that anybody ever took."""
    found: dict[int, list[Id]] = {}
    for who, times in waiting.items():
        place = _next(times, steps)
        took = steps[place].from_before if place is not None else None
        latest = max(one for one in times if one is not None)
        if place is not None and took is not None and hours(latest, now) > _too_long(took):
            found.setdefault(place, []).append(who)
    return [
        Stuck(STEPS[n], _too_long(took), tuple(who))
        for n, who in sorted(found.items())
        if (took := steps[n].from_before)
    ]


def _too_long(took: Spread) -> float:
    return max(took.p90, STUCK_HOURS_MIN)


def _next(times: Times, steps: Sequence[Step]) -> int | None:
    furthest = max(place for place, one in enumerate(times) if one is not None)
    return next((n for n in range(furthest + 1, len(STEPS)) if steps[n].reached), None)
