"""Spans of time in numbers: their quantiles, and the months of a calendar in UTC."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import floor

HOUR_SECONDS = 3600.0
DAY_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class Spread:
    """How n spans lie, in the unit they were given in."""

    n: int
    q1: float
    median: float
    q3: float
    p90: float


def quantile(ordered: Sequence[float], q: float) -> float:
    """The q-quantile (0..1) of a non-empty ordered list, linear between neighbours.

    Definition 7 in Hyndman and Fan, The American Statistician 50(4), 1996; PostgreSQL's percentile_cont.
    """
    place = q * (len(ordered) - 1)
    below = floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def spread(values: Sequence[float]) -> Spread | None:
    """How the values lie; None for none."""
    ordered = sorted(values)
    if not ordered:
        return None
    return Spread(len(ordered), *(quantile(ordered, q) for q in (0.25, 0.5, 0.75, 0.9)))


def month_of(at: datetime) -> datetime:
    """The first moment of the month, in the moment's own zone."""
    return at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def month_after(month: datetime) -> datetime:
    """The first moment of the next month."""
    carry = month.month == 12
    return month.replace(year=month.year + carry, month=1 if carry else month.month + 1)


def month_before(month: datetime, months: int) -> datetime:
    """The first moment of the month so many months earlier."""
    years, place = divmod(month.year * 12 + month.month - 1 - months, 12)
    return month.replace(year=years, month=place + 1)


def months(first: datetime, last: datetime) -> Iterator[datetime]:
    """The first moments of all months from one to the other, both included."""
    month, end = month_of(first), month_of(last)
    while month <= end:
        yield month
        month = month_after(month)
