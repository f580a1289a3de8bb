"""The forecast of a queue, hour by hour: what comes in, what is done, what waits and what waits too long; lists in,
lists out.

First in, first out, and no finer than an hour. What comes in is the mean of the last days at the same hour; how far it
may lie beside that is said by `band`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import fsum, sqrt

HOUR_SECONDS = 3600.0
SLOTS_MIN = 1e-6
"""So little of a slot is the rounding of a sum and no work."""
DAYS_MIN, DAYS_MAX = 3, 7
"""From so many days on their spread says something; no more are looked at."""
_T = (4.303, 3.182, 2.776, 2.571, 2.447)
"""Student's t, 0.975, by 2 to 6 degrees of freedom."""


# --- what comes in


def usual_day(days: Sequence[Sequence[float]]) -> list[float]:
    """The mean over days of what came in each of the 24 hours of a day; zeros for no days."""
    return [fsum(day[hour] for day in days) / len(days) if days else 0.0 for hour in range(24)]


def band(totals: Sequence[float], hours: int) -> tuple[float, float] | None:
    """Between which multiples of the mean day the coming `hours` lie in 95 of 100 cases.

    1 -/+ t s sqrt(1/n + 1/m) / mean, never below 0: the prediction interval for the mean of m days (those hours, one
    day at least) after n, with s the deviation of `totals` and t Student's with n - 1 degrees of freedom. It takes days
    for independent and normal, which bursts are not. None below DAYS_MIN days.
    """
    n = len(totals)
    if n < DAYS_MIN:
        return None
    mean = fsum(totals) / n
    if mean == 0:
        return 1.0, 1.0
    deviation = sqrt(fsum((one - mean) ** 2 for one in totals) / (n - 1))
    half = _T[min(n, DAYS_MAX) - DAYS_MIN] * deviation * sqrt(1 / n + 1 / max(1.0, hours / 24)) / mean
    return max(0.0, 1.0 - half), 1.0 + half


# --- what becomes of it


@dataclass(frozen=True, slots=True)
class Course:
    """What waited at first; in each hour what came in, could be done and was done, and what waits at its end."""

    waiting: float
    arrivals: tuple[float, ...]
    capacity: tuple[float, ...]
    done: tuple[float, ...]
    backlog: tuple[float, ...]


def course(waiting: float, arrivals: Sequence[float], capacity: Sequence[float]) -> Course:
    """In each hour what can be done of what is there. All in slots; none below 0; as many hours in both lists, or
    ValueError."""
    done, backlog, left = [], [], waiting
    for came, able in zip(arrivals, capacity, strict=True):
        there = left + came
        done.append(min(able, there))
        left = there - done[-1]
        backlog.append(left)
    return Course(waiting, tuple(arrivals), tuple(capacity), tuple(done), tuple(backlog))


def worked_off(found: Course) -> int | None:
    """After how many hours nothing waits for the first time: 0 if nothing does now; None: not within these hours."""
    ends = enumerate((found.waiting, *found.backlog))
    return next((hour for hour, left in ends if left <= SLOTS_MIN), None)


def overdue(found: Course, waited_s: float, target_s: float) -> list[float]:
    """How many slots have waited longer than `target_s`, now and at the end of each hour: published so long ago and
    not done. What waits now is taken to have come evenly in the last `waited_s` seconds, the age of the oldest."""
    came = list(accumulate(found.arrivals, initial=found.waiting))
    done = accumulate(found.done, initial=0.0)
    age, grace = waited_s / HOUR_SECONDS, target_s / HOUR_SECONDS
    late = (_published(came, age, hour - grace) - gone for hour, gone in enumerate(done))
    return [one if one > SLOTS_MIN else 0.0 for one in late]


def lacking(found: Course, waited_s: float, target_s: float) -> list[float]:
    """How many slots had to be done in each hour beside the rest, so that none is overdue at its end: the fewest that
    do, each as late as it may be. What is late now cannot be helped; it counts if it is late after an hour still. The
    course with so much more capacity misses nothing from the first hour on."""
    came = list(accumulate(found.arrivals, initial=found.waiting))
    age, grace = waited_s / HOUR_SECONDS, target_s / HOUR_SECONDS
    more, gone = [], 0.0
    for hour, able in enumerate(found.capacity, 1):
        gone = min(gone + able, came[hour])
        short = _published(came, age, hour - grace) - gone
        more.append(short if short > SLOTS_MIN else 0.0)
        gone += more[-1]
    return more


def _published(came: Sequence[float], age: float, at: float) -> float:
    """How many slots of all were published up to an hour, which may lie before now; evenly within an hour."""
    if at <= -age and at < 0:
        return 0.0
    if at <= 0:
        return came[0] * (1 + at / age) if at < 0 else came[0]
    whole = min(int(at), len(came) - 1)
    part = came[whole + 1] - came[whole] if whole + 1 < len(came) else 0.0
    return came[whole] + (at - whole) * part
