"""Turnover: how long people stay, who joined and left in each month, and which share of the people that is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from backend.domain.workforce.spans import DAY_SECONDS, Spread, month_after, months, spread


@dataclass(frozen=True, slots=True)
class Stay:
    """From activation until they left; None: they are still here."""

    joined: datetime
    left: datetime | None


@dataclass(frozen=True, slots=True)
class Period:
    """Who came and went in it. `rate` is leavers by mean headcount (its start's and end's), None for nobody there."""

    begins: datetime
    ends: datetime
    joined: int
    left: int
    headcount_mean: float
    rate: float | None


def tenure_days(stays: Sequence[Stay], now: datetime) -> Spread | None:
    """How long they stayed, or have stayed so far, in days."""
    return spread([((stay.left or now) - stay.joined).total_seconds() / DAY_SECONDS for stay in stays])


def headcount(stays: Sequence[Stay], at: datetime) -> int:
    """How many were here at that moment: joined by then, and not left by then."""
    return sum(stay.joined <= at and (stay.left is None or stay.left > at) for stay in stays)


def period(stays: Sequence[Stay], begins: datetime, ends: datetime) -> Period:
    """What happened in begins <= t < ends."""
    joined = sum(begins <= stay.joined < ends for stay in stays)
    left = sum(stay.left is not None and begins <= stay.left < ends for stay in stays)
    mean = (headcount(stays, begins) + headcount(stays, ends)) / 2
    return Period(begins, ends, joined, left, mean, left / mean if mean else None)


def by_month(stays: Sequence[Stay], first: datetime, now: datetime) -> list[Period]:
    """Every month from `first`'s to the present one, which ends now."""
    return [period(stays, month, min(month_after(month), now)) for month in months(first, now)]
